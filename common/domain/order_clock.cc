#include <algorithm>

#include "common/domain/lifecycle.h"
#include "guanhu/records/v1/step.pb.h"

namespace guanhu::domain {
namespace {

namespace rec = records::v1;

class Counter {
 public:
  explicit Counter(int64_t created_ms) : counted_to_(created_ms) { clock_.dispatched_ms = created_ms; }

  void Take(int act, int64_t at) {
    if (act == rec::STEP_ACT_RETURN) ++clock_.returns;
    if (act == rec::STEP_ACT_ALLOW_PAUSE) {
      paused_ = true;
      paused_since_ = at;
    }
    const bool ends = act == rec::STEP_ACT_FINISH || act == rec::STEP_ACT_CANCEL;
    if (ends || act == rec::STEP_ACT_RESUME) Resume(at);
    if (ends) {
      ended_ = true;
      ended_ms_ = at;
    }
    if (act == rec::STEP_ACT_FINISH) clock_.done_ms = at;
    if (act == rec::STEP_ACT_REWORK) {
      ended_ = false;
      clock_.done_ms = 0;
    }
  }

  OrderClock Finish(std::optional<int64_t> due_ms, int64_t now_ms) {
    Resume(now_ms);
    const int64_t end = ended_ ? ended_ms_ : now_ms;
    if (due_ms) clock_.breached = end - clock_.paused_ms > *due_ms;
    return clock_;
  }

 private:
  // People's times may overlap: nothing is counted twice.
  void Resume(int64_t at) {
    if (!paused_) return;
    paused_ = false;
    const int64_t from = std::max(paused_since_, counted_to_);
    if (at <= from) return;
    clock_.paused_ms += at - from;
    counted_to_ = at;
  }

  OrderClock clock_;
  bool paused_ = false;
  int64_t paused_since_ = 0;
  bool ended_ = false;
  int64_t ended_ms_ = 0;
  int64_t counted_to_;
};

}  // namespace

OrderClock ClockOf(const Life& life, absl::Span<const Act> acts, int64_t created_ms, std::optional<int64_t> due_ms,
                   int64_t now_ms) {
  Counter counter(created_ms);
  for (const Judged& judged : life.acts) {
    if (judged.fate == Fate::kEffective) counter.Take(acts[judged.act].act, TimeOf(acts[judged.act]));
  }
  return counter.Finish(due_ms, now_ms);
}

}  // namespace guanhu::domain
