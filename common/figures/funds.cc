#include "common/figures/funds.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace guanhu::figures {

namespace rec = guanhu::records::v1;

base::PlaceId Funds::PlaceOf(const FundRow& row) const {
  const LineRow* line = Line(row.line);
  return line == nullptr ? row.id.scope.place : line->place;
}

const LineRow* Funds::Line(const base::RecordId& id) const {
  const auto it = lines.find(id);
  return it == lines.end() ? nullptr : &it->second;
}

absl::StatusOr<Funds> ReadFunds(const Desk& desk) {
  Funds funds;
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::BudgetLine>({}, [&](const base::RecordId& id, const rec::BudgetLine& line) {
    LineRow& row = funds.lines[id];
    row.id = id;
    row.line = line;
    row.place = line.place() == 0 ? id.scope.place : base::PlaceId{line.place()};
    row.pool = schema::FromRef(line.pool(), id.scope);
  }));
  for (const base::ScopeId& scope : desk.node().Scopes()) {
    GUANHU_RETURN_IF_ERROR(desk.node().Visit(
        scope, ledger::kFundEntryType, [&](uint32_t type, const base::RecordId& id, const model::RecordState& state) {
          const auto shown = ledger::ShownRecord(desk.node(), desk.schema(), type, state);
          if (shown == nullptr) return true;
          FundRow row;
          row.id = id;
          row.entry.CopyFrom(*shown);
          row.line = schema::FromRef(row.entry.line(), id.scope);
          row.deleted = row.entry.deleted();
          if (const auto known = desk.Case(id)) {
            row.state = static_cast<rec::FundState>(known->state);
            row.born_ms = known->born_ms;
            row.refused = known->refused;
          }
          row.at_ms = row.entry.has_occurred_ms() ? row.entry.occurred_ms() : row.born_ms;
          funds.entries.push_back(std::move(row));
          return true;
        }));
  }
  std::sort(funds.entries.begin(), funds.entries.end(), [](const FundRow& a, const FundRow& b) { return a.id < b.id; });
  std::vector<domain::Entry> entries;
  for (const FundRow& r : funds.entries) {
    const base::RecordId reverses =
        r.entry.has_reverses() ? schema::FromRef(r.entry.reverses(), r.id.scope) : base::RecordId{};
    entries.push_back({r.id, reverses, r.entry.kind(), r.entry.amount_fen(), r.state});
  }
  for (const size_t i : domain::Effective(entries)) funds.entries[i].effective = true;
  return funds;
}

bool InPeriod(const Question& question, int64_t at_ms) {
  if (question.from_ms != 0 && at_ms < question.from_ms) return false;
  return question.to_ms == 0 || at_ms < question.to_ms;
}

Cell Maybe(const std::optional<int64_t>& number) { return number ? Cell::Number(*number) : Cell::Unknown(); }

std::string Words(const Question& question, const char* zh, const char* en) { return question.English() ? en : zh; }

absl::StatusOr<base::RecordId> RecordArg(const Question& question, const std::string& name) {
  const absl::StatusOr<base::RecordId> id = base::ParseRecord(question.Arg(name));
  if (id.ok()) return *id;
  return absl::InvalidArgumentError(
      absl::StrCat("give ", name, "=<full id of the record>; '", question.Arg(name), "' is none"));
}

}  // namespace guanhu::figures
