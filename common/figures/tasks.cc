#include "common/figures/tasks.h"

#include <algorithm>

#include "common/base/status.h"
#include "common/schema/fields.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/programme.pb.h"

namespace guanhu::figures {

namespace rec = records::v1;
using base::RecordId;

namespace {

bool SawTheAsset(rec::InspectionResult result) { return result != rec::INSPECTION_RESULT_UNREACHABLE; }

}  // namespace

absl::Status Tasks::Read() {
  std::map<RecordId, std::vector<domain::Season>> seasons;
  GUANHU_RETURN_IF_ERROR(desk_.Each<rec::Campaign>({}, [&](const RecordId& id, const rec::Campaign& c) {
    if (!c.has_from_ms() || !c.has_to_ms()) return;
    for (const rec::RecordRef& ref : c.plans())
      seasons[schema::FromRef(ref, id.scope)].push_back({c.from_ms(), c.to_ms()});
  }));
  absl::Status inner;
  GUANHU_RETURN_IF_ERROR(desk_.Each<rec::Plan>({}, [&](const RecordId& id, const rec::Plan& p) {
    if (p.state() != rec::PLAN_STATE_ACTIVE) return;
    Plan plan;
    plan.id = id;
    plan.plan = p;
    plan.terms.id = id;
    plan.terms.kind = p.kind();
    plan.terms.window_days = p.window_days();
    plan.terms.sample_bp = p.has_sample_bp() ? p.sample_bp() : domain::kSampleBp;
    plan.terms.seasons = seasons[id];
    const auto state = desk_.node().Get(desk_.TypeOf<rec::Plan>(), id);
    if (!state.ok()) inner = state.status();
    const int64_t born = state.ok() && *state ? ledger::BornMs(id, **state) : 0;
    plan.terms.start_ms = p.has_first_ms() ? p.first_ms() : domain::DayStartMs(born);
    plans_.push_back(std::move(plan));
  }));
  GUANHU_RETURN_IF_ERROR(inner);
  std::sort(plans_.begin(), plans_.end(), [](const Plan& a, const Plan& b) { return a.id < b.id; });
  GUANHU_RETURN_IF_ERROR(desk_.Each<rec::EventTrigger>({}, [&](const RecordId&, const rec::EventTrigger& e) {
    events_.push_back({base::PlaceId{e.place()}, e.at_ms()});
  }));
  return desk_.Each<rec::Standard>({}, [&](const RecordId& id, const rec::Standard& s) {
    if (!s.has_interval_days()) return;
    Standard& at = s.has_facility_type() ? by_type_[{schema::FromRef(s.facility_type(), id.scope), s.grade()}]
                                         : by_class_[{s.facility_class(), s.grade()}];
    if (s.version() >= at.version) at = {s.version(), s.interval_days()};
  });
}

bool Tasks::Takes(const Plan& plan, const ledger::AssetRow& asset) const {
  if (!desk_.Inside(plan.id.scope.place, asset.id.scope.place)) return false;
  if (!plan.plan.assets().empty()) {
    return std::any_of(plan.plan.assets().begin(), plan.plan.assets().end(),
                       [&](const rec::RecordRef& ref) { return schema::FromRef(ref, plan.id.scope) == asset.id; });
  }
  if (plan.plan.has_facility_type()) return schema::FromRef(plan.plan.facility_type(), plan.id.scope) == asset.type;
  return plan.plan.facility_class() == 0 || plan.plan.facility_class() == asset.facility_class;
}

// The standard of the asset's type and grade, of its type for any grade, then the same of its class.
uint32_t Tasks::StandardDays(const ledger::AssetRow& asset) const {
  for (int grade : {static_cast<int>(asset.grade), 0}) {
    if (const auto it = by_type_.find({asset.type, grade}); asset.type && it != by_type_.end()) return it->second.days;
  }
  for (int grade : {static_cast<int>(asset.grade), 0}) {
    if (const auto it = by_class_.find({asset.facility_class, grade}); it != by_class_.end()) return it->second.days;
  }
  return 0;
}

domain::PlanTerms Tasks::TermsFor(const Plan& plan, const ledger::AssetRow& asset) const {
  domain::PlanTerms terms = plan.terms;
  const bool seasonal = plan.plan.kind() == rec::INSPECTION_KIND_SEASONAL;
  const auto type = desk_.book().Type(asset.type);
  terms.interval_days = domain::IntervalDays(plan.plan.interval_days(), seasonal ? 0 : StandardDays(asset),
                                             seasonal || !type ? 0 : type->interval_days);
  for (const Event& e : events_) {
    if (desk_.Inside(e.place, asset.id.scope.place)) terms.events.push_back(e.at_ms);
  }
  return terms;
}

absl::StatusOr<std::vector<Tasks::Look>> Tasks::LooksAt(const RecordId& asset) const {
  std::vector<Look> looks;
  GUANHU_RETURN_IF_ERROR(desk_.Linked<rec::Inspection>(asset, [&](const RecordId& id, const rec::Inspection& i) {
    if (!SawTheAsset(i.result())) return;
    looks.push_back({id, i.has_task() ? schema::FromRef(i.task(), id.scope) : RecordId{}, i.observed_ms(), i.kind()});
  }));
  return looks;
}

absl::StatusOr<rec::Excuse> Tasks::ExcuseOf(const RecordId& task, const ledger::AssetRow& asset) const {
  GUANHU_ASSIGN_OR_RETURN(const auto written, desk_.Read<rec::Task>(task));
  if (written && !written->deleted() && written->excuse() != 0) return written->excuse();
  const bool out = asset.state == rec::ASSET_STATE_STOPPED || asset.state == rec::ASSET_STATE_TO_RETIRE;
  return out ? rec::EXCUSE_OUT_OF_USE : rec::EXCUSE_UNSPECIFIED;
}

absl::Status Tasks::Of(const ledger::AssetRow& asset, int64_t from_ms, int64_t to_ms, int64_t now_ms,
                       const std::function<void(const TaskRow&)>& visit) const {
  if (!asset.exists || !asset.Counts() || asset.state == rec::ASSET_STATE_DRAFT ||
      asset.state >= rec::ASSET_STATE_RETIRED)
    return absl::OkStatus();
  GUANHU_ASSIGN_OR_RETURN(const auto state, desk_.node().Get(ledger::kAssetType, asset.id));
  const int64_t born = state ? ledger::BornMs(asset.id, *state) : 0;
  std::optional<std::vector<Look>> looks;
  for (const Plan& plan : plans_) {
    if (!Takes(plan, asset)) continue;
    for (const domain::Window& w : domain::WindowsOf(TermsFor(plan, asset), asset.id, from_ms, to_ms)) {
      if (w.end_ms <= born) continue;  // nobody could have looked at it yet
      if (!looks) {
        GUANHU_ASSIGN_OR_RETURN(looks, LooksAt(asset.id));
      }
      TaskRow row;
      row.asset = asset.id;
      row.plan = plan.id;
      row.terms = &plan.plan;
      row.window = w;
      row.task = domain::TaskId(plan.id, asset.id, w.start_ms);
      for (const Look& l : *looks) {
        const bool here = l.at_ms >= w.start_ms && l.at_ms < w.next_ms;
        if (l.task == row.task || (!l.task && here && l.kind == plan.plan.kind()))
          row.visits.push_back({l.id, l.at_ms});
      }
      GUANHU_ASSIGN_OR_RETURN(row.excuse, ExcuseOf(row.task, asset));
      row.view = domain::ViewTask(w, row.visits, row.excuse != 0, now_ms);
      visit(row);
    }
  }
  return absl::OkStatus();
}

absl::Status Tasks::Each(const Question& question, const std::function<void(const TaskRow&)>& visit) const {
  const int64_t now = absl::ToUnixMillis(question.now);
  const bool asked = question.to_ms > question.from_ms;
  const int64_t from = asked ? question.from_ms : now;
  const int64_t to = asked ? question.to_ms : now + 1;
  std::vector<ledger::AssetRow> assets;  // the book's lock is not held while records are read
  desk_.book().VisitAssets(question.cut,
                           [&](const ledger::AssetRow& row, const ledger::Measures&) { assets.push_back(row); });
  std::sort(assets.begin(), assets.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  for (const ledger::AssetRow& a : assets) GUANHU_RETURN_IF_ERROR(Of(a, from, to, now, visit));
  return absl::OkStatus();
}

node::Command Tasks::CommandFor(const TaskRow& task) const {
  node::Command command;
  command.scope = task.asset.scope;
  node::Command::Edit edit;
  edit.type = ledger::kTaskType;
  edit.key = domain::TaskKey(task.plan, task.asset, task.window.start_ms);
  edit.set = schema::FieldsOf(domain::TaskOf(task.plan, task.asset, task.window));
  command.edits.push_back(std::move(edit));
  return command;
}

}  // namespace guanhu::figures
