#include "common/figures/assessment.h"

#include <gtest/gtest.h>

#include "common/ledger/mark.h"
#include "guanhu/records/v1/defect.pb.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/people.pb.h"
#include "guanhu/records/v1/plan.pb.h"
#include "guanhu/records/v1/public.pb.h"
#include "guanhu/records/v1/work_order.pb.h"
#include "tests/unit/figures/money_county.h"

namespace guanhu::testing {
namespace {

constexpr int64_t kDay = 86'400'000;

struct Assessed : MoneyCounty {
  const int64_t from = absl::ToUnixMillis(now) - 30 * kDay;
  const int64_t to = absl::ToUnixMillis(now) + kDay;
  base::RecordId asset_a, asset_a2, asset_b, scheme, run, mark;

  const bool of_village;

  // `village_run`: of one village, in that village's scope, so that it can act on its own run.
  explicit Assessed(bool village_run = false) : of_village(village_run) {
    rec::Asset asset;
    asset.set_facility_class(rec::FACILITY_CLASS_WATER);
    asset_a = Save(*a, Internal(village_a), asset, {}, "", keeper);
    asset_a2 = Save(*a, Internal(village_a), asset, {}, "", keeper);
    asset_b = Save(*b, Internal(village_b), asset, {}, "", keeper);
    Inspect(*a, asset_a, rec::INSPECTION_RESULT_OK, from + kDay);
    Inspect(*a, asset_a2, rec::INSPECTION_RESULT_BROKEN, from + kDay, rec::INSPECTION_KIND_SPOT);
    Inspect(*b, asset_b, rec::INSPECTION_RESULT_OK, from + kDay, rec::INSPECTION_KIND_SPOT);
    rec::AssessmentScheme s;
    s.set_name("2026考核");
    s.set_year(2026);
    Node(s, 1, 0, 10'000, rec::INDICATOR_UNSPECIFIED);
    Node(s, 2, 1, 6'000, rec::INDICATOR_GOOD_CONDITION);
    Node(s, 3, 1, 3'000, rec::INDICATOR_SPOT_CHECK_PASS);
    Node(s, 4, 1, 1'000, rec::INDICATOR_PUBLIC_SATISFACTION);
    scheme = Save(city, city.node->county_scope(), s, {}, "", officer);
    Act(city, HouseSchema().TypeOf(s)->type, scheme, rec::STEP_ACT_PUBLISH, {}, officer);
    rec::AssessmentRun r;
    *r.mutable_scheme() = schema::ToRef(scheme, RunScope());
    r.set_from_ms(from);
    r.set_to_ms(to);
    r.add_subjects(village_a.value);
    if (!of_village) r.add_subjects(village_b.value);
    run = Save(city, RunScope(), r, {}, "", officer);
    SyncAll();
  }
  base::ScopeId RunScope() { return of_village ? Internal(village_a) : city.node->county_scope(); }
  void Node(rec::AssessmentScheme& s, uint32_t id, uint32_t parent, uint32_t weight, rec::Indicator indicator) {
    rec::SchemeNode* n = s.add_nodes();
    n->set_id(id);
    n->set_parent(parent);
    n->set_weight_bp(weight);
    n->set_indicator(indicator);
  }
  void Inspect(RealNode& n, const base::RecordId& asset, rec::InspectionResult result, int64_t at,
               rec::InspectionKind kind = rec::INSPECTION_KIND_UNSPECIFIED) {
    rec::Inspection i;
    *i.mutable_asset() = schema::ToRef(asset, asset.scope);
    i.set_result(result);
    i.set_observed_ms(at);
    i.set_kind(kind);
    Save(n, asset.scope, i, {}, "", keeper);
  }
  base::RecordId Do(RealNode& n, rec::StepAct act, rec::Step step = {}) {
    return Act(n, ledger::kAssessmentRunType, run, act, std::move(step), officer);
  }
  int State(RealNode& n) { return StateOf(n, ledger::kAssessmentRunType, run); }
  figures::Desk CityDesk() { return {*city.node, HouseSchema(), *city.ledger}; }

  void Freeze() {
    rec::Mark m;
    m.set_name("年终");
    m.set_vectors(ledger::EncodePoints(ledger::PointsOf(*city.node, {})));
    m.set_at_ms(absl::ToUnixMillis(now));
    mark = Save(city, RunScope(), m, {}, "", officer);
    const auto frozen = figures::FreezeRun(CityDesk(), run, mark, m.vectors());
    ASSERT_TRUE(frozen.ok()) << frozen.status();
    Save(city, RunScope(), frozen->fields, run, "", officer);
    Do(city, rec::STEP_ACT_FREEZE);
    for (const rec::ScoreLine& score : frozen->lines) Save(city, RunScope(), score, {}, "", officer);
    EXPECT_EQ(State(city), rec::ASSESSMENT_STATE_FROZEN);
    SyncAll();
  }
  void Announce() {
    rec::AssessmentRun notice;
    notice.set_notice_from_ms(absl::ToUnixMillis(now) - 1'000);
    notice.set_notice_to_ms(absl::ToUnixMillis(now) + 7 * kDay);
    Save(city, RunScope(), notice, run, "", officer);
    for (const rec::StepAct act :
         {rec::STEP_ACT_SELF_ASSESS, rec::STEP_ACT_TOWNSHIP_REVIEW, rec::STEP_ACT_CITY_REVIEW, rec::STEP_ACT_ANNOUNCE})
      Do(city, act);
    EXPECT_EQ(State(city), rec::ASSESSMENT_STATE_ANNOUNCED);
  }
  std::string Run() { return base::ToText(run); }
  figures::Cell Score(RealNode& n, const std::string& place, uint32_t node, const std::string& column = "score_bp") {
    return CellOf(Ask(*this, n, "assessment-scores", {{"run", Run()}}),
                  {{"place", place}, {"node", std::to_string(node)}}, column);
  }
  bool Verified(RealNode& n) {
    const auto t = Ask(*this, n, "assessment-verify", {{"run", Run()}});
    return t.notes.size() == 1 && t.notes[0] == "All equal.";
  }
  base::RecordId Correction(uint32_t node, int64_t numerator, int64_t denominator) {
    rec::ScoreLine score;
    *score.mutable_run() = schema::ToRef(run, RunScope());
    score.set_place(village_a.value);
    score.set_node(node);
    score.set_numerator(numerator);
    score.set_denominator(denominator);
    score.set_score_bp(0);
    *score.mutable_replaces() = schema::ToRef(run, RunScope());
    return Save(city, RunScope(), score, {}, "", officer);
  }
  rec::Step Answer(const base::RecordId& correction) {
    rec::Step step;
    step.set_reason("复核属实");
    *step.mutable_other() = schema::ToRef(correction, RunScope());
    return step;
  }
};

TEST(AssessmentFigures, PreviewComputesTheTree) {
  Assessed c;
  const auto t =
      Ask(c, c.city, "assessment-preview", {{"scheme", base::ToText(c.scheme)}, {"places", "甲村,乙村"}}, c.from, c.to);
  EXPECT_EQ(CellOf(t, {{"place", "甲村"}, {"node", "2"}}, "score_bp").number, 5'000);
  EXPECT_EQ(CellOf(t, {{"place", "甲村"}, {"node", "3"}}, "score_bp").number, 0);
  EXPECT_FALSE(CellOf(t, {{"place", "甲村"}, {"node", "4"}}, "score_bp").known);
  EXPECT_EQ(CellOf(t, {{"place", "甲村"}, {"node", "1"}}, "score_bp").number, 3'333);  // 6000 : 3000
  EXPECT_EQ(CellOf(t, {{"place", "乙村"}, {"name", "Total"}}, "score_bp").number, 10'000);
  // The township holds both villages.
  const auto town =
      Ask(c, *c.town, "assessment-preview", {{"scheme", base::ToText(c.scheme)}, {"places", "镇"}}, c.from, c.to);
  EXPECT_EQ(CellOf(town, {{"node", "2"}}, "denominator").number, 3);
}

TEST(AssessmentFigures, LateDataNeverChangesAFrozenRun) {
  Assessed c;
  // A tablet that was away found the asset mended within the period.
  c.Inspect(*c.a, c.asset_a2, rec::INSPECTION_RESULT_REPAIRED, c.from + 2 * kDay);
  c.Freeze();
  EXPECT_TRUE(c.Verified(c.city));
  const auto before = Ask(c, c.city, "assessment-verify", {{"run", c.Run()}});
  EXPECT_EQ(c.Score(c.city, "甲村", 2).number, 5'000);
  EXPECT_EQ(c.Score(c.city, "甲村", 2, "difference_bp").number, 5'000);  // Freeze() let it in afterwards
  c.now += absl::Hours(24 * 365);
  c.Inspect(*c.b, c.asset_b, rec::INSPECTION_RESULT_BROKEN, c.from + 2 * kDay);
  c.SyncAll();
  EXPECT_EQ(c.Score(c.city, "乙村", 2).number, 10'000);
  EXPECT_EQ(c.Score(c.city, "乙村", 2, "today_bp").number, 0);
  EXPECT_EQ(c.Score(c.city, "乙村", 2, "difference_bp").number, -10'000);
  for (RealNode* n : {&c.city, c.town.get()}) {
    EXPECT_TRUE(c.Verified(*n));
    EXPECT_EQ(Ask(c, *n, "assessment-verify", {{"run", c.Run()}}).rows, before.rows);
  }
  const auto evidence = Ask(c, c.city, "assessment-evidence", {{"run", c.Run()}, {"place", "乙村"}, {"node", "2"}});
  ASSERT_EQ(evidence.rows.size(), 1u);
  EXPECT_EQ(evidence.rows[0].record, base::ToText(c.asset_b));
}

// What was frozen can be made again from the journals up to the mark, byte by byte.
TEST(AssessmentFigures, TheRecordsAtTheMarkGiveTheSameRows) {
  Assessed c;
  c.Freeze();
  c.Inspect(*c.b, c.asset_b, rec::INSPECTION_RESULT_BROKEN, c.from + 2 * kDay);
  c.SyncAll();
  const auto book = figures::ReadRun(c.CityDesk(), c.run);
  ASSERT_TRUE(book.ok()) << book.status();
  const auto mark = c.CityDesk().Read<rec::Mark>(c.mark);
  const auto points = ledger::DecodePoints((*mark)->vectors());
  ASSERT_TRUE(points.ok());
  const auto past = ledger::Past::At(*c.city.node, c.city.trust, c.city.rules, HouseSchema(), c.county, *points);
  ASSERT_TRUE(past.ok()) << past.status();
  const figures::Desk then((*past)->node(), HouseSchema(), (*past)->ledger());
  const auto again = figures::Measure(then, book->scheme, {c.village_a, c.village_b}, c.from, c.to);
  const auto today = figures::Measure(c.CityDesk(), book->scheme, {c.village_a, c.village_b}, c.from, c.to);
  ASSERT_TRUE(again.ok() && today.ok());
  domain::Frozen frozen = book->frozen;
  frozen.places.clear();
  bool differs = false;
  for (const auto& [place, leaves] : *again) {
    for (const auto& [node, m] : leaves) {
      frozen.places[place][node] = m.outcome;
      differs |= today->at(place).at(node).outcome != m.outcome;
    }
  }
  EXPECT_EQ(domain::Encode(frozen).value(), book->run.rows());
  EXPECT_TRUE(differs);  // control: today's records would not do
}

TEST(AssessmentFigures, ARunIsFrozenOnceAndOnlyWithItsDigest) {
  Assessed c;
  rec::AssessmentRun forged;
  forged.set_rows("anything");
  forged.set_digest(std::string(32, 'x'));
  *forged.mutable_mark() = schema::ToRef(c.run, c.RunScope());
  c.Save(c.city, c.RunScope(), forged, c.run, "", c.officer);
  c.Do(c.city, rec::STEP_ACT_FREEZE);
  EXPECT_EQ(c.State(c.city), rec::ASSESSMENT_STATE_OPEN);
  Assessed d;
  d.Freeze();
  EXPECT_EQ(figures::FreezeRun(d.CityDesk(), d.run, d.mark, "v").status().code(),
            absl::StatusCode::kFailedPrecondition);
  // A tablet cannot freeze.
  Assessed e(true);
  e.Do(*e.a, rec::STEP_ACT_FREEZE);
  e.SyncAll();
  EXPECT_EQ(e.State(e.city), rec::ASSESSMENT_STATE_OPEN);
}

TEST(AssessmentFigures, AChangedScoreLineIsSeen) {
  Assessed c;
  c.Freeze();
  rec::ScoreLine line;
  *line.mutable_run() = schema::ToRef(c.run, c.RunScope());
  line.set_place(c.village_a.value);
  line.set_node(2);
  line.set_score_bp(9'999);
  c.Save(c.city, c.RunScope(), line, {}, "", c.officer);
  EXPECT_FALSE(c.Verified(c.city));
  EXPECT_EQ(c.Score(c.city, "甲村", 2).number, 5'000);  // and changes nothing
}

TEST(AssessmentFigures, AnAppealChangesAScoreByANewEventOnlyAndFinalIsFinal) {
  Assessed c(true);
  rec::IncentiveRule rule;
  rule.set_name("优秀奖励");
  rule.set_basis("文号1");
  rule.set_amount_fen(100'000);
  rule.set_above_bp(6'000);
  c.Save(c.city, c.city.node->county_scope(), rule, {}, "", c.officer);
  c.Freeze();
  c.Announce();
  c.SyncAll();
  // A correction that no answered appeal names is a paper.
  const auto correction = c.Correction(2, 2, 2);
  EXPECT_EQ(c.Score(c.city, "甲村", 2).number, 5'000);
  rec::Step appeal;
  appeal.set_reason("该设施已修复");
  c.Do(*c.a, rec::STEP_ACT_APPEAL, appeal);
  c.SyncAll();
  EXPECT_EQ(c.State(c.city), rec::ASSESSMENT_STATE_APPEALED);
  c.Do(c.city, rec::STEP_ACT_ANSWER_APPEAL, c.Answer(correction));
  EXPECT_EQ(c.Score(c.city, "甲村", 2).number, 10'000);
  EXPECT_EQ(c.Score(c.city, "甲村", 2, "corrected").text, "yes");
  EXPECT_EQ(c.Score(c.city, "甲村", 0).number, 6'667);
  EXPECT_TRUE(c.Verified(c.city));                                              // what was frozen stays as it was
  EXPECT_EQ(Ask(c, c.city, "incentives", {{"run", c.Run()}}).rows.size(), 0u);  // not final: nothing follows
  c.Do(c.city, rec::STEP_ACT_FINALISE);
  EXPECT_EQ(c.State(c.city), rec::ASSESSMENT_STATE_ANNOUNCED);  // the notice runs
  c.now += absl::Hours(24 * 8);
  c.Do(c.city, rec::STEP_ACT_FINALISE);
  EXPECT_EQ(c.State(c.city), rec::ASSESSMENT_STATE_FINAL);
  c.SyncAll();
  const auto paid = Ask(c, c.city, "incentives", {{"run", c.Run()}});
  EXPECT_EQ(paid.rows.size(), 1u);
  EXPECT_EQ(CellOf(paid, {{"place", "甲村"}}, "payout_fen").number, 100'000);

  // After that nothing leads back: not an appeal, not an answer, not a line.
  c.Do(*c.a, rec::STEP_ACT_APPEAL, appeal);
  c.SyncAll();
  c.Do(c.city, rec::STEP_ACT_ANSWER_APPEAL, c.Answer(c.Correction(2, 0, 2)));
  c.SyncAll();
  for (RealNode* n : {&c.city, c.town.get(), c.a.get()}) EXPECT_EQ(c.State(*n), rec::ASSESSMENT_STATE_FINAL);
  EXPECT_EQ(c.Score(c.city, "甲村", 2).number, 10'000);
  const auto acts = Ask(c, c.city, "assessment-acts", {{"run", c.Run()}});
  ASSERT_GE(acts.rows.size(), 2u);
  for (size_t i = acts.rows.size() - 2; i < acts.rows.size(); ++i) {
    EXPECT_EQ(acts.rows[i].cells[3].number, 0);  // kept, without effect
    EXPECT_NE(acts.rows[i].cells[6].text, "");   // and it says why
  }
}

// The village appealed within the notice; its tablet came back after the city had made the run final. Whoever arrives
// first, everybody sees the same.
TEST(AssessmentFigures, AnAppealThatCameLateIsKeptAndSeenByAllAlike) {
  std::vector<int> states;
  for (const bool city_meets_first : {false, true}) {
    Assessed c(true);
    c.Freeze();
    c.Announce();
    c.SyncAll();
    rec::Step appeal;
    appeal.set_reason("该设施已修复");
    c.Do(*c.a, rec::STEP_ACT_APPEAL, appeal);
    c.now += absl::Hours(24 * 8);
    c.Do(c.city, rec::STEP_ACT_FINALISE);
    EXPECT_EQ(c.State(c.city), rec::ASSESSMENT_STATE_FINAL);
    if (city_meets_first) Meet(*c.town, c.city, c.now);
    c.SyncAll();
    states.push_back(c.State(c.city));
    EXPECT_EQ(states.back(), rec::ASSESSMENT_STATE_FINAL);
    EXPECT_TRUE(c.city.ledger->book().Case(c.run)->contested);  // somebody is shown it
    for (RealNode* n : {c.town.get(), c.a.get()}) EXPECT_EQ(c.State(*n), states.back());
    EXPECT_EQ(c.Score(c.city, "甲村", 2).number, 5'000);  // no answer, no change
    EXPECT_EQ(Ask(c, c.city, "assessment-acts", {{"run", c.Run()}}).rows.size(), 7u);
  }
  EXPECT_EQ(states[0], states[1]);
}

// A village in which every indicator finds something that counts, something that does not, and something that must be
// left out.
struct Busy : Assessed {
  const base::ScopeId va = Internal(village_a);
  const int64_t half_day = absl::ToUnixMillis(now) + kDay / 2;
  rec::RecordRef of_asset;

  Busy() : Assessed(true) {
    of_asset = schema::ToRef(asset_a, va);
    for (const int64_t day : {1, 5, 40})
      Task(from + (day - 1) * kDay, from + (day + 1) * kDay, rec::EXCUSE_UNSPECIFIED);
    Task(from, from + 9 * kDay, rec::EXCUSE_WEATHER);
    Orders();
    Defects();
    Reports();
    Money();
    rec::Responsibility duty;
    *duty.mutable_asset() = of_asset;
    duty.set_scope_text("井房和泵");
    duty.set_ownership_text("村集体");
    Save(city, va, duty, {}, "", clerk);
  }
  void Task(int64_t start, int64_t end, rec::Excuse excuse) {
    rec::Task task;
    *task.mutable_asset() = of_asset;
    task.set_window_start_ms(start);
    task.set_window_end_ms(end);
    if (excuse != rec::EXCUSE_UNSPECIFIED) task.set_excuse(excuse);
    Save(*a, va, task, {}, "", keeper);
  }
  base::RecordId Order(int64_t due) {
    rec::WorkOrder o;
    *o.mutable_asset() = of_asset;
    o.set_due_ms(due);
    return Save(city, va, o, {}, "", clerk);
  }
  template <typename Message>
  base::RecordId About() {
    Message m;
    *m.mutable_asset() = of_asset;
    return Save(city, va, m, {}, "", keeper);
  }
  void By(uint32_t type, const base::RecordId& id, rec::StepAct what, rec::Step step = {}) {
    step.set_reason("原因");
    step.add_photos("photo");
    Act(city, type, id, what, std::move(step), officer);
  }
  void Orders() {
    By(ledger::kOrderType, Order(half_day), rec::STEP_ACT_FINISH);
    By(ledger::kOrderType, Order(half_day), rec::STEP_ACT_CANCEL);
    Order(half_day);
    Order(to + kDay);  // due later
  }
  void Defects() {
    const auto closed = About<rec::Defect>();
    By(ledger::kDefectType, closed, rec::STEP_ACT_FINISH);
    By(ledger::kDefectType, closed, rec::STEP_ACT_CLOSE);
    By(ledger::kDefectType, About<rec::Defect>(), rec::STEP_ACT_REJECT);
    About<rec::Defect>();
  }
  void Reports() {
    const auto answered = About<rec::PublicReport>();
    rec::Step score, other;
    score.set_score(4);
    *other.mutable_other() = schema::ToRef(answered, va);
    By(ledger::kPublicReportType, answered, rec::STEP_ACT_ACCEPT);
    By(ledger::kPublicReportType, answered, rec::STEP_ACT_REPLY);
    By(ledger::kPublicReportType, answered, rec::STEP_ACT_RATE, score);
    By(ledger::kPublicReportType, About<rec::PublicReport>(), rec::STEP_ACT_DUPLICATE, other);
    About<rec::PublicReport>();
    rec::Survey survey;
    survey.set_place(village_a.value);
    survey.set_year(2026);
    for (const uint32_t n : {0u, 0u, 0u, 5u, 5u}) {
      if (survey.answers().empty()) survey.add_answers();
      survey.mutable_answers(0)->add_counts(n);
    }
    Save(*a, va, survey, {}, "", keeper);
  }
  void Money() {
    rec::FundEntry spend;
    *spend.mutable_line() = schema::ToRef(Line("村级管护", "村", 10'000, village_a), va);
    spend.set_kind(rec::FUND_KIND_SPEND);
    spend.set_amount_fen(7'500);
    Post(Save(city, va, spend, {}, "", keeper));
    SyncAll();
  }
};

TEST(AssessmentFigures, EachIndicatorMeasuresItsOutcome) {
  Busy c;
  rec::AssessmentScheme s;
  s.set_year(2026);
  for (uint32_t i = 1; i <= 11; ++i) c.Node(s, i, 0, 1, static_cast<rec::Indicator>(i));
  rec::SchemeNode* road = s.add_nodes();
  road->set_id(12);
  road->set_indicator(rec::INDICATOR_GOOD_CONDITION);
  road->add_classes(rec::FACILITY_CLASS_ROAD);
  const auto measured = figures::Measure(c.CityDesk(), s, {c.village_a, c.village_b}, c.from, c.to);
  ASSERT_TRUE(measured.ok());
  const auto outcome = [&](int indicator) {
    const domain::Outcome& o = measured->at(c.village_a).at(static_cast<uint32_t>(indicator)).outcome;
    return std::pair(o.numerator, o.denominator);
  };
  using Pair = std::pair<int64_t, int64_t>;
  EXPECT_EQ(outcome(rec::INDICATOR_INSPECTION_ON_TIME), Pair(1, 2));
  EXPECT_EQ(outcome(rec::INDICATOR_ORDERS_ON_TIME), Pair(1, 2));
  EXPECT_EQ(outcome(rec::INDICATOR_GOOD_CONDITION), Pair(1, 2));
  EXPECT_EQ(outcome(rec::INDICATOR_DEFECTS_CLOSED), Pair(1, 2));
  EXPECT_EQ(outcome(rec::INDICATOR_REPEAT_FAILURES), Pair(1, 2));
  EXPECT_EQ(outcome(rec::INDICATOR_PUBLIC_SATISFACTION), Pair(4 + 45, 5 + 50));
  EXPECT_EQ(outcome(rec::INDICATOR_REPORTS_ANSWERED), Pair(1, 2));
  EXPECT_EQ(outcome(rec::INDICATOR_FUND_EXECUTION), Pair(7'500, 10'000));
  EXPECT_EQ(outcome(rec::INDICATOR_COMPLETENESS), Pair(2, 10));
  EXPECT_EQ(outcome(rec::INDICATOR_SPOT_CHECK_PASS), Pair(0, 1));
  EXPECT_EQ(outcome(rec::INDICATOR_SELF_REPORT_TEXT), Pair(0, 0));
  EXPECT_EQ(outcome(12), Pair(0, 0));
  EXPECT_EQ(measured->at(c.village_b).at(rec::INDICATOR_ORDERS_ON_TIME).outcome.denominator, 0);
}

TEST(CreditFigures, OnlyWhatPeopleDecidedIsReportedAgainstAParty) {
  MoneyCounty c;
  const auto scope = c.city.node->county_scope();
  rec::Org org;
  org.set_name("建安公司");
  org.set_uscc18("91350100M000100Y43");
  const auto party = c.Save(c.city, scope, org);
  const auto event = [&](rec::CreditKind kind) {
    rec::CreditEvent e;
    *e.mutable_party() = schema::ToRef(party, c.Internal(c.county));
    e.set_kind(kind);
    e.set_occurred_ms(absl::ToUnixMillis(c.now));
    e.set_points(kind == rec::CREDIT_KIND_FULFILLED ? 2 : -5);
    return c.Save(c.city, c.Internal(c.county), e, {}, "", c.clerk);
  };
  event(rec::CREDIT_KIND_FULFILLED);
  const auto bad = event(rec::CREDIT_KIND_POOR_QUALITY);
  EXPECT_EQ(Ask(c, c.city, "credit-export").rows.size(), 1u);  // nobody decided about the other yet
  rec::CreditCase k;
  *k.mutable_party() = schema::ToRef(party, c.Internal(c.county));
  *k.add_events() = schema::ToRef(bad, c.Internal(c.county));
  k.set_basis("介信〔2026〕3号");
  k.set_level(rec::CREDIT_LEVEL_ORDINARY);
  const auto id = c.Save(c.city, c.Internal(c.county), k, {}, "", c.clerk);
  const uint32_t type = HouseSchema().TypeOf(k)->type;
  rec::Step because;
  because.set_reason("验收不合格");
  rec::Step until;
  until.set_until_ms(absl::ToUnixMillis(c.now));
  c.Act(c.city, type, id, rec::STEP_ACT_VERIFY, because, c.clerk);
  c.Act(c.city, type, id, rec::STEP_ACT_NOTIFY, until, c.clerk);
  EXPECT_EQ(Ask(c, c.city, "credit-export").rows.size(), 1u);
  c.now += absl::Hours(24);
  c.Act(c.city, type, id, rec::STEP_ACT_DECIDE, because, c.officer);
  const auto t = Ask(c, c.city, "credit-export");
  ASSERT_EQ(t.rows.size(), 3u);
  EXPECT_EQ(CellOf(t, {{"record", "Decision"}}, "basis").text, "介信〔2026〕3号");
  EXPECT_EQ(CellOf(t, {{"record", "Decision"}}, "uscc_valid").number, 1);
  EXPECT_EQ(CellOf(t, {{"kind", "Poor quality"}}, "level").text, "Breach");
  const auto by_party = Ask(c, c.city, "credit-party", {{"party", base::ToText(party)}});
  EXPECT_EQ(by_party.rows.size(), 2u);
  EXPECT_EQ(CellOf(by_party, {{"kind", "Fulfilled"}}, "points").number, 2);
}

}  // namespace
}  // namespace guanhu::testing
