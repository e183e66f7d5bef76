// How builders, keepers and users performed. The system reports what people decided; it never punishes by itself.
#include <algorithm>
#include <set>

#include "common/base/status.h"
#include "common/domain/uscc.h"
#include "common/figures/funds.h"
#include "common/figures/money_family.h"
#include "guanhu/records/v1/assessment.pb.h"
#include "guanhu/records/v1/people.pb.h"
#include "guanhu/records/v1/step.pb.h"

namespace guanhu::figures {
namespace {

namespace rec = guanhu::records::v1;
using base::RecordId;

struct Party {
  std::string name;
  std::string uscc;
};

absl::StatusOr<Party> PartyOf(const Desk& desk, const RecordId& id) {
  GUANHU_ASSIGN_OR_RETURN(const auto org, desk.Read<rec::Org>(id));
  if (org) return Party{org->name(), org->uscc18()};
  GUANHU_ASSIGN_OR_RETURN(const auto person, desk.Read<rec::Person>(id));
  return Party{person ? person->name() : Desk::Code(id), ""};
}

std::string DayOf(int64_t ms) {
  return ms == 0 ? "" : absl::FormatTime("%Y-%m-%d", absl::FromUnixMillis(ms), absl::FixedTimeZone(8 * 3600));
}

// When a case was decided; 0: it was not, or the decision no longer stands.
absl::StatusOr<int64_t> DecidedMs(const Desk& desk, uint32_t type, const RecordId& id) {
  GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife life, desk.Life(type, id));
  int64_t at_ms = 0;
  for (const domain::Judged& j : life.life.acts) {
    if (j.fate == domain::Fate::kEffective && life.steps[j.act].step.act() == rec::STEP_ACT_DECIDE)
      at_ms = domain::TimeOf(life.steps[j.act].act);
  }
  const int s = life.life.state;
  const bool stands = s == rec::CREDIT_CASE_STATE_DECIDED || s == rec::CREDIT_CASE_STATE_LISTED ||
                      s == rec::CREDIT_CASE_STATE_REPAIR_ASKED;
  return stands ? at_ms : 0;
}

struct Decision {
  RecordId id;
  rec::CreditCase record;
  int64_t decided_ms = 0;
};

}  // namespace

// Good performance as it was noted; what speaks against a party only as part of a case that a person decided.
absl::StatusOr<Table> CreditExport(const Desk& desk, const Question& q) {
  const uint32_t case_type = desk.TypeOf<rec::CreditCase>();
  const uint32_t event_type = desk.TypeOf<rec::CreditEvent>();
  Table table;
  table.columns = {{"party", "主体名称", "Party"},
                   {"uscc", "统一社会信用代码", "Unified social credit code"},
                   {"uscc_valid", "代码校验", "Code is valid", Kind::kNumber},
                   {"record", "信息类别", "Record"},
                   {"kind", "事项", "Kind"},
                   {"date", "日期", "Date"},
                   {"basis", "依据文号", "Basis"},
                   {"level", "等级", "Level"}};
  std::vector<std::pair<RecordId, rec::CreditCase>> cases;
  std::vector<std::pair<RecordId, rec::CreditEvent>> events;
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::CreditCase>(
      q.cut.place, [&](const RecordId& id, const rec::CreditCase& c) { cases.emplace_back(id, c); }));
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::CreditEvent>(
      q.cut.place, [&](const RecordId& id, const rec::CreditEvent& e) { events.emplace_back(id, e); }));
  uint64_t invalid = 0;
  const auto add = [&](const Party& party, const char* zh, const char* en, const std::string& kind, int64_t at_ms,
                       const std::string& basis, const std::string& level, const RecordId& id) {
    const bool valid = domain::IsUscc(party.uscc);
    invalid += valid ? 0 : 1;
    table.rows.push_back(
        {{Cell::Text(party.name), Cell::Text(party.uscc), Cell::Number(valid ? 1 : 0), Cell::Text(Words(q, zh, en)),
          Cell::Text(kind), Cell::Text(DayOf(at_ms)), Cell::Text(basis), Cell::Text(level)},
         base::ToText(id)});
  };
  std::map<RecordId, Decision> decided_event;
  for (const auto& [id, c] : cases) {
    GUANHU_ASSIGN_OR_RETURN(const int64_t at_ms, DecidedMs(desk, case_type, id));
    if (at_ms == 0) continue;
    for (const rec::RecordRef& ref : c.events()) decided_event[schema::FromRef(ref, id.scope)] = {id, c, at_ms};
    if (!InPeriod(q, at_ms)) continue;
    GUANHU_ASSIGN_OR_RETURN(const Party party, PartyOf(desk, schema::FromRef(c.party(), id.scope)));
    const auto row = desk.Case(id);
    add(party, "失信认定", "Decision", desk.EnumName(case_type, "state", row ? row->state : 0, q), at_ms, c.basis(),
        desk.EnumName(case_type, "level", c.level(), q), id);
  }
  for (const auto& [id, e] : events) {
    const auto decided = decided_event.find(id);
    const auto state = e.has_occurred_ms() ? std::nullopt : std::optional(desk.node().Get(event_type, id));
    int64_t at_ms = e.occurred_ms();
    if (state && state->ok() && **state) at_ms = ledger::BornMs(id, ***state);
    if ((e.kind() != rec::CREDIT_KIND_FULFILLED && decided == decided_event.end()) || !InPeriod(q, at_ms)) continue;
    GUANHU_ASSIGN_OR_RETURN(const Party party, PartyOf(desk, schema::FromRef(e.party(), id.scope)));
    const bool has = decided != decided_event.end();
    add(party, "履约信息", "Performance", desk.EnumName(event_type, "kind", e.kind(), q), at_ms,
        has ? decided->second.record.basis() : "",
        has ? desk.EnumName(case_type, "level", decided->second.record.level(), q) : "", id);
  }
  if (invalid > 0)
    table.notes.push_back(Words(q, "有主体的统一社会信用代码缺失或校验不符，报送前请更正。",
                                "Some codes are missing or wrong: correct them before reporting."));
  return table;
}

absl::StatusOr<Table> CreditParty(const Desk& desk, const Question& q) {
  RecordId only;
  if (!q.Arg("party").empty()) {
    GUANHU_ASSIGN_OR_RETURN(only, RecordArg(q, "party"));
  }
  struct Sum {
    int64_t events = 0;
    int64_t points = 0;
    int64_t last_ms = 0;
  };
  std::map<std::pair<RecordId, int>, Sum> sums;
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::CreditEvent>(q.cut.place, [&](const RecordId& id, const rec::CreditEvent& e) {
    const RecordId party = schema::FromRef(e.party(), id.scope);
    if ((only && party != only) || !InPeriod(q, e.occurred_ms())) return;
    Sum& s = sums[{party, e.kind()}];
    ++s.events;
    s.points += e.points();
    s.last_ms = std::max(s.last_ms, e.occurred_ms());
  }));
  Table table;
  table.columns = {{"party", "主体", "Party"},
                   {"uscc", "统一社会信用代码", "Unified social credit code"},
                   {"kind", "类别", "Kind"},
                   {"events", "次数", "Events", Kind::kNumber},
                   {"points", "分值", "Points", Kind::kNumber},
                   {"last_ms", "最近一次", "Latest", Kind::kTime}};
  for (const auto& [key, s] : sums) {
    GUANHU_ASSIGN_OR_RETURN(const Party party, PartyOf(desk, key.first));
    table.rows.push_back(
        {{Cell::Text(party.name), Cell::Text(party.uscc),
          Cell::Text(desk.EnumName(desk.TypeOf<rec::CreditEvent>(), "kind", key.second, q)), Cell::Number(s.events),
          Cell::Number(s.points), s.last_ms == 0 ? Cell::Unknown() : Cell::Number(s.last_ms)},
         base::ToText(key.first)});
  }
  return table;
}

}  // namespace guanhu::figures
