// The tasks that follow from plans, and what became of them. Derived anew for each question; nothing is written.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/domain/schedule.h"
#include "common/figures/desk.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/plan.pb.h"

namespace guanhu::figures {

struct TaskRow {
  base::RecordId asset;
  base::RecordId plan;
  base::RecordId task;                       // the id that its record has or will have
  const records::v1::Plan* terms = nullptr;  // of the plan; lives as long as the Tasks
  domain::Window window;
  domain::TaskView view;
  records::v1::Excuse excuse = records::v1::EXCUSE_UNSPECIFIED;
  std::vector<domain::Visit> visits;
};

// Reads plans, seasons, events, standards and types once. Used on the node's thread; the desk outlives it.
class Tasks {
 public:
  explicit Tasks(const Desk& desk) : desk_(desk) {}
  absl::Status Read();
  // The tasks of an asset with a window in [from, to), in the order of plans and windows. Errors: the store's.
  absl::Status Of(const ledger::AssetRow& asset, int64_t from_ms, int64_t to_ms, int64_t now_ms,
                  const std::function<void(const TaskRow&)>& visit) const;
  // Those of all assets of the cut, `question.from_ms` to `to_ms`; without a period the windows of the present moment.
  absl::Status Each(const Question& question, const std::function<void(const TaskRow&)>& visit) const;
  // What a device writes when somebody opens the task: the same edit on every device. An excuse is an edit of its own
  // after it, for it does not follow from the key.
  node::Command CommandFor(const TaskRow& task) const;

 private:
  struct Plan {
    base::RecordId id;
    records::v1::Plan plan;
    domain::PlanTerms terms;
  };
  struct Event {
    base::PlaceId place;
    int64_t at_ms = 0;
  };
  struct Standard {
    uint32_t version = 0;
    uint32_t days = 0;
  };
  struct Look {
    base::RecordId id;
    base::RecordId task;
    int64_t at_ms = 0;
    records::v1::InspectionKind kind = records::v1::INSPECTION_KIND_UNSPECIFIED;
  };
  bool Takes(const Plan& plan, const ledger::AssetRow& asset) const;
  uint32_t StandardDays(const ledger::AssetRow& asset) const;
  domain::PlanTerms TermsFor(const Plan& plan, const ledger::AssetRow& asset) const;
  absl::StatusOr<std::vector<Look>> LooksAt(const base::RecordId& asset) const;
  absl::StatusOr<records::v1::Excuse> ExcuseOf(const base::RecordId& task, const ledger::AssetRow& asset) const;

  const Desk& desk_;
  std::vector<Plan> plans_;
  std::vector<Event> events_;
  std::map<std::pair<base::RecordId, int>, Standard> by_type_;  // facility type, grade
  std::map<std::pair<int, int>, Standard> by_class_;            // class, grade
};

}  // namespace guanhu::figures
