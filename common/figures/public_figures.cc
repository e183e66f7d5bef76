// The family `public`: reports, notices, the programme, and what anybody may read.
#include <algorithm>

#include "common/base/status.h"
#include "common/domain/response.h"
#include "common/figures/figures.h"
#include "common/figures/lister.h"
#include "common/figures/public_copy.h"
#include "common/figures/systems_figure.h"
#include "guanhu/records/v1/assessment.pb.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/programme.pb.h"
#include "guanhu/records/v1/public.pb.h"
#include "guanhu/records/v1/step.pb.h"
#include "guanhu/records/v1/technique.pb.h"

namespace guanhu::figures {
namespace {

namespace rec = records::v1;
using base::RecordId;

constexpr int64_t kDayMs = 24 * 3'600'000;
constexpr int64_t kAnswerDays = 7;  // where the question says nothing; practice asks for 3 to 15

int64_t DaysArg(const Question& q, int64_t standard) {
  const int64_t days = std::atoll(q.Arg("days").c_str());
  return days > 0 && days <= 3650 ? days : standard;
}

absl::StatusOr<Table> Notices(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const base::PlaceId asked, PlaceArg(desk, q, "place"));
  const base::PlaceId place = asked ? asked : q.cut.place;
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Notice>(desk, q, true));
  return lister
      .Where<rec::Notice>([&](const RecordId& id, const rec::Notice& n) {
        if (PublicCopy(desk, id, n, q.now) == nullptr) return false;
        return !place || (n.places().empty() ? desk.Inside(id.scope.place, place) : Covers(desk, n.places(), place));
      })
      .Show("publish_ms")
      .Show("expires_ms")
      .Show("kind")
      .Show("title")
      .Show("plain_text")
      .Show("text")
      .Place()
      .Tell();
}

struct ReportLife {
  int64_t answered_ms = 0;
  bool reopened = false;
};

absl::StatusOr<ReportLife> ReadReport(const Desk& desk, const RecordId& id) {
  ReportLife out;
  GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife life, desk.Life(ledger::kPublicReportType, id));
  for (const domain::Judged& j : life.life.acts) {
    if (j.fate != domain::Fate::kEffective) continue;
    const domain::Act& act = life.steps[j.act].act;
    // What was found untrue or a duplicate is answered by saying so.
    const bool answers =
        act.act == rec::STEP_ACT_REPLY || act.act == rec::STEP_ACT_UNTRUE || act.act == rec::STEP_ACT_DUPLICATE;
    if (answers && out.answered_ms == 0) out.answered_ms = domain::TimeOf(act);
    out.reopened |= act.act == rec::STEP_ACT_REOPEN;
  }
  return out;
}

absl::StatusOr<Table> Reports(const Desk& desk, const Question& q) {
  enum { kReceived, kAnswered, kOnTime, kWaiting, kOver, kReopened, kRatings, kSatisfaction, kOnTimeBp };
  Tally tally(
      {{"township", "乡镇", "Township"},
       {"received", "收到", "Received", Kind::kNumber},
       {"answered", "已答复", "Answered", Kind::kNumber},
       {"on_time", "按时答复", "Answered on time", Kind::kNumber},
       {"waiting", "待答复", "Waiting", Kind::kNumber},
       {"overdue", "超期未答", "Overdue", Kind::kNumber},
       {"reopened", "重开", "Reopened", Kind::kNumber},
       {"ratings", "评价数", "Ratings", Kind::kNumber},
       {"satisfaction_x100", "满意度（百分之一分，满分500）", "Satisfaction (1/100 of a point, of 500)", Kind::kNumber},
       {"on_time_bp", "按时率", "On time", Kind::kBasisPoints}});
  const int64_t limit = DaysArg(q, kAnswerDays) * kDayMs;
  const int64_t now = absl::ToUnixMillis(q.now);
  std::vector<ledger::CaseRow> rows;
  desk.book().VisitCases(q.cut, ledger::kPublicReportType, [&](const ledger::CaseRow& r) {
    if (q.to_ms <= q.from_ms || (r.born_ms >= q.from_ms && r.born_ms < q.to_ms)) rows.push_back(r);
  });
  for (const ledger::CaseRow& r : rows) {
    const std::string key = desk.PlaceName(desk.TownshipOf(r.id.scope.place));
    GUANHU_ASSIGN_OR_RETURN(const ReportLife life, ReadReport(desk, r.id));
    ++tally.At(key, kReceived);
    const bool answered = life.answered_ms != 0;
    const bool late = (answered ? life.answered_ms : now) - r.born_ms > limit;
    if (answered) ++tally.At(key, kAnswered);
    if (answered && !late) ++tally.At(key, kOnTime);
    if (!answered) ++tally.At(key, late ? kOver : kWaiting);
    if (life.reopened) ++tally.At(key, kReopened);
    tally.At(key, kRatings) += r.score_count;
    tally.At(key, kSatisfaction) += r.score_sum;
  }
  return tally.Tell([](Row& row) {
    const auto cell = [&](int at) -> Cell& { return row.cells[static_cast<size_t>(at) + 1]; };
    const int64_t ratings = cell(kRatings).number;
    cell(kSatisfaction) = ratings == 0 ? Cell::Unknown() : Cell::Number(cell(kSatisfaction).number * 100 / ratings);
    cell(kOnTimeBp) = Share(cell(kOnTime).number, cell(kOnTime).number + cell(kOver).number +
                                                      (cell(kAnswered).number - cell(kOnTime).number));
  });
}

// Sums of what anybody may read, by township: no name, no text, no report by itself.
absl::StatusOr<Table> PublicStats(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const Table reports, Reports(desk, q));
  Tally tally(
      {{"township", "乡镇", "Township"},
       {"assets", "设施数", "Assets", Kind::kNumber},
       {"good", "完好", "In good condition", Kind::kNumber},
       {"inspections", "巡查次数", "Inspections", Kind::kNumber},
       {"open_defects", "未办结问题", "Open defects", Kind::kNumber},
       {"reports", "群众上报", "Reports", Kind::kNumber},
       {"answered", "已答复", "Answered", Kind::kNumber},
       {"reopened", "重开", "Reopened", Kind::kNumber},
       {"satisfaction_x100", "满意度（百分之一分，满分500）", "Satisfaction (1/100 of a point, of 500)", Kind::kNumber},
       {"on_time_bp", "按时率", "On time", Kind::kBasisPoints}});
  std::vector<std::pair<ledger::AssetRow, ledger::Measures>> assets;
  desk.book().VisitAssets(q.cut, [&](const ledger::AssetRow& a, const ledger::Measures& m) {
    if (a.exists && a.Counts()) assets.emplace_back(a, m);
  });
  for (const auto& [a, m] : assets) {
    const std::string key = desk.PlaceName(desk.TownshipOf(a.id.scope.place));
    ++tally.At(key, 0);
    tally.At(key, 1) += a.condition == rec::CONDITION_GOOD ? 1 : 0;
    tally.At(key, 2) += static_cast<int64_t>(m.inspections);
    tally.At(key, 3) += static_cast<int64_t>(m.open_defects);
  }
  std::map<std::string, const Row*> by_key;
  for (const Row& r : reports.rows) {
    by_key[r.cells[0].text] = &r;
    tally.At(r.cells[0].text, 4) = r.cells[1].number;
  }
  return tally.Tell([&](Row& row) {
    const auto it = by_key.find(row.cells[0].text);
    row.cells[8] = row.cells[9] = Cell::Unknown();
    if (it == by_key.end()) return;
    const std::vector<Cell>& r = it->second->cells;
    row.cells[6] = r[2];
    row.cells[7] = r[6];
    row.cells[8] = r[8];
    row.cells[9] = r[9];
  });
}

// Due as first set, moved by an EXTEND that took effect.
struct Due {
  int64_t due_ms = 0;
  int64_t done_ms = 0;
  int state = 0;
};
Due DueOf(const Desk& desk, const RecordId& id, int64_t first) {
  const auto row = desk.Case(id);
  return row ? Due{row->due_ms != 0 ? row->due_ms : first, row->done_ms, row->state} : Due{first, 0, 0};
}

// A light for each unit: red where something is over its date, yellow where it is due within 30 days, else green.
absl::StatusOr<Table> Milestones(const Desk& desk, const Question& q) {
  const int64_t now = absl::ToUnixMillis(q.now);
  if (q.Arg("list") == "milestones") {
    GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Milestone>(desk, q));
    return lister.WhereState()
        .AddFor<rec::Milestone>(
            {"due_now_ms", "现时限", "Due, as moved", Kind::kTime},
            [&](const RecordId& id, const rec::Milestone& m) { return Time(DueOf(desk, id, m.due_ms()).due_ms); })
        .Show("name")
        .Show("phase")
        .Show("owner", "*")
        .Show("due_ms")
        .Show("programme")
        .Place()
        .State()
        .Tell();
  }
  struct Unit {
    int64_t all = 0, done = 0, late = 0, soon = 0, next = 0;
  };
  std::map<std::string, Unit> units;
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Milestone>(q.cut.place, [&](const RecordId& id, const rec::Milestone& m) {
    Unit& u = units[m.has_owner() ? PartyName(desk, m.owner(), id.scope) : desk.PlaceName(id.scope.place)];
    const Due due = DueOf(desk, id, m.due_ms());
    ++u.all;
    if (due.state == rec::MILESTONE_STATE_DONE) {
      ++u.done;
    } else if (due.due_ms != 0) {
      u.late += due.due_ms < now ? 1 : 0;
      u.soon += due.due_ms >= now && due.due_ms - now < 30 * kDayMs ? 1 : 0;
      if (u.next == 0 || due.due_ms < u.next) u.next = due.due_ms;
    }
  }));
  Table table;
  table.columns = {{"unit", "单位", "Unit"},
                   {"light", "进度灯", "Light"},
                   {"milestones", "节点数", "Milestones", Kind::kNumber},
                   {"done", "已完成", "Done", Kind::kNumber},
                   {"late", "逾期", "Late", Kind::kNumber},
                   {"soon", "30天内到期", "Due within 30 days", Kind::kNumber},
                   {"next_ms", "最近期限", "Next due", Kind::kTime}};
  for (const auto& [unit, u] : units) {
    const char* zh = u.late > 0 ? "红" : u.soon > 0 ? "黄" : "绿";
    const char* en = u.late > 0 ? "red" : u.soon > 0 ? "yellow" : "green";
    table.rows.push_back({{Cell::Text(unit), Cell::Text(q.English() ? en : zh), Cell::Number(u.all),
                           Cell::Number(u.done), Cell::Number(u.late), Cell::Number(u.soon), Time(u.next)},
                          ""});
  }
  return table;
}

absl::StatusOr<Table> Pilots(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Pilot>(desk, q, true));
  return lister.WhereState()
      .Show("name")
      .Show("places")
      .Show("places_max")
      .Show("entry_criteria")
      .Show("from_ms")
      .Show("to_ms")
      .Show("cases")
      .Show("review_note")
      .State()
      .Tell();
}

absl::StatusOr<Table> Cases(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Case>(desk, q, true));
  return lister.WhereState()
      .Show("title")
      .Show("place")
      .Show("facility_class")
      .State()
      .AddFor<rec::Case>(
          {"public", "已公开", "Public"},
          [&](const RecordId& id, const rec::Case& c) { return Yes(PublicCopy(desk, id, c, q.now) != nullptr, q); })
      .Show("setup")
      .Tell();
}

absl::StatusOr<Table> Rectifications(const Desk& desk, const Question& q) {
  const int64_t now = absl::ToUnixMillis(q.now);
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Rectification>(desk, q));
  return lister.WhereState()
      .AddFor<rec::Rectification>(
          {"due_now_ms", "现时限", "Due, as moved", Kind::kTime},
          [&](const RecordId& id, const rec::Rectification& r) { return Time(DueOf(desk, id, r.due_ms()).due_ms); })
      .Show("problem")
      .Show("owner", "*")
      .Place()
      .State()
      .AddFor<rec::Rectification>({"overdue", "超期", "Overdue"},
                                  [&](const RecordId& id, const rec::Rectification& r) {
                                    const Due due = DueOf(desk, id, r.due_ms());
                                    const bool fixed = due.state >= rec::RECTIFICATION_STATE_FIXED;
                                    const int64_t end = fixed && due.done_ms != 0 ? due.done_ms : now;
                                    return Yes(due.due_ms != 0 && end > due.due_ms, q);
                                  })
      .Tell();
}

absl::StatusOr<Table> Campaigns(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Campaign>(desk, q, true));
  return lister.WhereState()
      .Where<rec::Campaign>([&](const RecordId&, const rec::Campaign& c) {
        return !q.cut.place || Covers(desk, c.places(), q.cut.place);
      })
      .Show("from_ms")
      .Show("to_ms")
      .Show("name")
      .Show("classes")
      .Show("facility_types")
      .Show("places")
      .Show("plans")
      .State()
      .Tell();
}

// Opinions by body: what was adopted and what was declined.
absl::StatusOr<Table> Consultations(const Desk& desk, const Question& q) {
  Tally tally({{"consultation", "意见征求", "Consultation"},
               {"body", "单位", "Body"},
               {"asked", "已征求", "Asked", Kind::kNumber},
               {"opinions", "意见数", "Opinions", Kind::kNumber},
               {"adopted", "采纳", "Adopted", Kind::kNumber},
               {"declined", "未采纳", "Declined", Kind::kNumber},
               {"waiting", "待处理", "Waiting", Kind::kNumber}},
              2);
  std::map<RecordId, std::string> titles;
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Consultation>({}, [&](const RecordId& id, const rec::Consultation& c) {
    titles[id] = c.title();
    for (const rec::RecordRef& body : c.bodies()) tally.At({c.title(), PartyName(desk, body, id.scope)}, 0) = 1;
  }));
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Opinion>(q.cut.place, [&](const RecordId& id, const rec::Opinion& o) {
    const auto title = titles.find(schema::FromRef(o.consultation(), id.scope));
    const std::string none = q.English() ? "persons" : "个人";
    const std::vector<std::string> key = {title == titles.end() ? "" : title->second,
                                          o.has_org() ? PartyName(desk, o.org(), id.scope) : none};
    ++tally.At(key, 1);
    const int state = StateOf(desk, id);
    ++tally.At(key, state == rec::OPINION_STATE_ADOPTED ? 2 : state == rec::OPINION_STATE_DECLINED ? 3 : 4);
  }));
  return tally.Tell();
}

absl::StatusOr<Table> DepartmentPlans(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::ImplementationPlan>(desk, q));
  return lister.WhereState()
      .Show("year")
      .Show("department", "*")
      .Show("measures")
      .Show("firms")
      .Show("files")
      .State()
      .Tell();
}

absl::StatusOr<Table> FeedbackFigure(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Feedback>(desk, q));
  return lister.WhereState().Show("at_ms").Show("text").Show("page").Show("program_version").Place().State().Tell();
}

// A questionnaire lists the choice that speaks best of the work first.
absl::StatusOr<Table> Surveys(const Desk& desk, const Question& q) {
  Table table;
  table.columns = {{"year", "年度", "Year", Kind::kNumber},
                   {"place", "属地", "Place"},
                   {"question", "问题", "Question"},
                   {"asked", "调查人数", "Asked", Kind::kNumber},
                   {"answers", "有效回答", "Answers", Kind::kNumber},
                   {"best", "第一选项", "First choice", Kind::kNumber},
                   {"best_bp", "第一选项占比", "First choice", Kind::kBasisPoints}};
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Survey>({}, [&](const RecordId& id, const rec::Survey& s) {
    const base::PlaceId place = s.place() == 0 ? id.scope.place : base::PlaceId{s.place()};
    if (!desk.Inside(q.cut.place, place)) return;
    for (const rec::SurveyAnswer& a : s.answers()) {
      int64_t all = 0;
      for (uint32_t n : a.counts()) all += n;
      const int64_t best = a.counts().empty() ? 0 : a.counts(0);
      table.rows.push_back({{Cell::Number(s.year()), Cell::Text(desk.PlaceName(place)), Cell::Text(a.question()),
                             s.has_asked() ? Cell::Number(s.asked()) : Cell::Unknown(), Cell::Number(all),
                             Cell::Number(best), Share(best, all)},
                            base::ToText(id)});
    }
  }));
  SortAndPage(q, table);
  return table;
}

constexpr Figure kFigures[] = {
    {"notices", "有效通知", "Notices in force", "place", Notices},
    {"reports", "群众上报", "Public reports", "days: to answer within, 7; a period", Reports},
    {"public-stats", "公开统计", "Public statistics", "days; a period", PublicStats},
    {"milestones", "进度灯", "Progress", "list: milestones; state", Milestones},
    {"pilots", "试点", "Pilots", "state", Pilots},
    {"cases", "典型经验", "Model cases", "state", Cases},
    {"rectifications", "整改清单", "Rectifications", "state", Rectifications},
    {"campaigns", "专项行动", "Campaigns", "state", Campaigns},
    {"consultations", "意见征求", "Consultations", "", Consultations},
    {"department-plans", "部门实施方案", "Plans of departments", "state", DepartmentPlans},
    {"feedback", "系统意见", "Feedback on this system", "state", FeedbackFigure},
    {"surveys", "满意度调查", "Surveys", "", Surveys},
    {"systems", "五位一体", "The five systems", "", SystemsFigure},
};

}  // namespace

absl::Span<const Figure> PublicFigures() { return kFigures; }

}  // namespace guanhu::figures
