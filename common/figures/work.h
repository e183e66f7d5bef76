// The functions of the family `work`, which stand in several files.
#pragma once

#include "common/figures/desk.h"

namespace guanhu::figures {

// task_figures.cc
absl::StatusOr<Table> TaskFigure(const Desk& desk, const Question& question);
absl::StatusOr<Table> InspectionRate(const Desk& desk, const Question& question);
absl::StatusOr<Table> PlausibilityFigure(const Desk& desk, const Question& question);
absl::StatusOr<Table> Recognised(const Desk& desk, const Question& question);
// order_figures.cc
absl::StatusOr<Table> Orders(const Desk& desk, const Question& question);
absl::StatusOr<Table> ResponseTimes(const Desk& desk, const Question& question);
absl::StatusOr<Table> RepeatFailures(const Desk& desk, const Question& question);
absl::StatusOr<Table> Inbox(const Desk& desk, const Question& question);

}  // namespace guanhu::figures
