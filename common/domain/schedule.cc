#include "common/domain/schedule.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/crypto.h"
#include "common/model/entry.h"
#include "common/schema/refs.h"

namespace guanhu::domain {

namespace rec = records::v1;

namespace {

constexpr uint32_t kTaskType = 13;
constexpr int64_t kZoneMs = 8 * 3'600'000;
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
constexpr int64_t kLastMs = 253'402'300'800'000;  // the year 10000: later times are nobody's

int64_t Sane(int64_t ms) { return std::clamp<int64_t>(ms, 0, kLastMs); }

// Windows every `interval` from `start` until `end`.
void Every(int64_t start, int64_t end, int64_t interval, int64_t length, int64_t from, int64_t to,
           std::vector<Window>& out) {
  int64_t at = start;
  if (from > start) at += (from - start) / interval * interval;
  for (; at < to && at < end && out.size() < kWindowsMax; at += interval) {
    const int64_t next = std::min(at + interval, end);
    out.push_back({at, std::min(at + length, next), next});
  }
}

void AfterEvents(const PlanTerms& plan, int64_t from, int64_t to, std::vector<Window>& out) {
  std::vector<int64_t> events;
  for (int64_t e : plan.events) events.push_back(Sane(e));
  std::sort(events.begin(), events.end());
  events.erase(std::unique(events.begin(), events.end()), events.end());
  const int64_t length = (plan.window_days > 0 ? plan.window_days : kAfterEventDays) * kDayMs;
  for (size_t i = 0; i < events.size() && out.size() < kWindowsMax; ++i) {
    if (events[i] < plan.start_ms) continue;
    const int64_t next = i + 1 < events.size() ? events[i + 1] : kNever;
    if (events[i] < to && next > from) out.push_back({events[i], std::min(events[i] + length, next), next});
  }
}

}  // namespace

int64_t IntervalDays(uint32_t plan_days, uint32_t standard_days, uint32_t type_days) {
  if (plan_days > 0) return plan_days;
  return standard_days > 0 ? standard_days : type_days;
}

int64_t DayStartMs(int64_t unix_ms) {
  const int64_t local = unix_ms + kZoneMs;
  const int64_t day = local / kDayMs - (local % kDayMs < 0 ? 1 : 0);
  return day * kDayMs - kZoneMs;
}

std::vector<Window> WindowsOf(const PlanTerms& plan, const base::RecordId& asset, int64_t from_ms, int64_t to_ms) {
  std::vector<Window> out;
  from_ms = Sane(from_ms);
  to_ms = Sane(to_ms);
  const int64_t interval = plan.interval_days * kDayMs;
  const int64_t length = plan.window_days > 0 ? plan.window_days * kDayMs : interval;
  switch (plan.kind) {
    case rec::INSPECTION_KIND_AFTER_EVENT:
      AfterEvents(plan, from_ms, to_ms, out);
      break;
    case rec::INSPECTION_KIND_SEASONAL:
      for (const Season& said : plan.seasons) {
        const Season s{Sane(said.from_ms), Sane(said.to_ms)};
        if (s.to_ms <= from_ms || s.from_ms >= to_ms || s.to_ms <= s.from_ms) continue;
        const int64_t whole = s.to_ms - s.from_ms;
        Every(s.from_ms, s.to_ms, interval > 0 ? interval : whole, length > 0 ? length : whole, from_ms, to_ms, out);
      }
      break;
    default:
      if (interval > 0) Every(Sane(plan.start_ms), kNever, interval, length, from_ms, to_ms, out);
  }
  if (plan.kind == rec::INSPECTION_KIND_SPOT) {
    std::erase_if(out, [&](const Window& w) { return !InSample(plan.id, asset, w.start_ms, plan.sample_bp); });
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool InSample(const base::RecordId& plan, const base::RecordId& asset, int64_t window_start_ms, uint32_t sample_bp) {
  return base::Prefix64(base::Sha256("guanhu.spot", TaskKey(plan, asset, window_start_ms))) % 10000 < sample_bp;
}

std::string TaskKey(const base::RecordId& plan, const base::RecordId& asset, int64_t window_start_ms) {
  return absl::StrCat(base::ToText(plan), "/", base::ToText(asset), "/", window_start_ms);
}

base::RecordId TaskId(const base::RecordId& plan, const base::RecordId& asset, int64_t window_start_ms) {
  return model::DerivedId(asset.scope, kTaskType, TaskKey(plan, asset, window_start_ms));
}

rec::Task TaskOf(const base::RecordId& plan, const base::RecordId& asset, const Window& window) {
  rec::Task task;
  *task.mutable_plan() = schema::ToRef(plan, asset.scope);
  *task.mutable_asset() = schema::ToRef(asset, asset.scope);
  task.set_window_start_ms(window.start_ms);
  return task;
}

TaskView ViewTask(const Window& window, absl::Span<const Visit> visits, bool excused, int64_t now_ms) {
  TaskView view;
  view.counted = CountedVisit(visits);
  if (view.counted >= 0) {
    view.state = TaskState::kDone;
    view.on_time = visits[static_cast<size_t>(view.counted)].at_ms < window.end_ms;
    view.extra = visits.size() - 1;
  } else if (excused) {
    view.state = TaskState::kExempt;
  } else if (now_ms < window.start_ms) {
    view.state = TaskState::kNotDue;
  } else {
    view.state = now_ms < window.end_ms ? TaskState::kDue : TaskState::kLate;
  }
  return view;
}

}  // namespace guanhu::domain
