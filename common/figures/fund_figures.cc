// What came in, what went out, what is left: sums over entries, never a register.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/domain/likeness.h"
#include "common/figures/figures.h"
#include "common/figures/funds.h"
#include "common/figures/money_family.h"

namespace guanhu::figures {
namespace {

namespace rec = guanhu::records::v1;
using domain::Balance;

constexpr int64_t kDayMs = 86'400'000;

void AddBalance(const Balance& b, Row& row) {
  for (const int64_t v :
       {b.income.value(), b.spent.value(), b.adjusted.value(), b.balance(), static_cast<int64_t>(b.entries)})
    row.cells.push_back(Cell::Number(v));
}

}  // namespace

// Pools with their lines under them. Every entry of a line counts, whatever place wrote it: a part of a balance is
// none.
absl::StatusOr<Table> FundBalances(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const Funds funds, ReadFunds(desk));
  Table table;
  table.columns = {{"level", "层级", "Level"},
                   {"pool", "资金池", "Pool"},
                   {"line", "预算项目", "Budget line"},
                   {"year", "年度", "Year", Kind::kNumber},
                   {"place", "使用属地", "Place"},
                   {"budget_fen", "预算金额", "Budget", Kind::kFen},
                   {"income_fen", "收入", "Income", Kind::kFen},
                   {"spent_fen", "支出", "Spent", Kind::kFen},
                   {"adjusted_fen", "调整", "Adjusted", Kind::kFen},
                   {"balance_fen", "余额", "Balance", Kind::kFen},
                   {"entries", "笔数", "Entries", Kind::kNumber}};
  std::map<base::RecordId, std::map<base::RecordId, Balance>> by_pool;  // pool -> line
  for (const auto& [id, line] : funds.lines) {
    if (desk.Inside(q.cut.place, line.place)) by_pool[line.pool][id];
  }
  std::map<base::RecordId, Balance> pool_sums;
  Balance total;
  for (const FundRow& row : funds.entries) {
    if (!row.effective || !desk.Inside(q.cut.place, funds.PlaceOf(row))) continue;
    const LineRow* line = funds.Line(row.line);
    const base::RecordId pool = line == nullptr ? base::RecordId{} : line->pool;
    for (Balance* sum : {&by_pool[pool][row.line], &pool_sums[pool], &total})
      sum->Add(row.entry.kind(), row.entry.amount_fen());
  }
  domain::Fen total_budget;
  const auto add_row = [&](const char* zh, const char* en, const std::string& pool, const std::string& name,
                           const LineRow* line, int64_t budget, const Balance& b, const base::RecordId& id) {
    Row row;
    row.cells = {Cell::Text(Words(q, zh, en)),
                 Cell::Text(pool),
                 Cell::Text(name),
                 line == nullptr ? Cell::Unknown() : Cell::Number(line->line.year()),
                 Cell::Text(line == nullptr ? "" : desk.PlaceName(line->place)),
                 Cell::Number(budget)};
    AddBalance(b, row);
    if (id) row.record = base::ToText(id);
    table.rows.push_back(std::move(row));
  };
  for (const auto& [pool, lines] : by_pool) {
    const std::string pool_name =
        pool ? desk.NameOf(desk.TypeOf<rec::FundPool>(), pool) : Words(q, "未知项目", "Unknown line");
    domain::Fen pool_budget;
    for (const auto& [id, balance] : lines) {
      const LineRow* line = funds.Line(id);
      const int64_t budget = line == nullptr ? 0 : line->line.amount_fen();
      add_row("项目", "Line", pool_name, desk.NameOf(ledger::kBudgetLineType, id), line, budget, balance, id);
      pool_budget.Add(budget);
      total_budget.Add(budget);
    }
    add_row("资金池", "Pool", pool_name, "", nullptr, pool_budget.value(), pool_sums[pool], pool);
  }
  add_row("合计", "Total", "", "", nullptr, total_budget.value(), total, {});
  return table;
}

absl::StatusOr<Table> FundClaims(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const Funds funds, ReadFunds(desk));
  Table table;
  table.columns = {{"code", "流水", "Entry"},
                   {"line", "预算项目", "Budget line"},
                   {"place", "申请属地", "Claimed at"},
                   {"kind", "类别", "Kind"},
                   {"amount_fen", "金额", "Amount", Kind::kFen},
                   {"state", "状态", "State"},
                   {"claimed_ms", "申请时间", "Claimed", Kind::kTime},
                   {"age_days", "已等天数", "Days waiting", Kind::kNumber},
                   {"refused", "未生效操作", "Acts without effect", Kind::kNumber}};
  std::vector<const FundRow*> open;
  for (const FundRow& row : funds.entries) {
    const bool waits = row.state == rec::FUND_STATE_CLAIMED || row.state == rec::FUND_STATE_REVIEWED ||
                       row.state == rec::FUND_STATE_APPROVED;
    if (waits && !row.deleted && desk.Inside(q.cut.place, row.id.scope.place) && InPeriod(q, row.born_ms))
      open.push_back(&row);
  }
  std::stable_sort(open.begin(), open.end(),
                   [](const FundRow* a, const FundRow* b) { return a->born_ms < b->born_ms; });
  for (const FundRow* row : open) {
    const int64_t age = std::max<int64_t>(0, absl::ToUnixMillis(q.now) - row->born_ms) / kDayMs;
    table.rows.push_back({{Cell::Text(Desk::Code(row->id)), Cell::Text(desk.NameOf(ledger::kBudgetLineType, row->line)),
                           Cell::Text(desk.PlaceName(row->id.scope.place)),
                           Cell::Text(desk.EnumName(ledger::kFundEntryType, "kind", row->entry.kind(), q)),
                           Cell::Number(row->entry.amount_fen()),
                           Cell::Text(desk.EnumName(ledger::kFundEntryType, "state", row->state, q)),
                           Cell::Number(row->born_ms), Cell::Number(age), Cell::Number(row->refused)},
                          base::ToText(row->id)});
  }
  return table;
}

absl::StatusOr<Table> FundSources(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const Funds funds, ReadFunds(desk));
  Table table;
  table.columns = {{"source", "来源", "Source"},
                   {"entries", "笔数", "Entries", Kind::kNumber},
                   {"amount_fen", "金额", "Amount", Kind::kFen},
                   {"share_bp", "占比", "Share", Kind::kBasisPoints}};
  std::map<int, std::pair<int64_t, domain::Fen>> by_kind;
  for (int kind = rec::FUND_KIND_GRANT; kind <= rec::FUND_KIND_SUBSIDY; ++kind) by_kind[kind];
  domain::Fen total;
  int64_t entries = 0;
  for (const FundRow& row : funds.entries) {
    if (!row.effective || !domain::IsSource(row.entry.kind()) || !InPeriod(q, row.at_ms) ||
        !desk.Inside(q.cut.place, funds.PlaceOf(row)))
      continue;
    auto& [count, sum] = by_kind[row.entry.kind()];
    ++count;
    ++entries;
    sum.Add(row.entry.amount_fen());
    total.Add(row.entry.amount_fen());
  }
  const auto add = [&](std::string name, int64_t count, int64_t fen) {
    table.rows.push_back({{Cell::Text(std::move(name)), Cell::Number(count), Cell::Number(fen),
                           Maybe(domain::ShareBp(fen, total.value()))},
                          ""});
  };
  for (const auto& [kind, sum] : by_kind)
    add(desk.EnumName(ledger::kFundEntryType, "kind", kind, q), sum.first, sum.second.value());
  add(Words(q, "合计", "Total"), entries, total.value());
  return table;
}

absl::StatusOr<Table> Leverage(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const Funds funds, ReadFunds(desk));
  const std::string by = q.Arg("by").empty() ? "programme" : q.Arg("by");
  if (by != "programme" && by != "line" && by != "pool")
    return absl::InvalidArgumentError(absl::StrCat("by=", by, ": give programme, line or pool"));
  Table table;
  table.columns = {{by,
                    by == "line"   ? "预算项目"
                    : by == "pool" ? "资金池"
                                   : "项目",
                    by},
                   {"government_fen", "财政资金", "Public money", Kind::kFen},
                   {"other_fen", "其他资金", "Other money", Kind::kFen},
                   {"leverage_bp", "杠杆率", "Leverage", Kind::kBasisPoints}};
  std::map<std::string, std::array<domain::Fen, 2>> sums;
  std::array<domain::Fen, 2> total;
  for (const FundRow& row : funds.entries) {
    if (!row.effective || !domain::IsSource(row.entry.kind()) || !InPeriod(q, row.at_ms) ||
        !desk.Inside(q.cut.place, funds.PlaceOf(row)))
      continue;
    const LineRow* line = funds.Line(row.line);
    std::string key = by == "line" || line == nullptr ? desk.NameOf(ledger::kBudgetLineType, row.line)
                      : by == "pool"                  ? desk.NameOf(desk.TypeOf<rec::FundPool>(), line->pool)
                                                      : line->line.programme();
    if (key.empty()) key = Words(q, "未填项目", "No programme");
    const size_t side = domain::IsGovernment(row.entry.kind()) ? 0 : 1;
    sums[key][side].Add(row.entry.amount_fen());
    total[side].Add(row.entry.amount_fen());
  }
  const auto add = [&](const std::string& name, const std::array<domain::Fen, 2>& sum) {
    table.rows.push_back({{Cell::Text(name), Cell::Number(sum[0].value()), Cell::Number(sum[1].value()),
                           Maybe(domain::ShareBp(sum[1].value(), sum[0].value()))},
                          ""});
  };
  for (const auto& [name, sum] : sums) add(name, sum);
  add(Words(q, "合计", "Total"), total);
  return table;
}

absl::StatusOr<Table> ReceiptsTwice(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const Funds funds, ReadFunds(desk));
  std::vector<domain::Claim> claims;
  std::map<base::RecordId, const FundRow*> by_id;
  for (const FundRow& row : funds.entries) {
    // A counter-entry shows the receipt of what it takes back.
    if (row.deleted || row.entry.receipt_sha256().empty() || row.entry.has_reverses()) continue;
    claims.push_back({row.id, {row.entry.receipt_sha256()}});
    by_id[row.id] = &row;
  }
  Table table;
  table.columns = {{"receipt", "票据指纹", "Receipt"},
                   {"code", "流水", "Entry"},
                   {"line", "预算项目", "Budget line"},
                   {"place", "申请属地", "Claimed at"},
                   {"amount_fen", "金额", "Amount", Kind::kFen},
                   {"state", "状态", "State"},
                   {"claimed_ms", "申请时间", "Claimed", Kind::kTime},
                   {"effective", "计入余额", "Counts", Kind::kNumber}};
  for (const domain::ReceiptUse& use : domain::SameReceipt(claims)) {
    const bool inside = std::any_of(use.claims.begin(), use.claims.end(),
                                    [&](const base::RecordId& id) { return desk.Inside(q.cut.place, id.scope.place); });
    if (!inside) continue;
    for (const base::RecordId& id : use.claims) {
      const FundRow& row = *by_id[id];
      table.rows.push_back({{Cell::Text(base::ToHex(use.receipt).substr(0, 16)), Cell::Text(Desk::Code(id)),
                             Cell::Text(desk.NameOf(ledger::kBudgetLineType, row.line)),
                             Cell::Text(desk.PlaceName(id.scope.place)), Cell::Number(row.entry.amount_fen()),
                             Cell::Text(desk.EnumName(ledger::kFundEntryType, "state", row.state, q)),
                             Cell::Number(row.born_ms), Cell::Number(row.effective ? 1 : 0)},
                            base::ToText(id)});
    }
  }
  return table;
}

namespace {

constexpr Figure kFigures[] = {
    {"fund-balances", "资金余额", "Balances of funds", "", FundBalances},
    {"fund-claims", "待办资金申请", "Open claims", "", FundClaims},
    {"fund-sources", "资金来源", "Where money comes from", "", FundSources},
    {"leverage", "财政资金杠杆", "Leverage of public money", "by: programme, line or pool", Leverage},
    {"contributions", "社会和群众投入", "Pledges and what came of them", "", Contributions},
    {"village-projects", "一事一议", "One case, one meeting", "", VillageProjects},
    {"bills", "使用者付费", "Bills of users", "", Bills},
    {"loans", "贷款和贴息", "Loans and interest subsidies", "", Loans},
    {"fund-performance", "资金绩效自评", "Performance of funds", "line: only this one", FundPerformanceForm},
    {"unit-costs", "单位成本", "Cost of an asset and of an order", "", UnitCosts},
    {"contracts", "合同覆盖", "Assets under contract", "", Contracts},
    {"interests", "投资受益管护份额", "Who invests, benefits, maintains", "", Interests},
    {"receipts-twice", "重复票据", "Receipts shown twice", "", ReceiptsTwice},
};

}  // namespace

absl::Span<const Figure> MoneyFigures() { return kFigures; }

}  // namespace guanhu::figures
