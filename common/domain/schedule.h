// When an asset is to be looked at: the windows of a plan, the tasks that follow from them, and what became of a task.
// Pure and thread-safe; two devices that hold the same plan derive the same tasks. Times are ms since 1970 UTC; days
// begin at midnight in the county (UTC+8).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/base/ids.h"
#include "common/domain/likeness.h"
#include "guanhu/records/v1/plan.pb.h"

namespace guanhu::domain {

inline constexpr int64_t kDayMs = 24 * 3'600'000;
// Of one plan and asset in one answer; a county asks for a year of daily windows.
inline constexpr size_t kWindowsMax = 2048;
// Where a plan says nothing.
inline constexpr int64_t kAfterEventDays = 3;
inline constexpr uint32_t kSampleBp = 500;

struct Season {
  int64_t from_ms = 0;
  int64_t to_ms = 0;
};

// A plan as far as its windows depend on it.
struct PlanTerms {
  base::RecordId id;
  records::v1::InspectionKind kind = records::v1::INSPECTION_KIND_UNSPECIFIED;
  int64_t interval_days = 0;    // of this asset: the plan's, or what IntervalDays says. 0: none
  int64_t window_days = 0;      // 0: to the end of the interval; after an event: kAfterEventDays
  int64_t start_ms = 0;         // of the first window
  std::vector<Season> seasons;  // seasonal plans: the dates of the campaigns that name the plan
  std::vector<int64_t> events;  // after-event plans: when something happened at the asset's place or above it
  uint32_t sample_bp = kSampleBp;
};

struct Window {
  int64_t start_ms = 0;
  int64_t end_ms = 0;   // a visit before it is on time
  int64_t next_ms = 0;  // a visit before it, and not before the start, is one for this window
  friend auto operator<=>(const Window&, const Window&) = default;
};

// The interval that holds where the plan gives none: that of the standard for the asset's type and grade, then of its
// facility type. 0: nobody said.
int64_t IntervalDays(uint32_t plan_days, uint32_t standard_days, uint32_t type_days);

// The start of the day in the county.
int64_t DayStartMs(int64_t unix_ms);

// Windows that lie at least partly in [from, to), ascending; at most kWindowsMax.
//   routine   every interval from the start
//   seasonal  in each season every interval from its first day; without an interval one window for the season
//   event     one for each event, until the next one
//   spot      as routine, where the asset is in the sample of the window
std::vector<Window> WindowsOf(const PlanTerms& plan, const base::RecordId& asset, int64_t from_ms, int64_t to_ms);

// Whether a spot check takes the asset: a hash of (plan, window, asset) below the share, so that nobody chooses.
bool InSample(const base::RecordId& plan, const base::RecordId& asset, int64_t window_start_ms, uint32_t sample_bp);

// What a task's record id is derived from; its scope is the asset's.
std::string TaskKey(const base::RecordId& plan, const base::RecordId& asset, int64_t window_start_ms);
base::RecordId TaskId(const base::RecordId& plan, const base::RecordId& asset, int64_t window_start_ms);
// The record that every device writes under this key.
records::v1::Task TaskOf(const base::RecordId& plan, const base::RecordId& asset, const Window& window);

enum class TaskState : uint8_t { kNotDue, kDue, kDone, kLate, kExempt };
struct TaskView {
  TaskState state = TaskState::kNotDue;
  int counted = -1;      // the visit that did it, as an index into those given
  bool on_time = false;  // it was before the end of the window
  size_t extra = 0;      // visits besides it
};
// `visits` are those for this task. A visit counts even where the task was excused.
TaskView ViewTask(const Window& window, absl::Span<const Visit> visits, bool excused, int64_t now_ms);

}  // namespace guanhu::domain
