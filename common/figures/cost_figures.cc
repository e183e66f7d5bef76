// What the money bought: performance, unit costs, loans, contracts, shares.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/figures/funds.h"
#include "common/figures/money_family.h"
#include "guanhu/records/v1/duty.pb.h"

namespace guanhu::figures {
namespace {

namespace rec = guanhu::records::v1;
using base::RecordId;

// The asset that an entry paid for, by itself or through its order.
RecordId AssetOf(const Desk& desk, const FundRow& row) {
  if (row.entry.has_asset()) return schema::FromRef(row.entry.asset(), row.id.scope);
  if (!row.entry.has_order()) return {};
  const auto order = desk.Case(schema::FromRef(row.entry.order(), row.id.scope));
  return order ? order->about : RecordId{};
}

// "12.5km": a value in the unit and with the decimals of its target.
std::string TargetText(int64_t value, const rec::PerformanceTarget& t) {
  std::string digits = absl::StrCat(value);
  const bool negative = value < 0;
  if (negative) digits.erase(0, 1);
  const size_t decimals = std::min<size_t>(t.decimals(), 9);
  if (decimals > 0) {
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    digits.insert(digits.size() - decimals, ".");
  }
  return absl::StrCat(negative ? "-" : "", digits, t.unit());
}

// "30.00%"
std::string RateText(const std::optional<int64_t>& bp) {
  if (!bp) return "";
  rec::PerformanceTarget percent;
  percent.set_decimals(2);
  percent.set_unit("%");
  return TargetText(*bp, percent);
}

}  // namespace

// The four parts of the self-evaluation form. The execution rate and the cost of an asset come from entries; what was
// reached comes from the targets. Points are 1/10000 of 100.
absl::StatusOr<Table> FundPerformanceForm(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const Funds funds, ReadFunds(desk));
  Table table;
  table.columns = {{"line", "预算项目", "Budget line"},
                   {"year", "年度", "Year", Kind::kNumber},
                   {"part", "部分", "Part"},
                   {"name", "指标", "Indicator"},
                   {"target", "目标值", "Target"},
                   {"actual", "完成值", "Reached"},
                   {"full_bp", "分值", "Full points", Kind::kBasisPoints},
                   {"points_bp", "得分", "Points", Kind::kBasisPoints},
                   {"spent_fen", "支出", "Spent", Kind::kFen},
                   {"assets", "设施数", "Assets", Kind::kNumber},
                   {"cost_per_asset_fen", "单位成本", "Cost of an asset", Kind::kFen},
                   {"self_score", "自评得分", "Own score", Kind::kNumber}};
  RecordId only;
  if (!q.Arg("line").empty()) {
    GUANHU_ASSIGN_OR_RETURN(only, RecordArg(q, "line"));
  }
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::FundPerformance>({}, [&](const RecordId& id, const rec::FundPerformance& form) {
    const RecordId line_id = schema::FromRef(form.line(), id.scope);
    const LineRow* line = funds.Line(line_id);
    if (only && only != line_id) return;
    if (!desk.Inside(q.cut.place, line == nullptr ? id.scope.place : line->place)) return;
    domain::Balance sum;
    std::set<RecordId> assets;
    for (const FundRow& row : funds.entries) {
      if (!row.effective || row.line != line_id) continue;
      sum.Add(row.entry.kind(), row.entry.amount_fen());
      const RecordId asset = row.entry.kind() == rec::FUND_KIND_SPEND ? AssetOf(desk, row) : RecordId{};
      if (asset) assets.insert(asset);
    }
    const std::vector<rec::PerformanceTarget> targets(form.targets().begin(), form.targets().end());
    const int64_t budget = line == nullptr ? 0 : line->line.amount_fen();
    const domain::Performance p = domain::PerformanceOf(targets, sum.spent.value(), budget);
    const int64_t count = static_cast<int64_t>(assets.size());
    const std::string name = desk.NameOf(ledger::kBudgetLineType, line_id);
    const auto part = [&](const char* zh, const char* en, int64_t full, const std::optional<int64_t>& points, bool sums,
                          const std::string& actual) {
      table.rows.push_back(
          {{Cell::Text(name), Cell::Number(form.year()), Cell::Text(Words(q, zh, en)), Cell::Text(""), Cell::Text(""),
            Cell::Text(actual), Cell::Number(full), Maybe(points),
            sums ? Cell::Number(sum.spent.value()) : Cell::Unknown(), sums ? Cell::Number(count) : Cell::Unknown(),
            sums ? Maybe(domain::Each(sum.spent.value(), count)) : Cell::Unknown(),
            sums && form.has_self_score() ? Cell::Number(form.self_score()) : Cell::Unknown()},
           base::ToText(id)});
    };
    const auto rows_of = [&](auto belongs) {
      for (const rec::PerformanceTarget& t : targets) {
        if (!belongs(t.group())) continue;
        table.rows.push_back({{Cell::Text(name), Cell::Number(form.year()),
                               Cell::Text(schema::EnumLabel(*rec::TargetGroup_descriptor(), t.group(), q.language)),
                               Cell::Text(t.name()), Cell::Text(TargetText(t.target(), t)),
                               Cell::Text(t.has_actual() ? TargetText(t.actual(), t) : ""), Cell::Unknown(),
                               Cell::Unknown(), Cell::Unknown(), Cell::Unknown(), Cell::Unknown(), Cell::Unknown()},
                              base::ToText(id)});
      }
    };
    part("预算执行率", "Execution rate", 1'000, p.execution, true, RateText(p.execution_rate_bp));
    part("产出指标", "Outputs", 5'000, p.outputs, false, "");
    rows_of([](auto g) { return g >= rec::TARGET_GROUP_QUANTITY && g <= rec::TARGET_GROUP_COST; });
    part("效益指标", "Benefits", 3'000, p.benefits, false, "");
    rows_of([](auto g) { return g == rec::TARGET_GROUP_BENEFIT; });
    part("满意度指标", "Satisfaction", 1'000, p.satisfaction, false, "");
    rows_of([](auto g) { return g == rec::TARGET_GROUP_SATISFACTION; });
    part("总分", "Total", p.possible, p.possible == 0 ? std::nullopt : std::optional<int64_t>(p.total), true, "");
  }));
  return table;
}

absl::StatusOr<Table> UnitCosts(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const Funds funds, ReadFunds(desk));
  struct Cost {
    int64_t assets = 0;
    domain::Fen spent;
    int64_t orders = 0;
    domain::Fen order_cost;
  };
  std::map<RecordId, Cost> by_type;
  std::map<RecordId, RecordId> type_of;  // assets of the cut
  desk.book().VisitAssets(q.cut, [&](const ledger::AssetRow& row, const ledger::Measures&) {
    if (!row.Counts()) return;
    type_of[row.id] = row.type;
    ++by_type[row.type].assets;
  });
  for (const FundRow& row : funds.entries) {
    const bool out = row.entry.kind() == rec::FUND_KIND_SPEND || row.entry.kind() == rec::FUND_KIND_RETURN;
    if (!row.effective || !out || !InPeriod(q, row.at_ms)) continue;
    const auto type = type_of.find(AssetOf(desk, row));
    if (type == type_of.end()) continue;
    const int64_t fen = row.entry.amount_fen();
    by_type[type->second].spent.Add(row.entry.kind() == rec::FUND_KIND_SPEND ? fen : -fen);
  }
  ledger::Cut everywhere = q.cut;
  everywhere.place = {};
  desk.book().VisitCases(everywhere, ledger::kOrderType, [&](const ledger::CaseRow& row) {
    const auto type = type_of.find(row.about);
    if (type == type_of.end() || !InPeriod(q, row.born_ms)) return;
    ++by_type[type->second].orders;
    by_type[type->second].order_cost.Add(row.amount_fen);
  });
  Table table;
  table.columns = {{"type", "设施类型", "Facility type"},
                   {"assets", "设施数", "Assets", Kind::kNumber},
                   {"spent_fen", "支出", "Spent", Kind::kFen},
                   {"cost_per_asset_fen", "每处设施支出", "Cost of an asset", Kind::kFen},
                   {"orders", "工单数", "Orders", Kind::kNumber},
                   {"order_cost_fen", "工单费用", "Cost of orders", Kind::kFen},
                   {"cost_per_order_fen", "每张工单费用", "Cost of an order", Kind::kFen}};
  for (const auto& [type, cost] : by_type) {
    const std::string name = type ? desk.NameOf(ledger::kFacilityTypeType, type) : Words(q, "未定类型", "No type");
    table.rows.push_back(
        {{Cell::Text(name), Cell::Number(cost.assets), Cell::Number(cost.spent.value()),
          Maybe(domain::Each(cost.spent.value(), cost.assets)), Cell::Number(cost.orders),
          Cell::Number(cost.order_cost.value()), Maybe(domain::Each(cost.order_cost.value(), cost.orders))},
         type ? base::ToText(type) : ""});
  }
  return table;
}

absl::StatusOr<Table> Loans(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const Funds funds, ReadFunds(desk));
  Table table;
  table.columns = {{"lender", "贷款银行", "Lender"},
                   {"bundle", "打捆项目", "Bundle"},
                   {"principal_fen", "本金", "Principal", Kind::kFen},
                   {"received_fen", "已到账贷款", "Received", Kind::kFen},
                   {"rate_bp", "年利率", "Interest rate", Kind::kBasisPoints},
                   {"subsidy_rate_bp", "贴息率", "Subsidy rate", Kind::kBasisPoints},
                   {"subsidy_fen", "贴息计划", "Subsidy as planned", Kind::kFen},
                   {"due_fen", "应付贴息", "Subsidy due", Kind::kFen},
                   {"paid_fen", "已付贴息", "Subsidy paid", Kind::kFen},
                   {"arrears_fen", "欠付贴息", "Subsidy in arrears", Kind::kFen},
                   {"next_due_ms", "下次付息", "Next due", Kind::kTime}};
  const int64_t now = absl::ToUnixMillis(q.now);
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Loan>(q.cut.place, [&](const RecordId& id, const rec::Loan& loan) {
    domain::Fen received, planned, due, paid;
    std::optional<int64_t> next;
    for (const FundRow& row : funds.entries) {
      if (!row.effective || !row.entry.has_cause() || schema::FromRef(row.entry.cause(), row.id.scope) != id) continue;
      if (row.entry.kind() == rec::FUND_KIND_LOAN) received.Add(row.entry.amount_fen());
      if (row.entry.kind() == rec::FUND_KIND_SUBSIDY) paid.Add(row.entry.amount_fen());
    }
    for (const rec::SubsidyPayment& p : loan.schedule()) {
      planned.Add(p.amount_fen());
      if (p.due_ms() <= now) due.Add(p.amount_fen());
      if (p.due_ms() > now) next = std::min(next.value_or(p.due_ms()), p.due_ms());
    }
    const RecordId bundle = loan.has_bundle() ? schema::FromRef(loan.bundle(), id.scope) : RecordId{};
    domain::Fen arrears;
    arrears.Add(due.value());
    arrears.Add(-paid.value());
    table.rows.push_back(
        {{Cell::Text(loan.lender()), Cell::Text(desk.NameOf(desk.TypeOf<rec::Bundle>(), bundle)),
          Cell::Number(loan.principal_fen()), Cell::Number(received.value()), Cell::Number(loan.rate_bp()),
          loan.has_subsidy_rate_bp() ? Cell::Number(loan.subsidy_rate_bp()) : Cell::Unknown(),
          Cell::Number(planned.value()), Cell::Number(due.value()), Cell::Number(paid.value()),
          Cell::Number(std::max<int64_t>(0, arrears.value())), Maybe(next)},
         base::ToText(id)});
  }));
  return table;
}

absl::StatusOr<Table> Contracts(const Desk& desk, const Question& q) {
  std::set<RecordId> named;
  struct Filter {
    base::PlaceId place;
    std::set<RecordId> types;
  };
  std::vector<Filter> filters;
  int64_t in_force = 0;
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Contract>({}, [&](const RecordId& id, const rec::Contract& contract) {
    const auto row = desk.Case(id);
    if (!row || row->state != rec::CONTRACT_STATE_IN_FORCE) return;
    ++in_force;
    for (const rec::RecordRef& ref : contract.assets()) named.insert(schema::FromRef(ref, id.scope));
    if (contract.facility_types().empty()) return;
    Filter f{contract.place() == 0 ? id.scope.place : base::PlaceId{contract.place()}, {}};
    for (const rec::RecordRef& ref : contract.facility_types()) f.types.insert(schema::FromRef(ref, id.scope));
    filters.push_back(std::move(f));
  }));
  std::map<base::PlaceId, std::pair<int64_t, int64_t>> by_township;  // assets, under contract
  std::pair<int64_t, int64_t> total;
  std::vector<ledger::AssetRow> assets;
  desk.book().VisitAssets(q.cut, [&](const ledger::AssetRow& row, const ledger::Measures&) {
    if (row.Counts()) assets.push_back(row);
  });
  for (const ledger::AssetRow& row : assets) {
    const bool under = named.contains(row.id) || std::any_of(filters.begin(), filters.end(), [&](const Filter& f) {
                         return f.types.contains(row.type) && desk.Inside(f.place, row.id.scope.place);
                       });
    for (auto* sum : {&by_township[desk.TownshipOf(row.id.scope.place)], &total}) {
      ++sum->first;
      sum->second += under ? 1 : 0;
    }
  }
  Table table;
  table.columns = {{"township", "乡镇", "Township"},
                   {"assets", "设施数", "Assets", Kind::kNumber},
                   {"under_contract", "合同管护设施", "Under contract", Kind::kNumber},
                   {"share_bp", "占比", "Share", Kind::kBasisPoints}};
  const auto add = [&](const std::string& name, const std::pair<int64_t, int64_t>& sum) {
    table.rows.push_back({{Cell::Text(name), Cell::Number(sum.first), Cell::Number(sum.second),
                           Maybe(domain::ShareBp(sum.second, sum.first))},
                          ""});
  };
  for (const auto& [place, sum] : by_township) add(desk.PlaceName(place), sum);
  add(Words(q, "合计", "Total"), total);
  table.notes.push_back(q.English() ? absl::StrCat(in_force, " contracts are in force.")
                                    : absl::StrCat("履行中的合同", in_force, "份。"));
  return table;
}

absl::StatusOr<Table> Interests(const Desk& desk, const Question& q) {
  std::map<std::pair<RecordId, int>, std::pair<int64_t, int64_t>> sums;  // (asset, kind): parties, share
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Interest>(q.cut.place, [&](const RecordId& id, const rec::Interest& i) {
    auto& [parties, share] = sums[{schema::FromRef(i.asset(), id.scope), i.kind()}];
    ++parties;
    share += i.share_bp();
  }));
  Table table;
  table.columns = {{"asset", "设施", "Asset"},
                   {"place", "属地", "Place"},
                   {"kind", "类别", "Kind"},
                   {"parties", "主体数", "Parties", Kind::kNumber},
                   {"share_bp", "份额合计", "Sum of shares", Kind::kBasisPoints},
                   {"warning", "提示", "Warning"}};
  for (const auto& [key, sum] : sums) {
    table.rows.push_back(
        {{Cell::Text(desk.NameOf(ledger::kAssetType, key.first)), Cell::Text(desk.PlaceName(key.first.scope.place)),
          Cell::Text(desk.EnumName(ledger::kInterestType, "kind", key.second, q)), Cell::Number(sum.first),
          Cell::Number(sum.second),
          Cell::Text(sum.second == 10'000 ? "" : Words(q, "份额合计不是100%", "the shares do not make 100 %"))},
         base::ToText(key.first)});
  }
  return table;
}

}  // namespace guanhu::figures
