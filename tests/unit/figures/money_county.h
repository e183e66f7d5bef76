// A county with budget lines, claims and an assessment, for the tests of figures about them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/figures/figures.h"
#include "guanhu/records/v1/assessment.pb.h"
#include "guanhu/records/v1/fund.pb.h"
#include "tests/support/real_county.h"

namespace guanhu::testing {

struct MoneyCounty : RealCounty {
  const base::PersonId clerk{11}, officer{12}, keeper{13};
  base::RecordId pool, line;

  MoneyCounty() {
    rec::FundPool p;
    p.set_name("管护资金");
    p.set_kind(rec::POOL_KIND_MIXED);
    pool = Save(city, city.node->county_scope(), p);
    line = Line("日常管护", "管护项目", 1'000'000);
    SyncAll();
  }

  base::RecordId Line(const std::string& name, const std::string& programme, int64_t fen, base::PlaceId place = {}) {
    rec::BudgetLine l;
    *l.mutable_pool() = schema::ToRef(pool, city.node->county_scope());
    l.set_year(2026);
    l.set_name(name);
    l.set_programme(programme);
    l.set_amount_fen(fen);
    if (place) l.set_place(place.value);
    return Save(city, city.node->county_scope(), l);
  }
  rec::FundEntry Entry(rec::FundKind kind, int64_t fen, base::PlaceId place, const std::string& receipt = "") {
    rec::FundEntry e;
    *e.mutable_line() = schema::ToRef(line, Internal(place));
    e.set_kind(kind);
    e.set_amount_fen(fen);
    e.set_receipt_sha256(receipt);
    return e;
  }
  base::RecordId Claim(RealNode& n, rec::FundKind kind, int64_t fen, base::PlaceId place,
                       const std::string& receipt = "") {
    return Save(n, Internal(place), Entry(kind, fen, place, receipt), {}, "", keeper);
  }
  base::RecordId Fund(RealNode& n, const base::RecordId& entry, rec::StepAct act, base::PersonId by,
                      rec::Step step = {}) {
    return Act(n, ledger::kFundEntryType, entry, act, std::move(step), by);
  }
  void Approve(const base::RecordId& entry) {
    Fund(city, entry, rec::STEP_ACT_REVIEW, clerk);
    Fund(city, entry, rec::STEP_ACT_APPROVE, officer);
  }
  void Post(const base::RecordId& entry) {
    Approve(entry);
    Fund(city, entry, rec::STEP_ACT_POST, clerk);
  }
  // The counter-entry of `entry`, claimed; the act of reversing is another step.
  base::RecordId Counter(RealNode& n, const base::RecordId& entry, rec::FundKind kind, int64_t fen) {
    rec::FundEntry e = Entry(kind, -fen, entry.scope.place);
    *e.mutable_reverses() = schema::ToRef(entry, entry.scope);
    return Save(n, entry.scope, e, {}, "", clerk);
  }
  void Reverse(const base::RecordId& entry, const base::RecordId& counter) {
    rec::Step step;
    step.set_reason("记错项目");
    *step.mutable_other() = schema::ToRef(counter, entry.scope);
    Fund(city, entry, rec::STEP_ACT_REVERSE, officer, step);
  }
  int FundState(RealNode& n, const base::RecordId& entry) { return StateOf(n, ledger::kFundEntryType, entry); }
};

inline figures::Table Ask(RealCounty& c, RealNode& n, const std::string& name,
                          std::map<std::string, std::string> args = {}, int64_t from_ms = 0, int64_t to_ms = 0,
                          base::PlaceId place = {}) {
  const figures::Desk desk(*n.node, HouseSchema(), *n.ledger);
  figures::Question q;
  q.args = std::move(args);
  q.from_ms = from_ms;
  q.to_ms = to_ms;
  q.cut.place = place;
  q.language = schema::Language::kEnglish;
  q.now = c.now;
  auto table = figures::Tell(name, desk, q);
  EXPECT_TRUE(table.ok()) << name << ": " << table.status();
  if (!table.ok()) return {};
  for (const figures::Row& row : table->rows) EXPECT_EQ(row.cells.size(), table->columns.size()) << name;
  return *std::move(table);
}

// The cell of the first row whose columns have the texts given.
inline figures::Cell CellOf(const figures::Table& t, const std::vector<std::pair<std::string, std::string>>& where,
                            const std::string& column) {
  const auto at = [&](const std::string& name) {
    for (size_t i = 0; i < t.columns.size(); ++i) {
      if (t.columns[i].name == name) return i;
    }
    ADD_FAILURE() << "no column " << name;
    return size_t{0};
  };
  for (const figures::Row& row : t.rows) {
    bool all = true;
    for (const auto& [name, text] : where) {
      const figures::Cell& cell = row.cells[at(name)];
      all = all && (cell.text == text || (cell.text.empty() && std::to_string(cell.number) == text));
    }
    if (all) return row.cells[at(column)];
  }
  ADD_FAILURE() << "no such row for " << column;
  return figures::Cell::Unknown();
}

}  // namespace guanhu::testing
