// The family `work`: its list, and the figures over assets that work starts from.
#include <algorithm>

#include "common/base/status.h"
#include "common/domain/likeness.h"
#include "common/figures/duties.h"
#include "common/figures/figures.h"
#include "common/figures/lister.h"
#include "common/figures/work.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/defect.pb.h"

namespace guanhu::figures {
namespace {

namespace rec = records::v1;
using base::RecordId;

// Open defects that no order names, and assets that nobody maintains.
absl::StatusOr<Table> OpenDemand(const Desk& desk, const Question& q) {
  Table table;
  table.columns = {{"kind", "类别", "Kind"},
                   {"place", "属地", "Place"},
                   {"asset", "设施", "Asset"},
                   {"since_ms", "上报时间", "Since", Kind::kTime},
                   {"days", "已等待天数", "Days waiting", Kind::kNumber},
                   {"severity", "严重程度", "Severity", Kind::kNumber}};
  const int64_t now = absl::ToUnixMillis(q.now);
  std::vector<ledger::CaseRow> defects;
  desk.book().VisitCases(q.cut, ledger::kDefectType, [&](const ledger::CaseRow& r) { defects.push_back(r); });
  for (const ledger::CaseRow& d : defects) {
    if (!ledger::IsOpenDefect(d.state) || d.state == rec::DEFECT_STATE_SELF_REPAIR ||
        d.state == rec::DEFECT_STATE_FIXED || d.state == rec::DEFECT_STATE_CHECKED)
      continue;
    bool ordered = false;
    GUANHU_RETURN_IF_ERROR(desk.ledger().Visit(d.id, ledger::kOrderType, [&](const RecordId& order) {
      const auto row = desk.Case(order);
      ordered |= row && !row->deleted && row->state != 6;  // a cancelled order leaves the defect waiting
      return !ordered;
    }));
    if (ordered) continue;
    table.rows.push_back({{Cell::Text(q.English() ? "defect without an order" : "无工单的问题"),
                           Cell::Text(desk.PlaceName(d.id.scope.place)),
                           Cell::Text(desk.NameOf(ledger::kAssetType, d.about)), Cell::Number(d.born_ms),
                           Cell::Number(std::max<int64_t>(now - d.born_ms, 0) / 86'400'000), Cell::Number(d.severity)},
                          base::ToText(d.id)});
  }
  Duties duties(desk);
  GUANHU_RETURN_IF_ERROR(duties.Read(now));
  for (const ledger::AssetRow& a : AssetsOf(desk, q)) {
    const DutyRow* duty = duties.Of(a);
    if (duty != nullptr && (duty->duty.has_maintainer_org() || duty->duty.has_maintainer_person())) continue;
    table.rows.push_back(
        {{Cell::Text(q.English() ? "asset without a maintainer" : "无管护人的设施"),
          Cell::Text(desk.PlaceName(a.id.scope.place)), Cell::Text(desk.NameOf(ledger::kAssetType, a.id)),
          Cell::Unknown(), Cell::Unknown(), Cell::Number(0)},
         base::ToText(a.id)});
  }
  SortAndPage(q, table);
  return table;
}

absl::StatusOr<Table> ConditionMap(const Desk& desk, const Question& q) {
  Table table;
  table.columns = {{"asset", "设施", "Asset"},
                   {"place", "属地", "Place"},
                   {"class", "大类", "Class"},
                   {"grade", "等级", "Grade"},
                   {"condition", "状况", "Condition"},
                   {"state", "状态", "State"},
                   {"lat_e7", "纬度", "Latitude (1e-7 deg, WGS-84)", Kind::kNumber},
                   {"lon_e7", "经度", "Longitude (1e-7 deg, WGS-84)", Kind::kNumber},
                   {"last_inspected_ms", "最近巡查", "Last inspected", Kind::kTime},
                   {"open_defects", "未办结问题", "Open defects", Kind::kNumber}};
  std::vector<std::pair<ledger::AssetRow, uint64_t>> rows;
  desk.book().VisitAssets(q.cut, [&](const ledger::AssetRow& a, const ledger::Measures& m) {
    if (a.exists && a.Counts() && a.has_point) rows.emplace_back(a, m.open_defects);
  });
  for (const auto& [a, open] : rows) {
    table.rows.push_back(
        {{Cell::Text(desk.NameOf(ledger::kAssetType, a.id)), Cell::Text(desk.PlaceName(a.id.scope.place)),
          Cell::Text(desk.EnumName(ledger::kAssetType, "facility_class", a.facility_class, q)),
          Cell::Text(desk.EnumName(ledger::kAssetType, "grade", a.grade, q)),
          Cell::Text(desk.EnumName(ledger::kAssetType, "condition", a.condition, q)),
          Cell::Text(desk.EnumName(ledger::kAssetType, "state", a.state, q)), Cell::Number(a.lat_e7),
          Cell::Number(a.lon_e7), Time(a.last_inspected_ms), Cell::Number(static_cast<int64_t>(open))},
         base::ToText(a.id)});
  }
  SortAndPage(q, table);
  return table;
}

// The radius is that of the facility type.
absl::StatusOr<Table> Duplicates(const Desk& desk, const Question& q) {
  std::map<RecordId, std::vector<domain::Spot>> by_type;
  for (const ledger::AssetRow& a : AssetsOf(desk, q)) {
    if (a.has_point && a.type) by_type[a.type].push_back({a.id, base::ShortHash(a.type), a.lat_e7, a.lon_e7, 0});
  }
  Table table;
  table.columns = {{"type", "设施类型", "Facility type"},
                   {"distance_dm", "距离（分米）", "Distance (dm)", Kind::kNumber},
                   {"a", "设施一", "One"},
                   {"a_place", "属地一", "Its place"},
                   {"b", "设施二", "The other"},
                   {"b_place", "属地二", "Its place"},
                   {"b_record", "设施二记录", "Record of the other"}};
  for (const auto& [type, spots] : by_type) {
    GUANHU_ASSIGN_OR_RETURN(const auto known, desk.Read<rec::FacilityType>(type));
    const int64_t radius =
        known && known->has_duplicate_radius_dm() ? known->duplicate_radius_dm() : domain::kDuplicateRadiusDm;
    for (const domain::Likeness& l : domain::FindDuplicates(spots, radius)) {
      table.rows.push_back(
          {{Cell::Text(desk.NameOf(ledger::kFacilityTypeType, type)), Cell::Number(l.distance_dm),
            Cell::Text(desk.NameOf(ledger::kAssetType, l.a)), Cell::Text(desk.PlaceName(l.a.scope.place)),
            Cell::Text(desk.NameOf(ledger::kAssetType, l.b)), Cell::Text(desk.PlaceName(l.b.scope.place)),
            Cell::Text(base::ToText(l.b))},
           base::ToText(l.a)});
    }
  }
  SortAndPage(q, table);
  return table;
}

constexpr Figure kFigures[] = {
    {"tasks", "巡查任务", "Tasks", "state: due|late|done|exempt|not_due; assignee: post; asset", TaskFigure},
    {"inspection-rate", "巡查完成率", "Rate of inspection", "by township or place; a period", InspectionRate},
    {"inbox", "待办", "To do", "tier: village|township|city; without it this node's", Inbox},
    {"orders", "工单办理", "Orders", "state; breached: yes", Orders},
    {"response-times", "响应用时", "Response times", "by: type|grade|place", ResponseTimes},
    {"repeat-failures", "重复故障", "Repeat failures", "", RepeatFailures},
    {"open-demand", "管护需求", "Open demand", "", OpenDemand},
    {"condition-map", "设施状况图", "Map of conditions", "", ConditionMap},
    {"duplicates", "疑似重复设施", "Possible duplicates", "", Duplicates},
    {"plausibility", "巡查可信度", "Plausibility of inspections", "", PlausibilityFigure},
    {"recognised", "认可数", "Recognised inspections", "list: missing, with reasons; a period", Recognised},
};

}  // namespace

absl::Span<const Figure> WorkFigures() { return kFigures; }

}  // namespace guanhu::figures
