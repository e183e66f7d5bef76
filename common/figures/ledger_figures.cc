// The three ledgers (综合台账, 明细台账, 工作台账) and what is missing in them.
#include <algorithm>

#include "absl/strings/str_format.h"
#include "common/base/status.h"
#include "common/figures/figures.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/defect.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/work_order.pb.h"

namespace guanhu::figures {
namespace {

using ledger::Dim;
using ledger::Measures;
namespace rec = guanhu::records::v1;

// Rows of an export whose records are read in one visit to the node's thread: others wait for so long.
constexpr size_t kRowsPerVisit = 500;

void AddMeasureColumns(Table& table) {
  const Column columns[] = {{"assets", "设施数", "Assets", Kind::kNumber},
                            {"cost_fen", "造价", "Cost", Kind::kFen},
                            {"inspections", "巡查次数", "Inspections", Kind::kNumber},
                            {"bad", "发现问题", "Found wrong", Kind::kNumber},
                            {"unreachable", "未能巡查", "Not reached", Kind::kNumber},
                            {"inspection_cost_fen", "巡查费用", "Cost of inspections", Kind::kFen},
                            {"defects", "问题数", "Defects", Kind::kNumber},
                            {"open_defects", "未办结问题", "Open defects", Kind::kNumber},
                            {"orders", "工单数", "Orders", Kind::kNumber},
                            {"open_orders", "未办结工单", "Open orders", Kind::kNumber},
                            {"order_cost_fen", "工单费用", "Cost of orders", Kind::kFen}};
  table.columns.insert(table.columns.end(), std::begin(columns), std::end(columns));
}

void AddMeasures(const Measures& m, Row& row) {
  for (int64_t v : {static_cast<int64_t>(m.assets), m.cost_fen, static_cast<int64_t>(m.inspections),
                    static_cast<int64_t>(m.bad), static_cast<int64_t>(m.unreachable), m.inspection_cost_fen,
                    static_cast<int64_t>(m.defects), static_cast<int64_t>(m.open_defects),
                    static_cast<int64_t>(m.orders), static_cast<int64_t>(m.open_orders), m.order_cost_fen})
    row.cells.push_back(Cell::Number(v));
}

Column DimColumn(Dim dim) {
  switch (dim) {
    case Dim::kPlace:
      return {"place", "属地", "Place"};
    case Dim::kTownship:
      return {"township", "乡镇", "Township"};
    case Dim::kDepartment:
      return {"department", "主管部门", "Department"};
    case Dim::kClass:
      return {"class", "大类", "Class"};
    case Dim::kType:
      return {"type", "设施类型", "Facility type"};
    case Dim::kGrade:
      return {"grade", "等级", "Grade"};
    case Dim::kCondition:
      return {"condition", "状况", "Condition"};
    case Dim::kState:
      return {"state", "状态", "State"};
    case Dim::kMonth:
      return {"month", "月份", "Month"};
  }
  return {"", "", ""};
}

std::string KeyText(const Desk& desk, const Question& q, Dim dim, uint64_t key, const ledger::Summary& summary) {
  const auto name = summary.names.find(key);
  switch (dim) {
    case Dim::kPlace:
    case Dim::kTownship:
      return desk.PlaceName(base::PlaceId{key});
    case Dim::kDepartment:
      return name == summary.names.end() ? "" : desk.NameOf(2, name->second);
    case Dim::kType:
      return name == summary.names.end() ? "" : desk.NameOf(ledger::kFacilityTypeType, name->second);
    case Dim::kClass:
      return desk.EnumName(ledger::kAssetType, "facility_class", static_cast<int>(key), q);
    case Dim::kGrade:
      return desk.EnumName(ledger::kAssetType, "grade", static_cast<int>(key), q);
    case Dim::kCondition:
      return desk.EnumName(ledger::kAssetType, "condition", static_cast<int>(key), q);
    case Dim::kState:
      return desk.EnumName(ledger::kAssetType, "state", static_cast<int>(key), q);
    case Dim::kMonth:
      return absl::FormatTime("%Y-%m", absl::FromUnixMillis(ledger::MonthStartMs(static_cast<int>(key))),
                              absl::FixedTimeZone(8 * 3600));
  }
  return "";
}

absl::StatusOr<Table> SummaryLedger(const Desk& desk, const Question& q) {
  std::vector<Dim> by = q.by;
  if (by.empty()) by = {Dim::kTownship, Dim::kClass};
  const ledger::Summary summary = desk.book().Summarise(q.cut, by);
  Table table;
  for (Dim d : by) table.columns.push_back(DimColumn(d));
  AddMeasureColumns(table);
  for (const auto& [keys, measures] : summary.rows) {
    Row row;
    for (size_t i = 0; i < by.size(); ++i) row.cells.push_back(Cell::Text(KeyText(desk, q, by[i], keys[i], summary)));
    AddMeasures(measures, row);
    table.rows.push_back(std::move(row));
  }
  // Ids differ from county to county; people sort by what they read.
  std::stable_sort(table.rows.begin(), table.rows.end(), [&](const Row& a, const Row& b) {
    for (size_t i = 0; i < by.size(); ++i) {
      if (a.cells[i].text != b.cells[i].text) return a.cells[i].text < b.cells[i].text;
    }
    return false;
  });
  Row total;
  for (size_t i = 0; i < by.size(); ++i)
    total.cells.push_back(Cell::Text(i == 0 ? (q.English() ? "Total" : "合计") : ""));
  AddMeasures(summary.total, total);
  table.rows.push_back(std::move(total));
  table.coverage = summary.coverage;
  return table;
}

Cell PointCell(const ledger::AssetRow& row) {
  if (!row.has_point) return Cell::Unknown();
  return Cell::Text(absl::StrFormat("%.7f,%.7f", row.lat_e7 / 1e7, row.lon_e7 / 1e7));
}

absl::Status AddDetailRow(const Desk& desk, const Question& q, const ledger::DetailRow& d, Table& table) {
  GUANHU_ASSIGN_OR_RETURN(const auto asset, desk.Read<rec::Asset>(d.asset.id));
  const auto type = desk.book().Type(d.asset.type);
  Row row;
  row.record = base::ToText(d.asset.id);
  row.cells = {Cell::Text(asset ? asset->code() : ""),
               Cell::Text(asset ? asset->name() : ""),
               Cell::Text(desk.PlaceName(d.asset.id.scope.place)),
               Cell::Text(type ? desk.NameOf(ledger::kOrgType, type->department) : ""),
               Cell::Text(desk.EnumName(ledger::kAssetType, "facility_class", d.asset.facility_class, q)),
               Cell::Text(desk.NameOf(ledger::kFacilityTypeType, d.asset.type)),
               Cell::Text(desk.EnumName(ledger::kAssetType, "grade", d.asset.grade, q)),
               Cell::Text(desk.EnumName(ledger::kAssetType, "condition", d.asset.condition, q)),
               Cell::Text(desk.EnumName(ledger::kAssetType, "state", d.asset.state, q)),
               d.asset.last_inspected_ms == 0 ? Cell::Unknown() : Cell::Number(d.asset.last_inspected_ms),
               Cell::Number(__builtin_popcount(d.asset.clear) * 2000),
               PointCell(d.asset)};
  AddMeasures(d.measures, row);
  table.rows.push_back(std::move(row));
  return absl::OkStatus();
}

absl::StatusOr<Table> DetailLedger(const Desk& desk, const Question& q) {
  const ledger::DetailPage page = desk.book().Detail(q.cut, q.cursor, q.limit);
  Table table;
  table.columns = {{"code", "设施编号", "Asset code"},
                   {"name", "名称", "Name"},
                   {"place", "属地", "Place"},
                   {"department", "主管部门", "Department"},
                   {"class", "大类", "Class"},
                   {"type", "设施类型", "Facility type"},
                   {"grade", "等级", "Grade"},
                   {"condition", "状况", "Condition"},
                   {"state", "状态", "State"},
                   {"last_inspected_ms", "最近巡查", "Last inspected", Kind::kTime},
                   {"completeness_bp", "五个明确", "Five clear", Kind::kBasisPoints},
                   {"point", "位置", "Position", Kind::kPoint}};
  AddMeasureColumns(table);
  absl::Status read;
  for (size_t from = 0; from < page.rows.size() && read.ok(); from += kRowsPerVisit) {
    desk.WithRecords([&](const Desk& d) {
      for (size_t i = from; i < std::min(page.rows.size(), from + kRowsPerVisit) && read.ok(); ++i)
        read = AddDetailRow(d, q, page.rows[i], table);
    });
  }
  GUANHU_RETURN_IF_ERROR(read);
  table.next = page.next;
  table.total = page.total;
  table.coverage = page.coverage;
  return table;
}

// One row for each piece of work on an asset of the cut: inspections, defects, orders. A page holds the work of whole
// assets.
absl::StatusOr<Table> WorkLedger(const Desk& desk, const Question& q) {
  Table table;
  table.columns = {{"time", "时间", "Time", Kind::kTime}, {"kind", "工作", "Work"},     {"asset", "设施", "Asset"},
                   {"place", "属地", "Place"},            {"result", "结果", "Result"}, {"person", "人员", "Person"},
                   {"cost_fen", "费用", "Cost", Kind::kFen}};
  uint64_t cursor = q.cursor;
  while (table.rows.size() < q.limit) {
    const ledger::DetailPage page = desk.book().Detail(q.cut, cursor, 1);
    if (page.rows.empty()) break;
    table.coverage = page.coverage;
    const base::RecordId asset = page.rows[0].asset.id;
    const std::string name = desk.NameOf(ledger::kAssetType, asset);
    std::vector<Row> rows;
    const auto add = [&](int64_t at_ms, const std::string& kind, const std::string& result, uint64_t person,
                         int64_t cost, const base::RecordId& id) {
      const int month = ledger::MonthOf(at_ms);
      if (month < q.cut.from_month || month > q.cut.to_month) return;
      rows.push_back({{Cell::Number(at_ms), Cell::Text(kind), Cell::Text(name), Cell::Text(desk.PlaceName(id.scope.place)),
                       Cell::Text(result), Cell::Text(person == 0 ? "" : base::ToText(person)), Cell::Number(cost)},
                      base::ToText(id)});
    };
    GUANHU_RETURN_IF_ERROR(desk.Linked<rec::Inspection>(asset, [&](const base::RecordId& id, const rec::Inspection& i) {
      add(i.observed_ms(), q.English() ? "Inspection" : "巡查",
          desk.EnumName(ledger::kInspectionType, "result", i.result(), q), i.inspector(), i.cost_fen(), id);
    }));
    for (uint32_t type : {ledger::kDefectType, ledger::kOrderType}) {
      GUANHU_RETURN_IF_ERROR(desk.ledger().Visit(asset, type, [&](const base::RecordId& id) {
        const auto row = desk.Case(id);
        if (!row || row->deleted || row->about != asset) return true;
        const char* kind = type == ledger::kDefectType ? (q.English() ? "Defect" : "问题")
                                                       : (q.English() ? "Work order" : "工单");
        add(row->born_ms, kind, desk.EnumName(type, "state", row->state, q), 0,
            type == ledger::kOrderType ? row->amount_fen : 0, id);
        return true;
      }));
    }
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return std::pair(a.cells[0].number, a.record) < std::pair(b.cells[0].number, b.record);
    });
    for (Row& r : rows) table.rows.push_back(std::move(r));
    table.next = cursor = page.next;
    if (cursor == 0) break;
  }
  return table;
}

constexpr Figure kFigures[] = {
    {"summary", "综合台账", "Summary ledger", "", SummaryLedger, true},
    {"detail", "明细台账", "Detail ledger", "", DetailLedger, true},
    {"work", "工作台账", "Work ledger", "", WorkLedger, false},
};

}  // namespace

absl::Span<const Figure> LedgerFigures() { return kFigures; }

}  // namespace guanhu::figures
