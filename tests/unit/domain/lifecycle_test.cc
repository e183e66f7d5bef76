#include "common/domain/lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "common/domain/guards.h"
#include "guanhu/records/v1/defect.pb.h"
#include "tests/unit/domain/acts.h"

namespace guanhu::domain {
namespace {

namespace rec = records::v1;
using schema::Tier;
using ::testing::HasSubstr;

class Lifecycle : public ::testing::Test {
 protected:
  const schema::Schema schema = *schema::Schema::Build();
  const schema::RecordInfo& order = *schema.Type("WorkOrder");
  const schema::RecordInfo& defect = *schema.Type("Defect");
  const Act made = Do(0, 1, 0);
  Facts facts;

  Life JudgeOrder(const std::vector<Act>& acts) const { return Judge(order, facts, &made, acts); }

  // Steps that lead the record to `state` one after the other, each knowing of the last; found by walking the rows.
  std::optional<std::vector<Act>> PathTo(const schema::RecordInfo& record, int state,
                                         std::vector<int> tail = {}) const {
    std::map<int, std::vector<int>> paths{{record.born, {}}};
    std::vector<int> queue{record.born};
    for (size_t i = 0; i < queue.size(); ++i) {
      for (const schema::Transition& row : record.life) {
        const bool from = row.from.empty() || std::count(row.from.begin(), row.from.end(), queue[i]) > 0;
        if (!from || row.to < 0 || paths.count(row.to) != 0) continue;
        if (row.guard == "returned_twice") continue;
        std::vector<int> path = paths[queue[i]];
        if (row.guard == "pause_asked") path.push_back(rec::STEP_ACT_ASK_PAUSE);
        path.push_back(row.act);
        paths[row.to] = path;
        queue.push_back(row.to);
      }
    }
    if (paths.count(state) == 0) return std::nullopt;
    std::vector<int> all = paths[state];
    all.insert(all.end(), tail.begin(), tail.end());
    std::vector<Act> out;
    for (int act : all) Append(out, act);
    return out;
  }
  static void Append(std::vector<Act>& acts, int act) {
    const auto n = static_cast<int64_t>(acts.size());
    std::vector<base::RecordId> after;
    if (!acts.empty()) after.push_back(acts.back().id);
    acts.push_back(Do(act, static_cast<uint64_t>(n) + 2, n + 1, after));
  }
  // What must have happened in a state before the row's guard holds there.
  std::vector<std::vector<int>> WaysTo(const schema::Transition& row, int from) const {
    if (row.guard == "pause_asked") return {{rec::STEP_ACT_ASK_PAUSE}};
    if (row.guard == "returned_twice") {
      const std::vector<int> twice{rec::STEP_ACT_DISPATCH, rec::STEP_ACT_RETURN};
      if (from == rec::ORDER_STATE_RETURNED) return {twice};
      if (from == rec::ORDER_STATE_DISPATCHED) {
        return {{rec::STEP_ACT_RETURN, rec::STEP_ACT_DISPATCH, rec::STEP_ACT_RETURN, rec::STEP_ACT_DISPATCH}};
      }
    }
    return {{}};
  }
};

TEST_F(Lifecycle, EveryRowIsLegalFromItsStatesAndFromNoOther) {
  int legal = 0, illegal = 0;
  for (const schema::RecordInfo* record : {&order, &defect}) {
    const google::protobuf::EnumDescriptor& states =
        *record->Field(absl::string_view("state"))->descriptor->enum_type();
    for (const schema::Transition& row : record->life) {
      for (int v = 1; v < states.value_count(); ++v) {
        const int from = states.value(v)->number();
        std::set<int> allowed;  // by any row of this act
        for (const schema::Transition& r : record->life) {
          if (r.act == row.act) allowed.insert(r.from.begin(), r.from.end());
        }
        const bool may = std::count(row.from.begin(), row.from.end(), from) > 0;
        if (!may && allowed.count(from) > 0) continue;
        for (const std::vector<int>& way : WaysTo(row, from)) {
          // A tail that is not legal from this state only makes the illegal case more so.
          auto acts = PathTo(*record, from, way);
          ASSERT_TRUE(acts) << record->name << " " << states.value(v)->name() << " cannot be reached";
          const int reached = Judge(*record, facts, &made, *acts).state;
          ASSERT_EQ(reached, from) << record->name << " " << states.value(v)->name();
          Append(*acts, row.act);
          const Life life = Judge(*record, facts, &made, *acts);
          const Judged& last = life.acts.back();
          EXPECT_EQ(last.fate, may ? Fate::kEffective : Fate::kRefused)
              << record->name << " " << rec::StepAct_Name(row.act) << " from " << states.value(v)->name() << ": "
              << last.why_en;
          EXPECT_EQ(life.state, may && row.to >= 0 ? row.to : from);
          EXPECT_EQ(last.why_zh.empty(), may);
          ++(may ? legal : illegal);
        }
      }
    }
  }
  // Counted by hand from the two tables: each row's `from` states, and all states of the enums without them.
  EXPECT_EQ(legal, 38 + 24);
  EXPECT_EQ(illegal, 14 * 10 - 38 + 9 * 10 - 24);
}

TEST_F(Lifecycle, EachWriterAndEachNeedIsAsked) {
  int writers = 0, needs = 0;
  for (const schema::RecordInfo* record : {&order, &defect}) {
    for (const schema::Transition& row : record->life) {
      const int from = row.guard == "returned_twice" ? rec::ORDER_STATE_RETURNED : row.from[0];
      auto acts = *PathTo(*record, from, WaysTo(row, from)[0]);
      Append(acts, row.act);
      ASSERT_EQ(Judge(*record, facts, &made, acts).acts.back().fate, Fate::kEffective);
      if (row.writers.tiers != 0) {
        std::vector<Act> changed = acts;
        changed.back() = By(changed.back(), Tier::kVillage);
        EXPECT_EQ(Judge(*record, facts, &made, changed).acts.back().fate, Fate::kRefused);
        ++writers;
      }
      for (schema::Need need : row.needs) {
        std::vector<Act> changed = acts;
        Act& last = changed.back();
        if (need == schema::Need::kReason) last.has_reason = false;
        if (need == schema::Need::kEvidence) last.has_evidence = false;
        if (need == schema::Need::kParty) last.has_party = false;
        if (need == schema::Need::kOther) last.has_other = false;
        const Life life = Judge(*record, facts, &made, changed);
        EXPECT_EQ(life.acts.back().fate, Fate::kRefused) << record->name << " " << rec::StepAct_Name(row.act);
        ++needs;
      }
    }
  }
  EXPECT_EQ(writers, 6 + 4);
  EXPECT_EQ(needs, 9 + 2);
}

TEST_F(Lifecycle, AnyOrderAndAnyRepetitionGivesTheSame) {
  // Two teams, a cancel, a third return, a pause nobody allowed, an unknown act, a circle.
  std::vector<Act> acts{
      Do(rec::STEP_ACT_RETURN, 2, 10),
      Do(rec::STEP_ACT_DISPATCH, 3, 20, {IdOf(2, 11)}),
      Do(rec::STEP_ACT_FINISH, 4, 30, {IdOf(3, 21)}),
      Do(rec::STEP_ACT_FINISH, 5, 25, {IdOf(3, 21)}),
      Do(rec::STEP_ACT_CANCEL, 3, 22, {IdOf(3, 21), IdOf(99, 99)}),
      Do(rec::STEP_ACT_CHECK, 6, 5, {IdOf(4, 31)}),
      Do(999, 7, 26, {IdOf(6, 6)}),
  };
  const std::string expected = Outcome(JudgeOrder(acts), acts);
  std::vector<size_t> index(acts.size());
  std::iota(index.begin(), index.end(), 0);
  int orders = 0;
  do {
    std::vector<Act> shuffled;
    for (size_t i : index) shuffled.push_back(acts[i]);
    ASSERT_EQ(Outcome(JudgeOrder(shuffled), shuffled), expected);
    ++orders;
  } while (std::next_permutation(index.begin(), index.end()));
  EXPECT_EQ(orders, 5040);
  std::vector<Act> twice = acts;
  twice.insert(twice.end(), acts.begin(), acts.end());
  EXPECT_EQ(Outcome(JudgeOrder(twice), twice), expected);
  // Control: another set gives another outcome.
  acts[2].has_evidence = false;
  acts.pop_back();
  EXPECT_NE(Outcome(JudgeOrder(acts), acts), expected);
}

TEST_F(Lifecycle, RandomSetsAreJudgedTheSameInEveryOrder) {
  std::mt19937_64 random(20261125);
  const auto below = [&](uint64_t n) { return random() % n; };
  std::map<int, int> states;
  for (int round = 0; round < 400; ++round) {
    std::vector<Act> acts;
    const size_t count = 2 + below(9);
    for (size_t i = 0; i < count; ++i) {
      std::vector<base::RecordId> after;
      for (const Act& a : acts) {
        if (below(3) == 0) after.push_back(a.id);
      }
      if (below(20) == 0) after.push_back(IdOf(below(6), below(9)));  // perhaps a circle, perhaps unknown
      acts.push_back(Do(rec::STEP_ACT_TAKE + static_cast<int>(below(14)), 1 + below(5), static_cast<int64_t>(below(40)),
                        after, i + 1));
    }
    facts.grade = static_cast<rec::Grade>(below(5));
    const std::string expected = Outcome(JudgeOrder(acts), acts);
    ++states[JudgeOrder(acts).state];
    for (int again = 0; again < 20; ++again) {
      std::shuffle(acts.begin(), acts.end(), random);
      ASSERT_EQ(Outcome(JudgeOrder(acts), acts), expected) << "round " << round;
    }
  }
  EXPECT_GE(states.size(), 6u) << "the acts drawn say too little";
}

TEST_F(Lifecycle, DoneBeatsACancelThatDidNotKnowOfItInEitherStampOrder) {
  for (const auto& [done_at, cancel_at] : {std::pair{20, 30}, std::pair{30, 20}}) {
    std::vector<Act> acts{Do(rec::STEP_ACT_TAKE, 2, 10), Do(rec::STEP_ACT_FINISH, 3, done_at, {IdOf(2, 11)}),
                          Do(rec::STEP_ACT_CANCEL, 4, cancel_at, {IdOf(2, 11)})};
    Life life = JudgeOrder(acts);
    EXPECT_EQ(life.state, rec::ORDER_STATE_DONE);
    EXPECT_EQ(Of(life, acts, 4).fate, Fate::kParallel);
    EXPECT_EQ(Of(life, acts, 4).to, rec::ORDER_STATE_CANCELLED);
    EXPECT_TRUE(life.contested);
    // Somebody who saw both has gone on: settled.
    acts.push_back(Do(rec::STEP_ACT_CHECK, 5, 40, {acts[1].id, acts[2].id}));
    life = JudgeOrder(acts);
    EXPECT_EQ(life.state, rec::ORDER_STATE_CHECKED);
    EXPECT_FALSE(life.contested);
    // Control: done without the photo that the policy asks for has no effect, so the cancel stands.
    acts.pop_back();
    acts[1].has_evidence = false;
    facts.numbers["evidence_required"] = 1;
    EXPECT_EQ(JudgeOrder(acts).state, rec::ORDER_STATE_CANCELLED);
    facts.numbers.clear();
    // Control: a cancel that knew of the completion is refused, and a completion that knew of the cancel too.
    acts[1].has_evidence = true;
    acts[2].after = {acts[1].id};
    EXPECT_EQ(Of(JudgeOrder(acts), acts, 4).fate, Fate::kRefused);
    acts[2].after = {IdOf(2, 11)};
    acts[1].after = {acts[2].id};
    life = JudgeOrder(acts);
    EXPECT_EQ(life.state, rec::ORDER_STATE_CANCELLED);
    EXPECT_EQ(Of(life, acts, 3).fate, Fate::kRefused);
  }
}

TEST_F(Lifecycle, TwoCancelsDoNotOutvoteACompletion) {
  const std::vector<Act> acts{Do(rec::STEP_ACT_CANCEL, 2, 10), Do(rec::STEP_ACT_CANCEL, 3, 11),
                              Do(rec::STEP_ACT_FINISH, 4, 12)};
  const Life life = JudgeOrder(acts);
  EXPECT_EQ(life.state, rec::ORDER_STATE_DONE);
  EXPECT_EQ(Of(life, acts, 2).fate, Fate::kParallel);
  EXPECT_EQ(Of(life, acts, 3).fate, Fate::kParallel);
}

TEST_F(Lifecycle, TwoTeamsFinishAndTheSecondIsKeptAsParallel) {
  const std::vector<Act> acts{Do(rec::STEP_ACT_FINISH, 2, 30), Do(rec::STEP_ACT_FINISH, 3, 20)};
  const Life life = JudgeOrder(acts);
  EXPECT_EQ(life.state, rec::ORDER_STATE_DONE);
  EXPECT_EQ(Of(life, acts, 3).fate, Fate::kEffective);
  EXPECT_EQ(Of(life, acts, 2).fate, Fate::kParallel);
  EXPECT_THAT(Of(life, acts, 2).why_zh, HasSubstr("平行"));
  EXPECT_FALSE(life.contested);
  EXPECT_EQ(life.since_ms, 20);
  EXPECT_EQ(life.heads, (std::vector<base::RecordId>{acts[0].id, acts[1].id}));
}

TEST_F(Lifecycle, NobodyChecksACompletionThatHeHasNotSeen) {
  std::vector<Act> acts{Do(rec::STEP_ACT_FINISH, 2, 10), Do(rec::STEP_ACT_CHECK, 3, 20)};
  Life life = JudgeOrder(acts);
  EXPECT_EQ(life.state, rec::ORDER_STATE_DONE);
  EXPECT_EQ(Of(life, acts, 3).fate, Fate::kRefused);
  // He names an act that is not here: what he has seen is not known, and the merged order alone decides.
  acts[1].after = {IdOf(77, 7)};
  EXPECT_EQ(JudgeOrder(acts).state, rec::ORDER_STATE_CHECKED);
  acts[1].after = {acts[0].id};
  EXPECT_EQ(JudgeOrder(acts).state, rec::ORDER_STATE_CHECKED);
}

TEST_F(Lifecycle, WhoSawBothSidesGoesOnFromTheOneThatStands) {
  // The cancel comes first by its stamp; whoever knows both knows that the order is done.
  std::vector<Act> acts{Do(rec::STEP_ACT_CANCEL, 2, 10), Do(rec::STEP_ACT_FINISH, 3, 20),
                        Do(rec::STEP_ACT_CHECK, 4, 30, {IdOf(2, 11), IdOf(3, 21)})};
  Life life = JudgeOrder(acts);
  EXPECT_EQ(life.state, rec::ORDER_STATE_CHECKED);
  EXPECT_FALSE(life.contested);
  // Who knew one side only has not settled anything.
  acts[2].after = {IdOf(3, 21)};
  life = JudgeOrder(acts);
  EXPECT_EQ(life.state, rec::ORDER_STATE_CHECKED);
  EXPECT_TRUE(life.contested);
}

TEST_F(Lifecycle, AThirdReturnIsImpossible) {
  std::vector<Act> acts;
  for (int act : {rec::STEP_ACT_RETURN, rec::STEP_ACT_DISPATCH, rec::STEP_ACT_RETURN, rec::STEP_ACT_DISPATCH}) {
    Append(acts, act);
  }
  EXPECT_EQ(JudgeOrder(acts).state, rec::ORDER_STATE_DISPATCHED);
  Append(acts, rec::STEP_ACT_RETURN);
  Life life = JudgeOrder(acts);
  EXPECT_EQ(life.state, rec::ORDER_STATE_DISPATCHED);
  EXPECT_EQ(life.acts.back().fate, Fate::kRefused);
  EXPECT_THAT(life.acts.back().why_en, HasSubstr("2 times"));
  // The way out names somebody one tier up.
  Append(acts, rec::STEP_ACT_ASSIGN_FINAL);
  EXPECT_EQ(JudgeOrder(acts).state, rec::ORDER_STATE_TAKEN);
  // Control: after one return it is too early for that.
  acts.resize(2);
  Append(acts, rec::STEP_ACT_ASSIGN_FINAL);
  EXPECT_EQ(JudgeOrder(acts).acts.back().fate, Fate::kRefused);
}

TEST_F(Lifecycle, OfTwoReturnsAsTheSecondAndThirdOneCounts) {
  for (const bool dispatched_between : {false, true}) {
    std::vector<Act> acts{Do(rec::STEP_ACT_RETURN, 2, 10), Do(rec::STEP_ACT_DISPATCH, 3, 20, {IdOf(2, 11)}),
                          Do(rec::STEP_ACT_RETURN, 4, 30, {IdOf(3, 21)}),
                          Do(rec::STEP_ACT_RETURN, 5, 50, {IdOf(3, 21)})};
    if (dispatched_between) acts.push_back(Do(rec::STEP_ACT_DISPATCH, 6, 40, {IdOf(4, 31)}));
    Life life = JudgeOrder(acts);
    EXPECT_EQ(Of(life, acts, 4).fate, Fate::kEffective);
    EXPECT_EQ(Of(life, acts, 5).fate, Fate::kParallel);
    EXPECT_EQ(life.state, dispatched_between ? rec::ORDER_STATE_DISPATCHED : rec::ORDER_STATE_RETURNED);
    EXPECT_EQ(ClockOf(life, acts, 0, std::nullopt, 60).returns, 2);
    acts.push_back(Do(rec::STEP_ACT_DISPATCH, 7, 60, life.heads));
    acts.push_back(Do(rec::STEP_ACT_RETURN, 8, 70, {IdOf(7, 61)}));
    EXPECT_EQ(Of(JudgeOrder(acts), acts, 8).fate, Fate::kRefused);
  }
}

TEST_F(Lifecycle, ForGradesAAndBSomebodyElseChecks) {
  for (const rec::Grade grade : {rec::GRADE_A, rec::GRADE_B, rec::GRADE_C, rec::GRADE_D, rec::GRADE_UNSPECIFIED}) {
    facts.grade = grade;
    const bool critical = grade == rec::GRADE_A || grade == rec::GRADE_B;
    std::vector<Act> acts{Do(rec::STEP_ACT_FINISH, 2, 10), Do(rec::STEP_ACT_CHECK, 3, 20, {IdOf(2, 11)})};
    EXPECT_EQ(JudgeOrder(acts).state, rec::ORDER_STATE_CHECKED);
    const auto fate = [&] { return JudgeOrder(acts).acts.back().fate; };
    const Fate own = critical ? Fate::kRefused : Fate::kEffective;
    acts[1].by = acts[0].by;  // the doer, on another device
    EXPECT_EQ(fate(), own);
    acts[1].by = {};  // nobody named: the device decides
    EXPECT_EQ(fate(), Fate::kEffective);
    acts[1].device = acts[0].device;
    EXPECT_EQ(fate(), own);
    acts[1].by = base::PersonId{55};  // another person on a shared tablet
    EXPECT_EQ(fate(), Fate::kEffective);
    // Closing at once, without the check.
    acts[1] = Do(rec::STEP_ACT_CLOSE, 3, 20, {IdOf(2, 11)});
    EXPECT_EQ(fate(), own);
  }
}

TEST_F(Lifecycle, ADefectIsReopenedWithin15Days) {
  std::vector<Act> acts{Do(rec::STEP_ACT_FINISH, 2, kDayMs),
                        Do(rec::STEP_ACT_REOPEN, 3, 16 * kDayMs, {IdOf(2, kDayMs + 1)})};
  EXPECT_EQ(Judge(defect, facts, &made, acts).state, rec::DEFECT_STATE_REOPENED);
  acts[1].at_ms += 1;
  const Life late = Judge(defect, facts, &made, acts);
  EXPECT_EQ(late.state, rec::DEFECT_STATE_FIXED);
  EXPECT_THAT(late.acts.back().why_zh, HasSubstr("15天"));
}

TEST_F(Lifecycle, OnlyAnAllowedPauseStopsTheClockAndOnlyForItsTime) {
  std::vector<Act> acts{Do(rec::STEP_ACT_TAKE, 2, 100), Do(rec::STEP_ACT_ASK_PAUSE, 2, 200, {IdOf(2, 101)})};
  OrderClock clock = ClockOf(JudgeOrder(acts), acts, 50, 1000, 1001);
  EXPECT_EQ(clock.dispatched_ms, 50);
  EXPECT_EQ(clock.paused_ms, 0);
  EXPECT_TRUE(clock.breached);
  EXPECT_FALSE(ClockOf(JudgeOrder(acts), acts, 50, 1000, 1000).breached);
  // A village may not allow it.
  acts.push_back(By(Do(rec::STEP_ACT_ALLOW_PAUSE, 3, 300, {IdOf(2, 201)}), Tier::kVillage));
  EXPECT_EQ(ClockOf(JudgeOrder(acts), acts, 50, 1000, 1001).paused_ms, 0);
  acts.back() = By(acts.back(), Tier::kTownship);
  EXPECT_EQ(ClockOf(JudgeOrder(acts), acts, 50, 1000, 1001).paused_ms, 701);
  acts.push_back(Do(rec::STEP_ACT_RESUME, 2, 450, {IdOf(3, 301)}));
  const Life life = JudgeOrder(acts);
  clock = ClockOf(life, acts, 50, 1000, 1150);
  EXPECT_EQ(clock.paused_ms, 150);
  EXPECT_FALSE(clock.breached);
  EXPECT_TRUE(ClockOf(life, acts, 50, 1000, 1151).breached);
  // Another pause needs another request.
  acts.push_back(Do(rec::STEP_ACT_ALLOW_PAUSE, 3, 500, {IdOf(2, 451)}));
  EXPECT_EQ(JudgeOrder(acts).acts.back().fate, Fate::kRefused);
}

TEST_F(Lifecycle, ANewDispatchDoesNotStartTheClockAgain) {
  std::vector<Act> acts;
  Append(acts, rec::STEP_ACT_RETURN);
  Append(acts, rec::STEP_ACT_DISPATCH);
  EXPECT_EQ(ClockOf(JudgeOrder(acts), acts, 0, 100, 101).dispatched_ms, 0);
  EXPECT_TRUE(ClockOf(JudgeOrder(acts), acts, 0, 100, 101).breached);
  Append(acts, rec::STEP_ACT_FINISH);
  const OrderClock done = ClockOf(JudgeOrder(acts), acts, 0, 100, 100'000);
  EXPECT_EQ(done.done_ms, 3);
  EXPECT_FALSE(done.breached);
  Append(acts, rec::STEP_ACT_REWORK);
  EXPECT_EQ(ClockOf(JudgeOrder(acts), acts, 0, 100, 200).done_ms, 0);
  EXPECT_TRUE(ClockOf(JudgeOrder(acts), acts, 0, 100, 200).breached);
}

TEST_F(Lifecycle, TimesThatMakeNoSenseDoNotBreakTheClock) {
  std::vector<Act> acts;
  for (int act : {rec::STEP_ACT_ASK_PAUSE, rec::STEP_ACT_ALLOW_PAUSE, rec::STEP_ACT_RESUME}) Append(acts, act);
  acts[1].at_ms = std::numeric_limits<int64_t>::max();
  acts[2].at_ms = std::numeric_limits<int64_t>::min();
  const OrderClock clock = ClockOf(JudgeOrder(acts), acts, 0, 100, 50);
  EXPECT_EQ(clock.paused_ms, 0);
  EXPECT_FALSE(clock.breached);
}

TEST_F(Lifecycle, ADeviceKnowsItsOwnActsThoughItsClockWentBack) {
  std::vector<Act> acts{Do(rec::STEP_ACT_TAKE, 2, 1000, {}, 1), Do(rec::STEP_ACT_START, 2, 500, {}, 2),
                        Do(rec::STEP_ACT_RETURN, 3, 700)};
  const Life life = JudgeOrder(acts);
  EXPECT_EQ(acts[life.acts.back().act].act, rec::STEP_ACT_START);
  EXPECT_EQ(life.state, rec::ORDER_STATE_RETURNED) << "return first by its stamp; take and start did not know of it";
  EXPECT_EQ(life.acts.back().fate, Fate::kParallel);
}

TEST_F(Lifecycle, ActsOfANewerVersionAreKept) {
  const std::vector<Act> acts{Do(5000, 2, 10), Do(rec::STEP_ACT_TAKE, 3, 20)};
  const Life life = JudgeOrder(acts);
  EXPECT_EQ(life.state, rec::ORDER_STATE_TAKEN);
  EXPECT_EQ(Of(life, acts, 2).fate, Fate::kRefused);
  EXPECT_FALSE(Of(life, acts, 2).why_zh.empty());
}

TEST_F(Lifecycle, ALongRecordStaysWithinItsLimit) {
  std::vector<Act> acts;
  for (size_t i = 0; i < kActsMax + 10; ++i) {
    acts.push_back(Do(rec::STEP_ACT_ASK_PAUSE, 2, static_cast<int64_t>(i), {}, i + 1));
  }
  const Life life = JudgeOrder(acts);
  ASSERT_EQ(life.acts.size(), acts.size());
  EXPECT_EQ(life.acts[kActsMax - 1].fate, Fate::kEffective);
  EXPECT_EQ(life.acts[kActsMax].fate, Fate::kRefused);
  EXPECT_EQ(life.heads, std::vector<base::RecordId>{acts.back().id});
}

TEST_F(Lifecycle, AGradeAsksNothingOfWhatWasDoneBefore) {
  facts.grade = rec::GRADE_A;
  std::vector<Act> acts{Do(rec::STEP_ACT_FINISH, 2, 10), Do(rec::STEP_ACT_CHECK, 3, 20, {IdOf(2, 11)})};
  acts[1].by = acts[0].by;
  facts.graded = acts[1].stamp;
  EXPECT_EQ(JudgeOrder(acts).state, rec::ORDER_STATE_DONE);
  ++facts.graded.wall_ms;
  EXPECT_EQ(JudgeOrder(acts).state, rec::ORDER_STATE_CHECKED);
}

TEST_F(Lifecycle, AHostileSetIsJudgedInTime) {
  std::vector<Act> acts;
  for (size_t i = 0; i < kActsMax; ++i) {
    const int act = i % 3 == 0 ? rec::STEP_ACT_FINISH : i % 3 == 1 ? rec::STEP_ACT_CANCEL : rec::STEP_ACT_REWORK;
    std::vector<base::RecordId> after;
    if (i >= 5) after.push_back(acts[i - 5].id);
    acts.push_back(Do(act, i + 2, static_cast<int64_t>(i), after));
  }
  EXPECT_EQ(JudgeOrder(acts).acts.size(), kActsMax);
}

TEST_F(Lifecycle, EachGuardHoldsAndRefuses) {
  const Act village = By(Do(0, 2, 0), Tier::kVillage);
  const std::map<int, uint32_t> taken;
  const auto holds = [&](const char* guard, std::map<std::string, int64_t> numbers) {
    const Facts f{rec::GRADE_UNSPECIFIED, std::move(numbers)};
    return !Objection(guard, Moment{f, village, order, order.born, 0, false, taken});
  };
  const std::map<std::string, int64_t> vote{
      {"votes_yes", 51}, {"votes_cast", 100}, {"eligible", 200}, {"quorum_bp", 5000}};
  EXPECT_TRUE(holds("quorum_and_majority", vote));
  for (const auto& [name, value] :
       {std::pair{"votes_yes", 50}, {"votes_cast", 99}, {"eligible", 201}, {"eligible", 0}, {"quorum_bp", 5001}}) {
    std::map<std::string, int64_t> changed = vote;
    changed[name] = value;
    EXPECT_FALSE(holds("quorum_and_majority", changed)) << name;
  }
  EXPECT_TRUE(holds("levy_within_cap", {{"levy_fen", 1500}, {"cap_fen", 1500}}));
  EXPECT_FALSE(holds("levy_within_cap", {{"levy_fen", 1501}, {"cap_fen", 1500}}));
  EXPECT_FALSE(holds("levy_within_cap", {{"levy_fen", 1}}));
  EXPECT_TRUE(holds("not_double_posted", {}));
  EXPECT_FALSE(holds("not_double_posted", {{"double_posted", 1}}));
  EXPECT_TRUE(holds("claims_only", {{"is_claim", 1}}));
  EXPECT_FALSE(holds("claims_only", {}));
  for (const int64_t reviewed_ms : {9, 10, 11}) {
    Facts f;
    f.written.wall_ms = 10;
    Moment m{f, village, order, order.born, 0, false, taken};
    m.reviewed.wall_ms = reviewed_ms;
    EXPECT_EQ(!Objection("unchanged_since_review", m), reviewed_ms >= 10) << reviewed_ms;
  }
  EXPECT_TRUE(holds("", {}));
  EXPECT_FALSE(holds("a_rule_of_2031", {}));
  const Facts none;
  const auto why = Objection("a_rule_of_2031", Moment{none, village, order, order.born, 0, false, taken});
  EXPECT_THAT(why->en, HasSubstr("too old"));
}

TEST_F(Lifecycle, EveryGuardOfTheSchemaIsKnown) {
  const std::map<int, uint32_t> taken;
  const Act act = Do(0, 2, 0);
  int guards = 0;
  for (const auto& record : schema.types()) {
    for (const schema::Transition& row : record->life) {
      if (row.guard.empty()) continue;
      ++guards;
      const auto why = Objection(row.guard, Moment{facts, act, *record, record->born, 0, false, taken});
      if (why) {
        EXPECT_EQ(why->en.find("too old"), std::string::npos) << record->name << " " << row.guard;
      }
    }
  }
  EXPECT_GE(guards, 6);
}

}  // namespace
}  // namespace guanhu::domain
