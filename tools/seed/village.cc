#include "tools/seed/village.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status.h"
#include "common/schema/refs.h"
#include "guanhu/records/v1/defect.pb.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/step.pb.h"
#include "guanhu/records/v1/work_order.pb.h"
#include "tools/seed/catalogue.h"

namespace guanhu::seed {
namespace {

namespace rec = records::v1;
using base::RecordId;

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kDayMs = 24 * kHourMs;
// A village registers what it has in this time; then the inspections begin.
constexpr int64_t kRegisterMs = 20 * kDayMs;
constexpr uint32_t kDefectPercent = 3;  // of the inspections

constexpr const char* kFaults[] = {"漏水", "破损", "不亮", "堵塞", "裂缝", "松动", "缺失", "锈蚀"};

struct Asset {
  RecordId id;
  uint32_t kind = 0;
  int32_t lat_e7 = 0;
  int32_t lon_e7 = 0;
};

// Something that somebody does at a time. Acts on cases know their case; the order of the list is that of time.
struct Happening {
  enum Kind : uint8_t { kInspect, kSelfRepair, kFixOwn, kCheckOwn, kDispatch, kTake, kFinish, kCheck, kClose };
  int64_t at_ms = 0;
  Kind kind = kInspect;
  uint32_t subject = 0;  // asset, or case
  friend bool operator<(const Happening& a, const Happening& b) { return a.at_ms > b.at_ms; }  // earliest on top
};

struct Case {
  RecordId defect, defect_head, order, order_head;
  uint32_t asset = 0;
  uint32_t severity = 1;
  int64_t cost_fen = 0;
};

class Village {
 public:
  Village(const VillagePlan& plan, Writer& own, Writer& town)
      : plan_(plan), own_(own), town_(town), random_(plan.seed), scope_{plan.place, base::Visibility::kInternal} {}

  absl::Status Write() {
    GUANHU_RETURN_IF_ERROR(Register());
    PlanInspections();
    int64_t day = 0;
    while (!queue_.empty()) {
      const Happening h = queue_.front();
      std::pop_heap(queue_.begin(), queue_.end());
      queue_.pop_back();
      if (h.at_ms >= plan_.to_ms) break;
      // A day's work is one commit at each device: what follows from it happens on a later day.
      if (h.at_ms / kDayMs != day) {
        GUANHU_RETURN_IF_ERROR(own_.Commit());
        GUANHU_RETURN_IF_ERROR(town_.Commit());
        day = h.at_ms / kDayMs;
      }
      Do(h);
    }
    GUANHU_RETURN_IF_ERROR(own_.Commit());
    return town_.Commit();
  }

 private:
  base::PersonId Person(uint32_t i) const { return base::PersonId{0x7007000000000000u + plan_.number * 4u + i}; }
  rec::RecordRef Ref(const RecordId& id) const { return schema::ToRef(id, scope_); }
  void Push(int64_t at_ms, Happening::Kind kind, uint32_t subject) {
    queue_.push_back({at_ms, kind, subject});
    std::push_heap(queue_.begin(), queue_.end());
  }
  int64_t Later(int64_t at_ms, uint64_t days_min, uint64_t days_max) {
    const uint64_t days = days_min + random_.Below(days_max - days_min + 1);
    return (at_ms / kDayMs + static_cast<int64_t>(days)) * kDayMs + static_cast<int64_t>(random_.Below(10)) * kHourMs;
  }
  uint32_t PickKind() {
    uint64_t sum = 0;
    for (const FacilityKind& k : FacilityKinds()) sum += k.share;
    uint64_t at = random_.Below(sum);
    for (uint32_t i = 0; i < FacilityKinds().size(); ++i) {
      if (at < FacilityKinds()[i].share) return i;
      at -= FacilityKinds()[i].share;
    }
    return 0;
  }

  absl::Status Register();
  void AddDuty(const Asset& asset, int64_t at_ms);
  void PlanInspections();
  void Do(const Happening& h);
  void Inspect(uint32_t asset, int64_t at_ms);
  void Report(uint32_t asset, const RecordId& inspection, int64_t at_ms);
  void Act(Writer& at, const RecordId& record, RecordId& head, rec::StepAct act, int64_t at_ms, uint32_t person,
           rec::Step step = {});

  const VillagePlan& plan_;
  Writer& own_;
  Writer& town_;
  SeededRandom random_;
  const base::ScopeId scope_;
  std::vector<Asset> assets_;
  std::vector<Case> cases_;
  std::vector<Happening> queue_;
};

absl::Status Village::Register() {
  const int32_t lat = 369'000'000 + static_cast<int32_t>(plan_.number / 16) * 150'000;
  const int32_t lon = 1'118'000'000 + static_cast<int32_t>(plan_.number % 16) * 180'000;
  constexpr uint32_t kGradeOf[] = {1, 2, 2, 3, 3, 3, 3, 4, 4, 4};
  for (uint32_t i = 0; i < plan_.assets; ++i) {
    Asset asset;
    asset.kind = PickKind();
    const FacilityKind& kind = FacilityKinds()[asset.kind];
    asset.lat_e7 = lat + static_cast<int32_t>(random_.Below(100'000));
    asset.lon_e7 = lon + static_cast<int32_t>(random_.Below(120'000));
    const int64_t at_ms = plan_.from_ms + kRegisterMs / static_cast<int64_t>(plan_.assets) * i;
    rec::Asset message;
    message.set_code(absl::StrFormat("YL%03d%s%05d", plan_.number + 1, kind.code, i + 1));
    *message.mutable_type() = Ref(plan_.types[asset.kind]);
    message.set_name(absl::StrCat(plan_.name, kind.zh, i + 1, "号"));
    message.set_grade(static_cast<rec::Grade>(kGradeOf[random_.Below(10)]));
    message.set_state(random_.Chance(94) ? rec::ASSET_STATE_IN_USE : rec::ASSET_STATE_STOPPED);
    message.mutable_point()->set_lat_e7(asset.lat_e7);
    message.mutable_point()->set_lon_e7(asset.lon_e7);
    message.set_facility_class(kind.facility_class);
    message.set_operating_kind(kind.operating);
    message.set_cost_fen(static_cast<int64_t>(1 + random_.Below(3000)) * 10'000);
    message.set_built_ms(plan_.from_ms - static_cast<int64_t>(random_.Below(5000)) * kDayMs);
    message.set_origin_programme(static_cast<rec::OriginProgramme>(1 + random_.Below(8)));
    asset.id = own_.Add(scope_, message, at_ms, Person(0));
    if (random_.Chance(60)) AddDuty(asset, at_ms);
    assets_.push_back(asset);
    if (i % 200 == 199) GUANHU_RETURN_IF_ERROR(own_.Commit());
  }
  return own_.Commit();
}

void Village::AddDuty(const Asset& asset, int64_t at_ms) {
  rec::Responsibility duty;
  *duty.mutable_asset() = Ref(asset.id);
  duty.set_from_ms(at_ms);
  duty.set_scope_text("设施本体及周边三米（样例）");
  if (random_.Chance(80)) duty.set_ownership_text("村集体（样例）");
  if (random_.Chance(70)) *duty.mutable_standard() = Ref(plan_.standard);
  if (random_.Chance(60)) duty.set_fund_source(rec::FUND_SOURCE_BUDGET);
  own_.Add(scope_, duty, at_ms, Person(0));
}

void Village::PlanInspections() {
  const size_t n = plan_.inspections;
  const size_t each = (n + assets_.size() - 1) / std::max<size_t>(1, assets_.size());
  const int64_t from = plan_.from_ms + kRegisterMs + kDayMs;
  const int64_t step = (plan_.to_ms - from) / static_cast<int64_t>(std::max<size_t>(1, each));
  for (size_t i = 0; i < n; ++i) {
    const int64_t round = static_cast<int64_t>(i / assets_.size());
    const int64_t at = from + round * step + static_cast<int64_t>(random_.Below(static_cast<uint64_t>(step)));
    queue_.push_back({at, Happening::kInspect, static_cast<uint32_t>(i % assets_.size())});
  }
  std::make_heap(queue_.begin(), queue_.end());
}

void Village::Inspect(uint32_t asset, int64_t at_ms) {
  const bool faulty = random_.Chance(kDefectPercent);
  rec::Inspection inspection;
  *inspection.mutable_asset() = Ref(assets_[asset].id);
  inspection.set_category(FacilityKinds()[assets_[asset].kind].facility_class);
  rec::InspectionResult result = rec::INSPECTION_RESULT_OK;
  if (faulty) {
    constexpr rec::InspectionResult kBad[] = {rec::INSPECTION_RESULT_MINOR, rec::INSPECTION_RESULT_MAJOR,
                                              rec::INSPECTION_RESULT_BROKEN};
    result = kBad[random_.Below(3)];
  } else if (random_.Chance(1)) {
    result = rec::INSPECTION_RESULT_UNREACHABLE;
  }
  inspection.set_result(result);
  inspection.set_observed_ms(at_ms);
  inspection.mutable_point()->set_lat_e7(assets_[asset].lat_e7 + static_cast<int32_t>(random_.Below(400)) - 200);
  inspection.mutable_point()->set_lon_e7(assets_[asset].lon_e7 + static_cast<int32_t>(random_.Below(400)) - 200);
  inspection.set_score(faulty ? 40 + static_cast<uint32_t>(random_.Below(40)) : 90);
  if (random_.Chance(5)) inspection.set_cost_fen(static_cast<int64_t>(random_.Below(5000)));
  inspection.set_photo_count(static_cast<uint32_t>(random_.Below(3)));
  if (random_.Chance(20)) inspection.set_note("按计划巡查（样例）");
  const RecordId id = own_.Add(scope_, inspection, at_ms, Person(static_cast<uint32_t>(random_.Below(2))));
  if (faulty) Report(asset, id, at_ms);
}

void Village::Report(uint32_t asset, const RecordId& inspection, int64_t at_ms) {
  Case c;
  c.asset = asset;
  c.severity = 1 + static_cast<uint32_t>(random_.Below(3));
  c.cost_fen = static_cast<int64_t>(50 + random_.Below(3000)) * 100;
  rec::Defect defect;
  *defect.mutable_asset() = Ref(assets_[asset].id);
  defect.set_description(absl::StrCat(kFaults[random_.Below(8)], "（样例）"));
  defect.set_severity_reported(static_cast<rec::Severity>(c.severity));
  defect.set_source(rec::DEFECT_SOURCE_INSPECTION);
  defect.set_found_ms(at_ms);
  *defect.mutable_inspection() = Ref(inspection);
  defect.set_category(FacilityKinds()[assets_[asset].kind].facility_class);
  c.defect = own_.Add(scope_, defect, at_ms, Person(0));
  const uint32_t index = static_cast<uint32_t>(cases_.size());
  cases_.push_back(c);
  // One in twelve waits for somebody to look at it.
  if (random_.Chance(8)) return;
  Push(Later(at_ms, 1, 3), random_.Chance(40) ? Happening::kSelfRepair : Happening::kDispatch, index);
}

void Village::Act(Writer& at, const RecordId& record, RecordId& head, rec::StepAct act, int64_t at_ms, uint32_t person,
                  rec::Step step) {
  *step.mutable_record() = Ref(record);
  step.set_act(act);
  step.set_at_ms(at_ms);
  if (head) *step.add_after() = Ref(head);
  head = at.Add(scope_, step, at_ms, Person(person));
}

void Village::Do(const Happening& h) {
  if (h.kind == Happening::kInspect) return Inspect(h.subject, h.at_ms);
  Case& c = cases_[h.subject];
  rec::Step done;
  done.set_amount_fen(c.cost_fen);
  done.add_photos(absl::StrCat("sample-photo-", plan_.number, "-", h.subject));
  switch (h.kind) {
    case Happening::kInspect:
      return;
    case Happening::kSelfRepair:
      Act(own_, c.defect, c.defect_head, rec::STEP_ACT_SELF_REPAIR, h.at_ms, 0);
      return Push(Later(h.at_ms, 1, 6), Happening::kFixOwn, h.subject);
    case Happening::kFixOwn:
      Act(own_, c.defect, c.defect_head, rec::STEP_ACT_FINISH, h.at_ms, 0, done);
      return Push(Later(h.at_ms, 2, 12), Happening::kCheckOwn, h.subject);
    case Happening::kCheckOwn:
      return Act(town_, c.defect, c.defect_head, rec::STEP_ACT_CLOSE, h.at_ms, 3);
    case Happening::kDispatch: {
      Act(town_, c.defect, c.defect_head, rec::STEP_ACT_DISPATCH, h.at_ms, 3);
      rec::WorkOrder order;
      *order.mutable_asset() = Ref(assets_[c.asset].id);
      *order.add_defects() = Ref(c.defect);
      order.set_task("按标准修复（样例）");
      order.set_priority(static_cast<rec::Severity>(c.severity));
      order.set_size(rec::ORDER_SIZE_SMALL);
      order.set_due_ms(h.at_ms + 15 * kDayMs);
      order.set_estimate_fen(c.cost_fen);
      c.order = town_.Add(scope_, order, h.at_ms, Person(3));
      return Push(Later(h.at_ms, 1, 2), Happening::kTake, h.subject);
    }
    case Happening::kTake:
      Act(own_, c.order, c.order_head, rec::STEP_ACT_TAKE, h.at_ms, 1);
      if (random_.Chance(5)) return;  // taken and left lying
      return Push(Later(h.at_ms, 1, 20), Happening::kFinish, h.subject);
    case Happening::kFinish:
      Act(own_, c.order, c.order_head, rec::STEP_ACT_FINISH, h.at_ms, 1, done);
      done.clear_amount_fen();
      Act(own_, c.defect, c.defect_head, rec::STEP_ACT_FINISH, h.at_ms, 1, done);
      return Push(Later(h.at_ms, 1, 5), Happening::kCheck, h.subject);
    case Happening::kCheck:
      Act(town_, c.order, c.order_head, rec::STEP_ACT_CHECK, h.at_ms, 2);
      return Push(Later(h.at_ms, 1, 3), Happening::kClose, h.subject);
    case Happening::kClose:
      Act(town_, c.order, c.order_head, rec::STEP_ACT_CLOSE, h.at_ms, 3);
      return Act(town_, c.defect, c.defect_head, rec::STEP_ACT_CLOSE, h.at_ms, 3);
  }
}

}  // namespace

absl::Status WriteVillage(const VillagePlan& plan, Writer& village, Writer& township) {
  return Village(plan, village, township).Write();
}

}  // namespace guanhu::seed
