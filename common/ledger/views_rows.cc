// From records to rows.
#include <algorithm>

#include "common/base/status.h"
#include "common/ledger/views.h"
#include "common/schema/refs.h"
#include "common/schema/wire.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/step.pb.h"

namespace guanhu::ledger {

using base::RecordId;
namespace rec = guanhu::records::v1;
namespace pb = google::protobuf;

namespace {

// The condition that an inspection's result shows; 0: it did not see the asset.
uint8_t ConditionOf(rec::InspectionResult result) {
  switch (result) {
    case rec::INSPECTION_RESULT_OK:
    case rec::INSPECTION_RESULT_REPAIRED:
      return rec::CONDITION_GOOD;
    case rec::INSPECTION_RESULT_MINOR:
    case rec::INSPECTION_RESULT_DEFECT:
      return rec::CONDITION_MINOR_DEFECT;
    case rec::INSPECTION_RESULT_MAJOR:
      return rec::CONDITION_IMPAIRED;
    case rec::INSPECTION_RESULT_BROKEN:
      return rec::CONDITION_STOPPED;
    default:
      return 0;
  }
}

void Count(const RecordId& id, const rec::Inspection& inspection, AssetRow& row) {
  const uint16_t month = static_cast<uint16_t>(MonthOf(inspection.observed_ms()));
  auto at = std::lower_bound(row.months.begin(), row.months.end(), month,
                             [](const MonthCount& m, uint16_t n) { return m.month < n; });
  if (at == row.months.end() || at->month != month) {
    at = row.months.insert(at, MonthCount{});
    at->month = month;
  }
  ++at->inspections;
  at->cost_fen += inspection.cost_fen();
  const uint8_t condition = ConditionOf(inspection.result());
  if (inspection.result() == rec::INSPECTION_RESULT_UNREACHABLE ||
      inspection.result() == rec::INSPECTION_RESULT_NOT_FOUND)
    ++at->unreachable;
  if (condition > rec::CONDITION_GOOD) ++at->bad;
  if (condition == 0) return;
  const std::pair latest(inspection.observed_ms(), base::ShortHash(id));
  if (latest <= std::pair(row.last_inspected_ms, row.last_inspection)) return;
  row.last_inspected_ms = latest.first;
  row.last_inspection = latest.second;
  row.condition = condition;
}

bool Plain(const model::RecordState& state) {
  return std::all_of(state.fields.begin(), state.fields.end(), [](const auto& f) { return f.siblings.size() == 1; });
}

// What an amendment says stands in the place of what it amends.
void Amend(const rec::Amendment& amendment, rec::Inspection& inspection) {
  rec::Inspection fields;
  if (!fields.ParsePartialFromString(amendment.fields())) return;
  const pb::Reflection& reflection = *inspection.GetReflection();
  std::vector<const pb::FieldDescriptor*> set;
  reflection.ListFields(fields, &set);
  for (const pb::FieldDescriptor* f : set) reflection.ClearField(&inspection, f);
  for (uint32_t number : amendment.cleared()) {
    const pb::FieldDescriptor* f = inspection.GetDescriptor()->FindFieldByNumber(static_cast<int>(number));
    if (f != nullptr) reflection.ClearField(&inspection, f);
  }
  inspection.MergeFrom(fields);
}

int64_t NumberIn(const pb::Message& m, const char* name) {
  const pb::FieldDescriptor* f = m.GetDescriptor()->FindFieldByName(name);
  if (f == nullptr || f->is_repeated()) return 0;
  const pb::Reflection& r = *m.GetReflection();
  switch (f->cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT64:
      return r.GetInt64(m, f);
    case pb::FieldDescriptor::CPPTYPE_UINT32:
      return r.GetUInt32(m, f);
    case pb::FieldDescriptor::CPPTYPE_ENUM:
      return r.GetEnumValue(m, f);
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      return r.GetBool(m, f) ? 1 : 0;
    default:
      return 0;
  }
}

}  // namespace

void FillType(const pb::Message& shown, TypeRow& row) {
  rec::FacilityType type;
  type.CopyFrom(shown);
  row.facility_class = static_cast<uint8_t>(type.facility_class());
  row.operating_kind = static_cast<uint8_t>(type.operating_kind());
  row.interval_days = type.interval_days();
  if (type.has_department()) row.department = schema::FromRef(type.department(), row.id.scope);
}

// Nearly all work: a new inspection of one asset that nothing amends, counted from the four fields that it needs. False:
// it is not as plain as that. Its asset is the only field of an inspection that makes a link.
bool LedgerViews::CountPlain(const node::ViewChange& change) {
  if (!amended_.empty() && amended_.contains(base::ShortHash(change.id))) return false;
  std::string bytes;
  for (const model::FieldState& f : change.after->fields) {
    if (f.siblings.size() != 1) return false;
    const std::string& raw = f.siblings.front().raw;
    switch (f.number) {
      case rec::Inspection::kAssetFieldNumber: {
        absl::string_view rest = raw;
        schema::WireField field;
        if (!schema::NextField(rest, field) || !rest.empty()) return false;
        bytes += raw;
        break;
      }
      case rec::Inspection::kResultFieldNumber:
      case rec::Inspection::kObservedMsFieldNumber:
      case rec::Inspection::kCostFenFieldNumber:
      case schema::kDeletedField:
        bytes += raw;
    }
  }
  rec::Inspection inspection;
  if (!inspection.ParsePartialFromString(bytes) || inspection.deleted() || !inspection.has_asset()) return false;
  const RecordId asset = schema::FromRef(inspection.asset(), change.id.scope);
  if (!asset) return false;
  pending_[LinkKey(base::ShortHash(asset), kInspectionType, change.id)] = true;
  Count(change.id, inspection, Asset(asset));
  return true;
}

void LedgerViews::CountNew(const node::ViewChange& change) {
  rec::Inspection inspection;
  std::string bytes;
  if (!Plain(*change.after)) return;  // an immutable record has one writer; forged siblings count nothing
  for (const model::FieldState& f : change.after->fields) bytes += f.siblings.front().raw;
  if (!inspection.ParsePartialFromString(bytes) || inspection.deleted() || !inspection.has_asset()) return;
  const RecordId asset = schema::FromRef(inspection.asset(), change.id.scope);
  if (asset) Count(change.id, inspection, Asset(asset));
}

absl::Status LedgerViews::Recount(const node::Node& node, AssetRow& row) const {
  row.months.clear();
  row.condition = 0;
  row.last_inspected_ms = 0;
  row.last_inspection = 0;
  absl::Status status;
  const auto read = [&](uint32_t type, const RecordId& id) -> std::unique_ptr<pb::Message> {
    const auto state = node.Get(type, id);
    if (!state.ok()) status = state.status();
    return state.ok() && *state && Plain(**state) ? ShownRecord(node, *schema_, type, **state) : nullptr;
  };
  GUANHU_RETURN_IF_ERROR(Visit(base::ShortHash(row.id), kInspectionType, [&](const RecordId& id) {
    const auto shown = read(kInspectionType, id);
    if (shown == nullptr) return status.ok();
    rec::Inspection inspection;
    inspection.CopyFrom(*shown);
    if (amended_.contains(base::ShortHash(id))) {
      std::map<std::pair<int64_t, RecordId>, rec::Amendment> amendments;
      const absl::Status walked = Visit(base::ShortHash(id), kAmendmentType, [&](const RecordId& a) {
        const auto state = node.Get(kAmendmentType, a);
        const auto amendment = read(kAmendmentType, a);
        if (amendment == nullptr || !state.ok()) return status.ok();
        amendments[{BornMs(a, **state), a}].CopyFrom(*amendment);
        return true;
      });
      if (status.ok()) status = walked;
      for (const auto& [when, amendment] : amendments) {
        if (!amendment.deleted()) Amend(amendment, inspection);
      }
    }
    if (!inspection.deleted() && inspection.has_asset() && schema::FromRef(inspection.asset(), id.scope) == row.id)
      Count(id, inspection, row);
    return status.ok();
  }));
  return status;
}

absl::Status LedgerViews::ReadClear(const node::Node& node, AssetRow& row) const {
  row.clear = 0;
  absl::Status status;
  GUANHU_RETURN_IF_ERROR(Visit(base::ShortHash(row.id), kResponsibilityType, [&](const RecordId& id) {
    const auto state = node.Get(kResponsibilityType, id);
    if (!state.ok()) status = state.status();
    if (!state.ok() || !*state) return status.ok();
    const auto shown = ShownRecord(node, *schema_, kResponsibilityType, **state);
    if (shown == nullptr) return true;
    rec::Responsibility duty;
    duty.CopyFrom(*shown);
    if (duty.deleted()) return true;
    if (!duty.scope_text().empty()) row.clear |= kClearScope;
    if (!duty.ownership_text().empty()) row.clear |= kClearTitle;
    if (duty.has_standard()) row.clear |= kClearStandard;
    if (duty.fund_source() != 0 || duty.has_fund_line()) row.clear |= kClearFunds;
    if (duty.has_manager_org() && (duty.has_maintainer_org() || duty.has_maintainer_person()))
      row.clear |= kClearDuty;
    return true;
  }));
  GUANHU_RETURN_IF_ERROR(Visit(base::ShortHash(row.id), kTitleType, [&](const RecordId&) {
    row.clear |= kClearTitle;
    return false;
  }));
  return status;
}

absl::Status LedgerViews::RefreshAsset(const node::Node& node, const RecordId& id, bool recount) {
  AssetRow& row = Asset(id);
  GUANHU_ASSIGN_OR_RETURN(const std::optional<model::RecordState> state, node.Get(kAssetType, id));
  const std::unique_ptr<pb::Message> shown = state ? ShownRecord(node, *schema_, kAssetType, *state) : nullptr;
  row.exists = shown != nullptr;
  rec::Asset asset;
  if (shown != nullptr) asset.CopyFrom(*shown);
  row.type = asset.has_type() ? schema::FromRef(asset.type(), id.scope) : RecordId{};
  row.facility_class = static_cast<uint8_t>(asset.facility_class());
  row.operating_kind = static_cast<uint8_t>(asset.operating_kind());
  row.grade = static_cast<uint8_t>(asset.grade());
  row.state = static_cast<uint8_t>(asset.state());
  row.programme = static_cast<uint8_t>(asset.origin_programme());
  row.deleted = asset.deleted() || asset.has_merged_into();
  row.has_point = asset.has_point();
  row.lat_e7 = asset.point().lat_e7();
  row.lon_e7 = asset.point().lon_e7();
  row.cost_fen = asset.cost_fen();
  if (recount) GUANHU_RETURN_IF_ERROR(Recount(node, row));
  return ReadClear(node, row);
}

absl::Status LedgerViews::Rejudge(const node::Node& node, uint32_t type, const RecordId& id) {
  CaseRow row;
  const absl::StatusOr<RecordLife> found = LifeOf(node, *schema_, *this, type, id);
  if (absl::IsNotFound(found.status())) {
    next_.cases[id] = row;
    return absl::OkStatus();
  }
  GUANHU_RETURN_IF_ERROR(found.status());
  const RecordLife& life = *found;
  const pb::Message* shown = life.shown.get();
  row.type = type;
  row.id = id;
  row.state = life.life.state;
  row.contested = life.life.contested;
  row.born_ms = life.born_ms;
  row.since_ms = life.life.since_ms;
  row.deleted = NumberIn(*shown, "deleted") != 0;
  row.severity = static_cast<uint8_t>(
      std::max({NumberIn(*shown, "severity"), NumberIn(*shown, "severity_reported"), NumberIn(*shown, "priority")}));
  row.due_ms = NumberIn(*shown, "due_ms");
  row.amount_fen = NumberIn(*shown, "amount_fen");
  const schema::RecordInfo& info = *schema_->Type(type);
  const schema::FieldInfo* about = info.Field(absl::string_view("asset"));
  if (about != nullptr && about->link && !about->repeated) {
    rec::RecordRef ref;
    const pb::FieldDescriptor* f = about->descriptor;
    if (shown->GetReflection()->HasField(*shown, f)) {
      ref.CopyFrom(shown->GetReflection()->GetMessage(*shown, f));
      row.about = schema::FromRef(ref, id.scope);
      row.about_type = kAssetType;
    }
  }
  std::vector<domain::Act> acts;
  for (const StepRow& step : life.steps) acts.push_back(step.act);
  for (const domain::Judged& judged : life.life.acts) {
    const rec::Step& step = life.steps[judged.act].step;
    if (judged.fate != domain::Fate::kEffective) {
      ++row.refused;
      if (judged.fate == domain::Fate::kParallel && step.act() == rec::STEP_ACT_FINISH) row.amount_fen += step.amount_fen();
      continue;
    }
    if (type == kOrderType) row.amount_fen += step.amount_fen();
    if (step.has_until_ms() && step.act() == rec::STEP_ACT_EXTEND) row.due_ms = step.until_ms();
    if (step.act() == rec::STEP_ACT_RATE) {
      row.score_sum += step.score();
      ++row.score_count;
    }
    if (step.act() == rec::STEP_ACT_FINISH) row.done_ms = domain::TimeOf(acts[judged.act]);
  }
  if (type == kOrderType) {
    const domain::OrderClock clock =
        domain::ClockOf(life.life, acts, life.born_ms,
                        row.due_ms == 0 ? std::nullopt : std::optional<int64_t>(row.due_ms), life.born_ms);
    row.done_ms = clock.done_ms;
    row.paused_ms = clock.paused_ms;
    row.returns = static_cast<uint32_t>(clock.returns);
  }
  next_.cases[id] = row;
  return absl::OkStatus();
}

}  // namespace guanhu::ledger
