// What villages raise and what users pay.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/figures/funds.h"
#include "common/figures/money_family.h"

namespace guanhu::figures {
namespace {

namespace rec = guanhu::records::v1;
using base::RecordId;

// Posted money that came because of each record.
std::map<RecordId, domain::Fen> RaisedFor(const Funds& funds) {
  std::map<RecordId, domain::Fen> out;
  for (const FundRow& row : funds.entries) {
    if (row.effective && row.entry.has_cause() && domain::IsSource(row.entry.kind()))
      out[schema::FromRef(row.entry.cause(), row.id.scope)].Add(row.entry.amount_fen());
  }
  return out;
}

}  // namespace

// Labour and equipment are kept when somebody said so; of cash what was posted counts.
absl::StatusOr<Table> Contributions(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const Funds funds, ReadFunds(desk));
  const auto raised = RaisedFor(funds);
  struct Sum {
    int64_t pledges = 0, kept = 0, cancelled = 0, days = 0, days_kept = 0;
    domain::Fen promised, received;
  };
  std::map<std::pair<base::PlaceId, int>, Sum> sums;
  std::map<int, Sum> total;
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Pledge>(q.cut.place, [&](const RecordId& id, const rec::Pledge& p) {
    const auto row = desk.Case(id);
    const int state = row ? row->state : 0;
    if (!InPeriod(q, p.has_promised_ms() ? p.promised_ms() : row ? row->born_ms : 0)) return;
    const auto cash = raised.find(id);
    for (Sum* s : {&sums[{desk.TownshipOf(id.scope.place), p.kind()}], &total[p.kind()]}) {
      ++s->pledges;
      s->kept += state == rec::PLEDGE_STATE_KEPT ? 1 : 0;
      s->cancelled += state == rec::PLEDGE_STATE_CANCELLED ? 1 : 0;
      s->promised.Add(p.amount_fen());
      s->days += p.labour_days();
      s->days_kept += state == rec::PLEDGE_STATE_KEPT ? p.labour_days() : 0;
      if (cash != raised.end()) s->received.Add(cash->second.value());
    }
  }));
  Table table;
  table.columns = {{"township", "乡镇", "Township"},
                   {"kind", "类别", "Kind"},
                   {"pledges", "承诺数", "Pledges", Kind::kNumber},
                   {"kept", "已兑现", "Kept", Kind::kNumber},
                   {"cancelled", "已取消", "Cancelled", Kind::kNumber},
                   {"promised_fen", "承诺金额", "Promised", Kind::kFen},
                   {"received_fen", "到账金额", "Received", Kind::kFen},
                   {"promised_days", "承诺投工", "Days promised", Kind::kNumber},
                   {"kept_days", "兑现投工", "Days given", Kind::kNumber}};
  const auto add = [&](const std::string& place, int kind, const Sum& s) {
    table.rows.push_back(
        {{Cell::Text(place), Cell::Text(desk.EnumName(desk.TypeOf<rec::Pledge>(), "kind", kind, q)),
          Cell::Number(s.pledges), Cell::Number(s.kept), Cell::Number(s.cancelled), Cell::Number(s.promised.value()),
          Cell::Number(s.received.value()), Cell::Number(s.days), Cell::Number(s.days_kept)},
         ""});
  };
  for (const auto& [key, sum] : sums) add(desk.PlaceName(key.first), key.second, sum);
  for (const auto& [kind, sum] : total) add(Words(q, "合计", "Total"), kind, sum);
  return table;
}

absl::StatusOr<Table> VillageProjects(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const Funds funds, ReadFunds(desk));
  const auto raised = RaisedFor(funds);
  Table table;
  table.columns = {{"title", "名称", "Title"},
                   {"place", "村", "Village"},
                   {"motion", "议题", "Motion"},
                   {"eligible", "应到", "Eligible", Kind::kNumber},
                   {"present", "实到", "Present", Kind::kNumber},
                   {"votes_cast", "投票数", "Votes cast", Kind::kNumber},
                   {"votes_yes", "赞成", "For", Kind::kNumber},
                   {"quorum_bp", "法定比例", "Quorum", Kind::kBasisPoints},
                   {"turnout_bp", "投票率", "Turnout", Kind::kBasisPoints},
                   {"cap_fen", "人均上限", "Cap per head", Kind::kFen},
                   {"levy_fen", "人均筹资", "Levy per head", Kind::kFen},
                   {"levy_total_fen", "应筹资金", "Levy", Kind::kFen},
                   {"raised_fen", "已筹资金", "Raised", Kind::kFen},
                   {"labour_days", "筹劳天数", "Days of labour", Kind::kNumber},
                   {"state", "状态", "State"},
                   {"refused", "未生效操作", "Acts without effect", Kind::kNumber}};
  absl::Status inner;
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::VillageProject>(q.cut.place, [&](const RecordId& id,
                                                                         const rec::VillageProject& p) {
    // The same votes as the guard of COUNT_VOTES counts.
    const auto facts = ledger::FactsOf(desk.node(), desk.schema(), desk.ledger(), ledger::kVillageProjectType, id, p);
    if (!facts.ok()) {
      inner = facts.status();
      return;
    }
    const auto row = desk.Case(id);
    const auto fact = [&](const char* name) {
      const auto it = facts->numbers.find(name);
      return it == facts->numbers.end() ? int64_t{0} : it->second;
    };
    const auto money = raised.find(id);
    domain::Fen levy;
    const __int128 whole = __int128{p.levy_per_head_fen()} * p.heads();
    levy.Add(static_cast<int64_t>(std::clamp<__int128>(whole, INT64_MIN, INT64_MAX)));
    table.rows.push_back({{Cell::Text(p.title()), Cell::Text(desk.PlaceName(id.scope.place)), Cell::Text(p.motion()),
                           p.has_eligible() ? Cell::Number(p.eligible()) : Cell::Unknown(),
                           p.has_present() ? Cell::Number(p.present()) : Cell::Unknown(),
                           Cell::Number(fact("votes_cast")), Cell::Number(fact("votes_yes")),
                           Cell::Number(fact("quorum_bp")), Maybe(domain::ShareBp(fact("votes_cast"), p.eligible())),
                           p.has_per_head_cap_fen() ? Cell::Number(p.per_head_cap_fen()) : Cell::Unknown(),
                           Cell::Number(p.levy_per_head_fen()), Cell::Number(levy.value()),
                           Cell::Number(money == raised.end() ? 0 : money->second.value()),
                           Cell::Number(int64_t{p.labour_per_head_days()} * p.heads()),
                           Cell::Text(desk.EnumName(ledger::kVillageProjectType, "state", row ? row->state : 0, q)),
                           Cell::Number(row ? row->refused : 0)},
                          base::ToText(id)});
  }));
  GUANHU_RETURN_IF_ERROR(inner);
  return table;
}

absl::StatusOr<Table> Bills(const Desk& desk, const Question& q) {
  struct Sum {
    int64_t bills = 0;
    domain::Fen billed, paid, exempted, open, arrears;
    int64_t late = 0;
  };
  const int64_t now = absl::ToUnixMillis(q.now);
  std::map<std::pair<RecordId, base::PlaceId>, Sum> sums;
  Sum total;
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Bill>(q.cut.place, [&](const RecordId& id, const rec::Bill& bill) {
    const auto row = desk.Case(id);
    const int state = row ? row->state : rec::BILL_STATE_ISSUED;
    if (state == rec::BILL_STATE_CANCELLED || !InPeriod(q, bill.to_ms())) return;
    const bool late = state == rec::BILL_STATE_ISSUED && bill.has_due_ms() && bill.due_ms() < now;
    for (Sum* s : {&sums[{schema::FromRef(bill.tariff(), id.scope), id.scope.place}], &total}) {
      ++s->bills;
      s->billed.Add(bill.amount_fen());
      if (state == rec::BILL_STATE_PAID) s->paid.Add(bill.amount_fen());
      if (state == rec::BILL_STATE_EXEMPTED) s->exempted.Add(bill.amount_fen());
      if (state == rec::BILL_STATE_ISSUED) s->open.Add(bill.amount_fen());
      if (late) s->arrears.Add(bill.amount_fen());
      s->late += late ? 1 : 0;
    }
  }));
  Table table;
  table.columns = {{"tariff", "收费标准", "Tariff"},
                   {"place", "属地", "Place"},
                   {"bills", "账单数", "Bills", Kind::kNumber},
                   {"billed_fen", "应收", "Billed", Kind::kFen},
                   {"paid_fen", "已收", "Paid", Kind::kFen},
                   {"exempted_fen", "减免", "Exempted", Kind::kFen},
                   {"open_fen", "未缴", "Not paid", Kind::kFen},
                   {"arrears_fen", "欠费", "Arrears", Kind::kFen},
                   {"late", "欠费户次", "Bills in arrears", Kind::kNumber},
                   {"collected_bp", "收缴率", "Collected", Kind::kBasisPoints}};
  const auto add = [&](const std::string& tariff, const std::string& place, const Sum& s, const RecordId& id) {
    domain::Fen due;
    due.Add(s.billed.value());
    due.Add(-s.exempted.value());
    table.rows.push_back(
        {{Cell::Text(tariff), Cell::Text(place), Cell::Number(s.bills), Cell::Number(s.billed.value()),
          Cell::Number(s.paid.value()), Cell::Number(s.exempted.value()), Cell::Number(s.open.value()),
          Cell::Number(s.arrears.value()), Cell::Number(s.late), Maybe(domain::ShareBp(s.paid.value(), due.value()))},
         id ? base::ToText(id) : ""});
  };
  for (const auto& [key, sum] : sums)
    add(desk.NameOf(desk.TypeOf<rec::Tariff>(), key.first), desk.PlaceName(key.second), sum, key.first);
  add(Words(q, "合计", "Total"), "", total, {});
  return table;
}

}  // namespace guanhu::figures
