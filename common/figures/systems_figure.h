#pragma once

#include "common/figures/desk.h"

namespace guanhu::figures {

// Of the family `public`. Errors: the store's.
absl::StatusOr<Table> SystemsFigure(const Desk& desk, const Question& question);

}  // namespace guanhu::figures
