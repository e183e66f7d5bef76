// Defects and orders: whose turn it is, how long it took, what broke again.
#include <algorithm>

#include "common/base/status.h"
#include "common/domain/response.h"
#include "common/figures/lister.h"
#include "common/figures/work.h"
#include "guanhu/records/v1/assessment.pb.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/defect.pb.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/fund.pb.h"
#include "guanhu/records/v1/programme.pb.h"
#include "guanhu/records/v1/public.pb.h"
#include "guanhu/records/v1/step.pb.h"
#include "guanhu/records/v1/technique.pb.h"
#include "guanhu/records/v1/work_order.pb.h"

namespace guanhu::figures {

namespace rec = records::v1;
using base::RecordId;
using domain::Fate;

namespace {

std::vector<domain::Act> ActsOf(const ledger::RecordLife& life) {
  std::vector<domain::Act> acts;
  for (const ledger::StepRow& s : life.steps) acts.push_back(s.act);
  return acts;
}

// Who did the latest act of a kind that took effect; the party of the latest act that names one.
struct Hands {
  std::string party;
  std::string finished;
  std::string checked;
  int parallel = 0;  // completions besides the one that stands
  int refused = 0;   // acts without effect
  bool pause_asked = false;
};

Hands HandsOf(const Desk& desk, const ledger::RecordLife& life, const std::map<uint64_t, std::string>& names) {
  Hands h;
  const auto who = [&](const domain::Act& act) {
    if (act.by) return NameIn(names, act.by.value);
    const domain::DeviceRow* device = desk.directory().Device(act.device);
    return device == nullptr ? base::ToText(act.device.value) : device->name;
  };
  for (const domain::Judged& j : life.life.acts) {
    const ledger::StepRow& step = life.steps[j.act];
    const int act = step.act.act;
    if (j.fate != Fate::kEffective) {
      ++h.refused;
      if (j.fate == Fate::kParallel && act == rec::STEP_ACT_FINISH) ++h.parallel;
      continue;
    }
    if (step.step.has_party()) h.party = PartyName(desk, step.step.party(), step.id.scope);
    if (act == rec::STEP_ACT_FINISH) h.finished = who(step.act);
    if (act == rec::STEP_ACT_CHECK) h.checked = who(step.act);
    if (act == rec::STEP_ACT_ASK_PAUSE) h.pause_asked = true;
    if (act == rec::STEP_ACT_ALLOW_PAUSE || act == rec::STEP_ACT_REFUSE_PAUSE) h.pause_asked = false;
  }
  return h;
}

std::vector<ledger::CaseRow> CasesOf(const Desk& desk, const Question& q, uint32_t type) {
  std::vector<ledger::CaseRow> rows;  // the book's lock is not held while records are read
  desk.book().VisitCases(q.cut, type, [&](const ledger::CaseRow& row) {
    if (q.to_ms > q.from_ms && (row.born_ms < q.from_ms || row.born_ms >= q.to_ms)) return;
    rows.push_back(row);
  });
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return rows;
}

}  // namespace

absl::StatusOr<Table> Orders(const Desk& desk, const Question& q) {
  Table table;
  table.columns = {{"number", "工单号", "Order"},
                   {"place", "属地", "Place"},
                   {"asset", "设施", "Asset"},
                   {"task", "任务", "Work"},
                   {"state", "状态", "State"},
                   {"party", "承办", "With"},
                   {"dispatched_ms", "派遣时间", "Dispatched", Kind::kTime},
                   {"due_ms", "时限", "Due", Kind::kTime},
                   {"done_ms", "完工时间", "Done", Kind::kTime},
                   {"paused_minutes", "挂起时长", "Paused", Kind::kMinutes},
                   {"returns", "退单次数", "Returns", Kind::kNumber},
                   {"breached", "超时", "Breached"},
                   {"parallel", "并行完工", "Parallel completions", Kind::kNumber},
                   {"without_effect", "未生效操作", "Acts without effect", Kind::kNumber},
                   {"finished_by", "完工人", "Finished by"},
                   {"checked_by", "核查人", "Checked by"},
                   {"cost_fen", "费用", "Cost", Kind::kFen}};
  const auto names = PersonNames(desk);
  const std::string state = q.Arg("state");
  for (const ledger::CaseRow& row : CasesOf(desk, q, ledger::kOrderType)) {
    const std::string label = desk.EnumName(ledger::kOrderType, "state", row.state, q);
    if (!state.empty() && state != label && state != std::to_string(row.state)) continue;
    GUANHU_ASSIGN_OR_RETURN(const auto order, desk.Read<rec::WorkOrder>(row.id));
    if (!order) continue;
    GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife life, desk.Life(ledger::kOrderType, row.id));
    const std::optional<int64_t> due = order->has_due_ms() ? std::optional(order->due_ms()) : std::nullopt;
    const domain::OrderClock clock =
        domain::ClockOf(life.life, ActsOf(life), life.born_ms, due, absl::ToUnixMillis(q.now));
    if (q.Arg("breached") == "yes" && !clock.breached) continue;
    Hands hands = HandsOf(desk, life, names);
    if (hands.party.empty() && order->has_contractor())
      hands.party = PartyName(desk, order->contractor(), row.id.scope);
    table.rows.push_back(
        {{Cell::Text(order->number().empty() ? Desk::Code(row.id) : order->number()),
          Cell::Text(desk.PlaceName(row.id.scope.place)), Cell::Text(desk.NameOf(ledger::kAssetType, row.about)),
          Cell::Text(order->task()), Cell::Text(label), Cell::Text(hands.party), Cell::Number(clock.dispatched_ms),
          due ? Cell::Number(*due) : Cell::Unknown(), Time(clock.done_ms), Cell::Number(Minutes(clock.paused_ms)),
          Cell::Number(clock.returns), due ? Yes(clock.breached, q) : Cell::Text(""), Cell::Number(hands.parallel),
          Cell::Number(hands.refused), Cell::Text(hands.finished), Cell::Text(hands.checked),
          Cell::Number(row.amount_fen)},
         base::ToText(row.id)});
  }
  SortAndPage(q, table);
  return table;
}

absl::StatusOr<Table> ResponseTimes(const Desk& desk, const Question& q) {
  const std::string by = q.Arg("by").empty() ? "type" : q.Arg("by");
  struct Times {
    int64_t reports = 0;
    std::vector<int64_t> accept;
    std::vector<int64_t> done;
  };
  std::map<std::string, Times> groups;
  for (const ledger::CaseRow& row : CasesOf(desk, q, ledger::kDefectType)) {
    const auto asset = desk.book().Asset(row.about);
    std::string key;
    if (by == "place") key = PlaceKey(desk, q, row.id.scope.place);
    if (by == "grade") key = desk.EnumName(ledger::kAssetType, "grade", asset ? asset->grade : 0, q);
    if (by == "type" && asset) key = desk.NameOf(ledger::kFacilityTypeType, asset->type);
    Times& t = groups[key];
    ++t.reports;
    GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife life, desk.Life(ledger::kDefectType, row.id));
    bool accepted = false;
    bool done = false;
    for (const domain::Judged& j : life.life.acts) {
      if (j.fate != Fate::kEffective) continue;
      const domain::Act& act = life.steps[j.act].act;
      const int64_t took = std::max<int64_t>(domain::TimeOf(act) - row.born_ms, 0);
      // Whoever repairs or dispatches has accepted.
      if (!accepted && j.to != rec::DEFECT_STATE_REJECTED && j.to != rec::DEFECT_STATE_MERGED) t.accept.push_back(took);
      accepted = true;
      if (!done && act.act == rec::STEP_ACT_FINISH) t.done.push_back(took);
      done |= act.act == rec::STEP_ACT_FINISH;
    }
  }
  Table table;
  table.columns = {{"group", "分组", "Group"},
                   {"reports", "上报", "Reported", Kind::kNumber},
                   {"accepted", "受理", "Accepted", Kind::kNumber},
                   {"accept_median", "受理用时中位数", "To acceptance, median", Kind::kMinutes},
                   {"accept_worst", "受理最长用时", "To acceptance, worst", Kind::kMinutes},
                   {"done", "修复", "Done", Kind::kNumber},
                   {"done_median", "修复用时中位数", "To done, median", Kind::kMinutes},
                   {"done_worst", "修复最长用时", "To done, worst", Kind::kMinutes}};
  for (const auto& [key, t] : groups) {
    Row row{{Cell::Text(key), Cell::Number(t.reports)}, ""};
    for (const std::vector<int64_t>* took : {&t.accept, &t.done}) {
      const auto spread = domain::SpreadOf(*took);
      row.cells.push_back(Cell::Number(static_cast<int64_t>(took->size())));
      row.cells.push_back(spread ? Cell::Number(Minutes(spread->median)) : Cell::Unknown());
      row.cells.push_back(spread ? Cell::Number(Minutes(spread->worst)) : Cell::Unknown());
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

absl::StatusOr<Table> RepeatFailures(const Desk& desk, const Question& q) {
  std::vector<domain::Fault> faults;
  for (const ledger::CaseRow& row : CasesOf(desk, q, ledger::kDefectType)) {
    GUANHU_ASSIGN_OR_RETURN(const auto defect, desk.Read<rec::Defect>(row.id));
    if (!defect) continue;
    domain::Fault f{row.id, row.about, defect->item(), defect->found_ms() != 0 ? defect->found_ms() : row.born_ms, 0};
    GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife life, desk.Life(ledger::kDefectType, row.id));
    for (const domain::Judged& j : life.life.acts) {
      if (j.fate == Fate::kEffective && j.to == rec::DEFECT_STATE_CLOSED)
        f.closed_ms = domain::TimeOf(life.steps[j.act].act);
    }
    faults.push_back(std::move(f));
  }
  Table table;
  table.columns = {{"asset", "设施", "Asset"},
                   {"place", "属地", "Place"},
                   {"item", "检查项", "Item"},
                   {"closed_ms", "上次办结", "Closed before", Kind::kTime},
                   {"again_ms", "再次出现", "Found again", Kind::kTime},
                   {"days", "间隔天数", "Days between", Kind::kNumber},
                   {"first", "上次问题", "Defect before"}};
  std::map<RecordId, const domain::Fault*> by_id;
  for (const domain::Fault& f : faults) by_id[f.id] = &f;
  for (const domain::Repeat& r : domain::RepeatsOf(faults)) {
    const domain::Fault& again = *by_id[r.again];
    table.rows.push_back(
        {{Cell::Text(desk.NameOf(ledger::kAssetType, again.asset)), Cell::Text(desk.PlaceName(r.again.scope.place)),
          Cell::Text(again.item), Cell::Number(by_id[r.first]->closed_ms), Cell::Number(again.found_ms),
          Cell::Number(r.after_ms / (24 * 3'600'000)), Cell::Text(base::ToText(r.first))},
         base::ToText(r.again)});
  }
  SortAndPage(q, table);
  return table;
}

namespace {

using domain::Tier;

// A state in which somebody of a tier is expected to act, and with what.
struct Waits {
  const char* type;
  int state;
  Tier tier;
  const char* zh;
  const char* en;
};

constexpr Waits kWaits[] = {
    {"Defect", rec::DEFECT_STATE_REPORTED, Tier::kTownship, "受理问题", "Accept the defect"},
    {"Defect", rec::DEFECT_STATE_REOPENED, Tier::kTownship, "受理重开的问题", "Accept the reopened defect"},
    {"Defect", rec::DEFECT_STATE_ACCEPTED, Tier::kTownship, "派单", "Dispatch an order"},
    {"Defect", rec::DEFECT_STATE_FIXED, Tier::kTownship, "核查问题", "Check the repair"},
    {"Defect", rec::DEFECT_STATE_SELF_REPAIR, Tier::kVillage, "自修", "Repair it"},
    {"WorkOrder", rec::ORDER_STATE_DISPATCHED, Tier::kVillage, "接单", "Take the order"},
    {"WorkOrder", rec::ORDER_STATE_TAKEN, Tier::kVillage, "开始处置", "Start the work"},
    {"WorkOrder", rec::ORDER_STATE_WORKING, Tier::kVillage, "完工", "Finish the work"},
    {"WorkOrder", rec::ORDER_STATE_REWORK, Tier::kVillage, "返工", "Do it again"},
    {"WorkOrder", rec::ORDER_STATE_RETURNED, Tier::kTownship, "重新派单", "Dispatch the returned order"},
    {"WorkOrder", rec::ORDER_STATE_DONE, Tier::kTownship, "核查工单", "Check the order"},
    {"WorkOrder", rec::ORDER_STATE_CHECKED, Tier::kTownship, "办结工单", "Close the order"},
    {"FundEntry", rec::FUND_STATE_CLAIMED, Tier::kTownship, "审核报销", "Review the claim"},
    {"FundEntry", rec::FUND_STATE_REVIEWED, Tier::kCity, "审批报销", "Approve the claim"},
    {"FundEntry", rec::FUND_STATE_APPROVED, Tier::kCity, "入账", "Post the entry"},
    {"PublicReport", rec::PUBLIC_REPORT_STATE_RECEIVED, Tier::kTownship, "审核群众上报", "Judge the report"},
    {"PublicReport", rec::PUBLIC_REPORT_STATE_ACCEPTED, Tier::kTownship, "答复群众上报", "Answer the report"},
    {"PublicReport", rec::PUBLIC_REPORT_STATE_HANDED_ON, Tier::kTownship, "答复转办上报", "Answer what was handed on"},
    {"PublicReport", rec::PUBLIC_REPORT_STATE_WORKING, Tier::kTownship, "答复群众上报", "Answer the report"},
    {"Demand", rec::DEMAND_STATE_RAISED, Tier::kTownship, "答复技术需求", "Answer the demand"},
    {"SupportRequest", rec::SUPPORT_STATE_ASKED, Tier::kTownship, "派专家", "Assign an expert"},
    {"Title", rec::TITLE_STATE_FILED, Tier::kTownship, "公示确权", "Announce the title"},
    {"Title", rec::TITLE_STATE_OBJECTED, Tier::kTownship, "处理确权异议", "Answer the objection"},
    {"VillageProject", rec::VILLAGE_PROJECT_STATE_OBJECTED, Tier::kTownship, "处理一事一议异议",
     "Answer the objection"},
    {"CreditCase", rec::CREDIT_CASE_STATE_OBJECTED, Tier::kCity, "处理信用异议", "Answer the objection"},
    {"Feedback", rec::FEEDBACK_STATE_RAISED, Tier::kTownship, "答复系统意见", "Answer the feedback"},
    {"Opinion", rec::OPINION_STATE_GIVEN, Tier::kTownship, "处理意见", "Adopt or decline the opinion"},
    {"Notice", rec::NOTICE_STATE_DRAFT, Tier::kTownship, "审核通知", "Review the notice"},
    {"Case", rec::MODEL_CASE_STATE_DRAFT, Tier::kTownship, "审核典型经验", "Review the model case"},
    {"Document", rec::DOCUMENT_STATE_DRAFT, Tier::kTownship, "审核资料", "Review the document"},
    {"TechItem", rec::TECHNIQUE_STATE_COLLECTED, Tier::kCity, "评估技术", "Assess the technique"},
    {"ImplementationPlan", rec::DEPARTMENT_PLAN_STATE_DRAFT, Tier::kCity, "批准实施方案", "Approve the plan"},
    {"Rectification", rec::RECTIFICATION_STATE_OPEN, Tier::kVillage, "整改", "Put it right"},
    {"Rectification", rec::RECTIFICATION_STATE_FIXED, Tier::kTownship, "复核整改", "Check the rectification"},
};

Tier TierArg(const Desk& desk, const Question& q) {
  const std::string tier = q.Arg("tier");
  if (tier == "village") return Tier::kVillage;
  if (tier == "township") return Tier::kTownship;
  if (tier == "city") return Tier::kCity;
  return desk.node().tier();
}

}  // namespace

absl::StatusOr<Table> Inbox(const Desk& desk, const Question& q) {
  const Tier tier = TierArg(desk, q);
  Table table;
  table.columns = {{"since_ms", "等待自", "Waiting since", Kind::kTime},
                   {"minutes", "已等待", "Waiting", Kind::kMinutes},
                   {"act", "待办", "To do"},
                   {"kind", "类别", "Kind"},
                   {"record", "事项", "Record"},
                   {"place", "属地", "Place"},
                   {"about", "设施", "Asset"},
                   {"severity", "严重程度", "Severity", Kind::kNumber}};
  const int64_t now = absl::ToUnixMillis(q.now);
  const auto add = [&](const ledger::CaseRow& row, const char* zh, const char* en) {
    table.rows.push_back({{Cell::Number(row.since_ms), Cell::Number(Minutes(std::max<int64_t>(now - row.since_ms, 0))),
                           Cell::Text(q.English() ? en : zh),
                           Cell::Text(std::string(schema::LabelOf(*desk.schema().Type(row.type), q.language))),
                           Cell::Text(desk.NameOf(row.type, row.id)), Cell::Text(desk.PlaceName(row.id.scope.place)),
                           Cell::Text(desk.NameOf(ledger::kAssetType, row.about)), Cell::Number(row.severity)},
                          base::ToText(row.id)});
  };
  std::map<std::pair<uint32_t, int>, const Waits*> waits;
  for (const Waits& w : kWaits) {
    if (w.tier == tier) waits[{desk.schema().Type(absl::string_view(w.type))->type, w.state}] = &w;
  }
  for (const ledger::CaseRow& row : CasesOf(desk, q, 0)) {
    const auto it = waits.find({row.type, row.state});
    if (it != waits.end()) add(row, it->second->zh, it->second->en);
    if (row.type != ledger::kOrderType || tier != Tier::kTownship || !ledger::IsOpenOrder(row.state)) continue;
    GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife life, desk.Life(row.type, row.id));
    if (HandsOf(desk, life, {}).pause_asked) add(row, "审批挂起", "Allow or refuse the pause");
  }
  SortAndPage(q, table);
  return table;
}

}  // namespace guanhu::figures
