#include <gtest/gtest.h>

#include "tests/unit/figures/work_fixture.h"

namespace guanhu::testing {
namespace {

TEST_F(Work, TwoOfflineTabletsDeriveOneTask) {
  Weekly();
  const RecordId pump = AddAsset(*c.a1, "水泵");
  c.SyncAll();
  for (PeopleStation* tablet : {c.a1.get(), c.a2.get()}) {
    const auto tasks = Tasks(*tablet);
    ASSERT_EQ(tasks.size(), 1u);
    const auto saved = c.Run(*tablet, Last().CommandFor(tasks[0]));
    ASSERT_TRUE(saved.ok()) << saved.status();
    EXPECT_EQ(saved->records[0], tasks[0].task) << "the id told before is the id made";
    Inspect(*tablet, pump, c.Ms(), tasks[0].task);
  }
  c.SyncAll();
  for (PeopleStation* s : {c.city.get(), c.town.get(), c.a1.get(), c.a2.get()}) {
    size_t records = 0;
    ASSERT_TRUE(c.DeskOf(*s).Each<rec::Task>({}, [&](const RecordId&, const rec::Task&) { ++records; }).ok());
    EXPECT_EQ(records, 1u);
    const figures::Table t = c.Tell(*s, "tasks");
    ASSERT_EQ(t.rows.size(), 1u);
    EXPECT_EQ(Text(t, 0, "state"), "done");
    EXPECT_EQ(Text(t, 0, "extra"), "1");
  }
  // No field of the task is contested, for both wrote the same.
  const auto state = c.city->node->Get(13, Tasks(*c.city)[0].task);
  ASSERT_TRUE(state.ok() && *state);
  for (const model::FieldState& f : (*state)->fields) {
    for (const model::Sibling& s : f.siblings) EXPECT_EQ(s.raw, f.siblings.front().raw);
  }
  // The control: with an id that does not follow from the key there would be two.
  rec::Task by_hand;
  *by_hand.mutable_asset() = c.Ref(pump, pump.scope);
  c.Save(*c.a1, pump.scope, by_hand);
  size_t records = 0;
  ASSERT_TRUE(c.DeskOf(*c.a1).Each<rec::Task>({}, [&](const RecordId&, const rec::Task&) { ++records; }).ok());
  EXPECT_EQ(records, 2u);
}

TEST_F(Work, StatesOfTasksAndTheRateOfInspection) {
  const RecordId plan = Weekly();
  const RecordId seen = AddAsset(*c.a1, "甲");
  AddAsset(*c.a1, "乙");
  const RecordId excused = AddAsset(*c.a1, "丙");
  const RecordId seen_late = AddAsset(*c.a1, "丁");
  const RecordId unreachable = AddAsset(*c.a1, "戊");
  EXPECT_EQ(Tasks(*c.a1).size(), 0u) << "before it met anybody the tablet does not know the plan";
  c.SyncAll();
  for (const figures::TaskRow& t : Tasks(*c.a1)) EXPECT_EQ(t.view.state, domain::TaskState::kDue);
  Inspect(*c.a1, seen, c.Ms());
  Inspect(*c.a1, unreachable, c.Ms(), {}, [](rec::Inspection& i) { i.set_result(rec::INSPECTION_RESULT_UNREACHABLE); });
  for (const figures::TaskRow& t : Tasks(*c.a1)) {
    if (t.asset != excused) continue;
    const auto saved = c.Run(*c.a1, Last().CommandFor(t));
    ASSERT_TRUE(saved.ok()) << saved.status();
    rec::Task task;
    task.set_excuse(rec::EXCUSE_WEATHER);
    c.Change(*c.a1, t.task, task);
  }
  c.now += absl::Hours(24 * 3);
  Inspect(*c.a1, seen_late, c.Ms());
  c.SyncAll();
  const figures::Table t = c.Tell(*c.town, "tasks");
  ASSERT_EQ(t.rows.size(), 5u);
  EXPECT_EQ(Text(t, RowOf(t, "asset", "甲"), "state"), "done");
  EXPECT_EQ(Text(t, RowOf(t, "asset", "甲"), "on_time"), "yes");
  EXPECT_EQ(Text(t, RowOf(t, "asset", "乙"), "state"), "late");
  EXPECT_EQ(Text(t, RowOf(t, "asset", "丙"), "state"), "exempt");
  EXPECT_EQ(Text(t, RowOf(t, "asset", "丙"), "excuse"), "Weather");
  EXPECT_EQ(Text(t, RowOf(t, "asset", "丁"), "on_time"), "no");
  EXPECT_EQ(Text(t, RowOf(t, "asset", "戊"), "state"), "late") << "who could not reach it has not looked";
  const figures::Table rate = c.Tell(*c.city, "inspection-rate");
  ASSERT_EQ(rate.rows.size(), 1u);
  EXPECT_EQ(Text(rate, 0, "place"), "东村");
  EXPECT_EQ(Text(rate, 0, "tasks"), "5");
  EXPECT_EQ(Text(rate, 0, "exempt"), "1");
  EXPECT_EQ(Text(rate, 0, "rate_bp"), "5000") << "two of the four that were neither open nor exempt";
  EXPECT_EQ(Text(rate, 0, "on_time_bp"), "2500");
  figures::Question asked = c.Ask();
  asked.args["state"] = "late";
  EXPECT_EQ(c.Tell(*c.town, "tasks", asked).rows.size(), 2u);
  asked.cut.place = c.west;
  EXPECT_TRUE(c.Tell(*c.town, "tasks", asked).rows.empty());
  EXPECT_EQ(c.Tell(*c.a1, "tasks").rows, t.rows) << "the tablet tells what the township tells";
  // A paused plan asks for nothing.
  rec::Plan paused;
  paused.set_state(rec::PLAN_STATE_PAUSED);
  c.Change(*c.town, plan, paused);
  EXPECT_TRUE(c.Tell(*c.town, "tasks").rows.empty());
}

TEST_F(Work, IntervalsComeFromTheStandardOfTheGradeThenTheType) {
  rec::FacilityType pump;
  pump.set_name_zh("泵站");
  pump.set_facility_class(rec::FACILITY_CLASS_WATER);
  pump.set_interval_days(30);
  const RecordId type = c.Save(*c.city, c.Published(c.kCounty), pump);
  rec::Standard standard;
  standard.set_title("A级泵站");
  standard.set_version(1);
  standard.set_grade(rec::GRADE_A);
  standard.set_interval_days(7);
  *standard.mutable_facility_type() = c.Ref(type, c.Published(c.kCounty));
  c.Save(*c.city, c.Published(c.kCounty), standard);
  rec::Plan plan;
  plan.set_name("按标准");
  *plan.mutable_facility_type() = c.Ref(type, c.Published(c.township));
  c.SyncAll();
  AddPlan(plan);
  c.SyncAll();
  AddAsset(*c.a1, "甲级", rec::GRADE_A, type);
  AddAsset(*c.a1, "丙级", rec::GRADE_C, type);
  AddAsset(*c.a1, "别的");
  const figures::Table t = c.Tell(*c.a1, "tasks");
  ASSERT_EQ(t.rows.size(), 2u) << "the plan is for the type";
  const auto days = [&](const std::string& asset) {
    const size_t row = RowOf(t, "asset", asset);
    return (t.rows[row].cells[1].number - t.rows[row].cells[0].number) / kDay;
  };
  EXPECT_EQ(days("甲级"), 7);
  EXPECT_EQ(days("丙级"), 30);
}

TEST_F(Work, APlanIsForItsPlaceAndForTheAssetsItNames) {
  const RecordId east = AddAsset(*c.a1, "东桥");
  AddAsset(*c.a1, "东井");
  AddAsset(*c.b1, "西桥");
  c.SyncAll();
  rec::Plan plan;
  plan.set_name("本村");
  plan.set_state(rec::PLAN_STATE_ACTIVE);
  plan.set_interval_days(7);
  c.Save(*c.town, c.Published(c.east), plan);
  EXPECT_EQ(c.Tell(*c.town, "tasks").rows.size(), 2u) << "not for the other village";
  plan.set_name("一桥");
  *plan.add_assets() = c.Ref(east, c.Published(c.township));
  c.Save(*c.town, c.Published(c.township), plan);
  EXPECT_EQ(c.Tell(*c.town, "tasks").rows.size(), 3u);
  figures::Question one = c.Ask();
  one.args["asset"] = "东桥";
  EXPECT_EQ(c.Tell(*c.town, "tasks", one).rows.size(), 2u);
}

TEST_F(Work, EventsAndSeasonsOpenWindows) {
  rec::Plan storm;
  storm.set_name("雨后");
  storm.set_kind(rec::INSPECTION_KIND_AFTER_EVENT);
  AddPlan(storm);
  rec::Plan winter;
  winter.set_name("冬季");
  winter.set_kind(rec::INSPECTION_KIND_SEASONAL);
  const RecordId seasonal = AddPlan(winter);
  AddAsset(*c.a1, "桥");
  c.SyncAll();
  EXPECT_TRUE(c.Tell(*c.a1, "tasks").rows.empty()) << "nothing has happened, no season is set";
  rec::EventTrigger trigger;
  trigger.set_kind(rec::EVENT_KIND_STORM);
  trigger.set_place(c.east.value);
  trigger.set_at_ms(c.Ms());
  c.Save(*c.town, c.Published(c.township), trigger);
  rec::Campaign campaign;
  campaign.set_name("冬季保温");
  campaign.set_from_ms(c.Ms() - kDay);
  campaign.set_to_ms(c.Ms() + 10 * kDay);
  *campaign.add_plans() = c.Ref(seasonal, c.Published(c.township));
  c.Save(*c.town, c.Published(c.township), campaign);
  c.SyncAll();
  const figures::Table t = c.Tell(*c.a1, "tasks");
  ASSERT_EQ(t.rows.size(), 2u);
  EXPECT_EQ(Text(t, RowOf(t, "plan", "雨后"), "state"), "due");
  EXPECT_EQ(Text(t, RowOf(t, "plan", "冬季"), "state"), "due");
  const std::string start = Text(t, RowOf(t, "plan", "雨后"), "start_ms");
  trigger.set_place(c.west.value);
  trigger.set_at_ms(c.Ms());
  c.Save(*c.town, c.Published(c.township), trigger);
  const figures::Table after = c.Tell(*c.town, "tasks");
  EXPECT_EQ(Text(after, RowOf(after, "plan", "雨后"), "start_ms"), start)
      << "what happens elsewhere opens nothing here";
}

// S8.1: an order was returned once. Offline both tablets return it again; the township has seen one of these returns
// and dispatched a third time when the other arrives.
void ReturnThrice(PeopleCounty& c, const RecordId& order) {
  {
    const auto why = [](rec::Step& s) {
      s.set_reason("不属本单位");
      s.add_photos(std::string(32, 'p'));
    };
    const auto to = [&](rec::Step& s) { *s.mutable_party() = schema::ToRef(order, order.scope); };
    c.Act(*c.a1, kOrderType, order, rec::STEP_ACT_RETURN, why);
    c.SyncAll();
    c.Act(*c.town, kOrderType, order, rec::STEP_ACT_DISPATCH, to);
    c.SyncAll();
    c.Act(*c.a2, kOrderType, order, rec::STEP_ACT_RETURN, why);
    c.Meet(*c.a2, *c.town);
    c.Act(*c.town, kOrderType, order, rec::STEP_ACT_DISPATCH, to);
    c.Act(*c.a1, kOrderType, order, rec::STEP_ACT_RETURN, why);
    c.SyncAll();
  }
}

TEST_F(Work, AThirdReturnHasNoEffectThoughItsWriterKnewOfOne) {
  const RecordId pump = AddAsset(*c.a1, "水泵");
  c.SyncAll();
  const int64_t before = c.Ms();
  const RecordId order = AddOrder(pump);
  c.SyncAll();
  ReturnThrice(c, order);
  for (PeopleStation* s : {c.city.get(), c.town.get(), c.a1.get(), c.a2.get()}) {
    EXPECT_EQ(Fates(*s, order, rec::STEP_ACT_RETURN),
              (std::vector<Fate>{Fate::kEffective, Fate::kEffective, Fate::kParallel}));
    const figures::Table t = c.Tell(*s, "orders");
    ASSERT_EQ(t.rows.size(), 1u);
    EXPECT_EQ(Text(t, 0, "returns"), "2");
    EXPECT_EQ(Text(t, 0, "without_effect"), "1") << "kept and shown";
    EXPECT_EQ(Text(t, 0, "state"), "Dispatched");
    EXPECT_EQ(Text(t, 0, "dispatched_ms"), std::to_string(before + 1000))
        << "the clock starts once, at the first dispatch";
  }
  // The control: without the limit the third return would take effect.
  ledger::RecordLife life = c.Life(*c.city, kOrderType, order);
  schema::RecordInfo lax = *c.schema().Type(kOrderType);
  for (schema::Transition& t : lax.life) t.times_max = 0;
  std::vector<domain::Act> acts;
  for (const ledger::StepRow& s : life.steps) acts.push_back(s.act);
  EXPECT_EQ(domain::Judge(lax, {}, nullptr, acts).state, rec::ORDER_STATE_RETURNED);
  // Whoever is left assigns with finality; nobody returns that.
  c.Act(*c.town, kOrderType, order, rec::STEP_ACT_ASSIGN_FINAL, [&](rec::Step& s) {
    s.set_reason("两次退单");
    *s.mutable_party() = schema::ToRef(order, order.scope);
  });
  c.SyncAll();
  EXPECT_EQ(Text(c.Tell(*c.a1, "orders"), 0, "state"), "Taken");
  c.Act(*c.a1, kOrderType, order, rec::STEP_ACT_RETURN, WhyAndPhoto);
  EXPECT_EQ(Text(c.Tell(*c.a1, "orders"), 0, "state"), "Taken");
}

TEST(WorkBothOrders, ReturnsAreJudgedAlikeInWhateverOrderTheyArrive) {
  std::vector<std::vector<figures::Row>> told;
  for (bool turned : {false, true}) {
    PeopleCounty c;
    rec::Asset a;
    a.set_name("水泵");
    const RecordId pump = c.Save(*c.a1, c.Internal(c.east), a);
    c.SyncAll(turned);
    rec::WorkOrder o;
    *o.mutable_asset() = c.Ref(pump, pump.scope);
    o.set_task("修");
    const RecordId order = c.Save(*c.town, pump.scope, o);
    c.SyncAll(turned);
    const auto why = [](rec::Step& s) {
      s.set_reason("不属本单位");
      s.add_photos(std::string(32, 'p'));
    };
    c.Act(*c.a1, kOrderType, order, rec::STEP_ACT_RETURN, why);
    c.Act(*c.a2, kOrderType, order, rec::STEP_ACT_RETURN, why);
    c.SyncAll(turned);
    told.push_back(c.Tell(*c.city, "orders").rows);
    EXPECT_EQ(Text(c.Tell(*c.city, "orders"), 0, "returns"), "1") << "two at once are one return";
    EXPECT_EQ(Text(c.Tell(*c.city, "orders"), 0, "without_effect"), "1");
  }
  EXPECT_EQ(told[0], told[1]);
}

TEST_F(Work, PausedTimeIsLeftOutExactlyAndOnlyWhereItWasAllowed) {
  const RecordId pump = AddAsset(*c.a1, "水泵");
  c.SyncAll();
  const int64_t due = c.Ms() + 1000 + 3 * 3'600'000;  // three hours from the dispatch
  const RecordId order = AddOrder(pump, due);
  c.SyncAll();
  c.Act(*c.a1, kOrderType, order, rec::STEP_ACT_START);
  c.Act(*c.a1, kOrderType, order, rec::STEP_ACT_ASK_PAUSE, Why);
  c.now += absl::Hours(1);
  EXPECT_EQ(Text(c.Tell(*c.a1, "orders"), 0, "paused_minutes"), "0") << "asking pauses nothing";
  c.SyncAll();
  EXPECT_EQ(Text(c.Tell(*c.town, "inbox"), RowOf(c.Tell(*c.town, "inbox"), "act", "Allow or refuse the pause"), "kind"),
            "Work order");
  const int64_t from = c.Ms() + 1000;
  c.Act(*c.town, kOrderType, order, rec::STEP_ACT_ALLOW_PAUSE, [&](rec::Step& s) { s.set_at_ms(from); });
  c.SyncAll();
  c.now += absl::Hours(5);
  // Both tablets take it up again without knowing of each other: the first counts.
  c.Act(*c.a1, kOrderType, order, rec::STEP_ACT_RESUME, [&](rec::Step& s) { s.set_at_ms(from + 5 * 3'600'000); });
  c.Act(*c.a2, kOrderType, order, rec::STEP_ACT_RESUME, [&](rec::Step& s) { s.set_at_ms(from + 6 * 3'600'000); });
  c.SyncAll();
  c.Act(*c.a1, kOrderType, order, rec::STEP_ACT_FINISH, [&](rec::Step& s) { s.set_at_ms(due + 5 * 3'600'000); });
  c.SyncAll(true);
  for (PeopleStation* s : {c.city.get(), c.a2.get()}) {
    const figures::Table t = c.Tell(*s, "orders");
    EXPECT_EQ(Text(t, 0, "paused_minutes"), "300");
    EXPECT_EQ(Text(t, 0, "breached"), "no") << "done on the last millisecond";
    EXPECT_EQ(Text(t, 0, "without_effect"), "1");
  }
  // The controls: a millisecond less time is too late, and so is the same time without the pause.
  const ledger::RecordLife life = c.Life(*c.city, kOrderType, order);
  std::vector<domain::Act> acts;
  for (const ledger::StepRow& s : life.steps) acts.push_back(s.act);
  EXPECT_TRUE(domain::ClockOf(life.life, acts, life.born_ms, due - 1, c.Ms()).breached);
  std::erase_if(acts, [](const domain::Act& a) { return a.act == rec::STEP_ACT_ALLOW_PAUSE; });
  const domain::Life unpaused = domain::Judge(*c.schema().Type(kOrderType), {}, nullptr, acts);
  EXPECT_TRUE(domain::ClockOf(unpaused, acts, life.born_ms, due, c.Ms()).breached);
}

TEST_F(Work, WhoeverFinishedDoesNotAcceptWhereTheGradeIsAOrB) {
  for (const rec::Grade grade : {rec::GRADE_A, rec::GRADE_C}) {
    const RecordId asset = AddAsset(*c.a1, grade == rec::GRADE_A ? "甲" : "丙", grade);
    c.SyncAll();
    const RecordId order = AddOrder(asset);
    c.SyncAll();
    c.person = PersonId{11};
    c.Act(*c.a1, kOrderType, order, rec::STEP_ACT_FINISH);
    c.SyncAll();
    c.Act(*c.a1, kOrderType, order, rec::STEP_ACT_CHECK);
    c.person = {};
    c.SyncAll(grade == rec::GRADE_A);
    const figures::Table alone = c.Tell(*c.city, "orders");
    const size_t row = RowOf(alone, "asset", grade == rec::GRADE_A ? "甲" : "丙");
    if (grade == rec::GRADE_C) {
      EXPECT_EQ(Text(alone, row, "state"), "Checked") << "the control: for C one's own word is enough";
      continue;
    }
    EXPECT_EQ(Text(alone, row, "state"), "Done");
    EXPECT_EQ(Text(alone, row, "without_effect"), "1");
    // Offline the same person tries again while somebody else accepts.
    c.person = PersonId{11};
    c.Act(*c.a1, kOrderType, order, rec::STEP_ACT_CHECK);
    c.person = PersonId{12};
    c.Act(*c.a2, kOrderType, order, rec::STEP_ACT_CHECK);
    c.person = {};
    c.SyncAll();
    for (PeopleStation* s : {c.city.get(), c.a1.get(), c.a2.get()}) {
      const figures::Table t = c.Tell(*s, "orders");
      EXPECT_EQ(Text(t, 0, "state"), "Checked");
      EXPECT_EQ(Text(t, 0, "checked_by"), base::ToText(uint64_t{12}));
      EXPECT_EQ(Text(t, 0, "finished_by"), base::ToText(uint64_t{11}));
      EXPECT_EQ(Text(t, 0, "without_effect"), "2");
    }
  }
}

TEST_F(Work, PlausibilityMarksAndNeverBlocks) {
  Weekly();
  const RecordId pump = AddAsset(*c.a1, "水泵");
  const RecordId other = AddAsset(*c.a1, "水井");
  c.SyncAll();
  const auto bad = [&](rec::Inspection& i) {
    i.set_inspector(9);
    i.mutable_point()->set_source(rec::POINT_SOURCE_MOCK);
    i.mutable_point()->set_lat_e7(1);
    i.add_photos(std::string(32, 'x'));
    i.set_observed_ms(i.observed_ms() + 3'600'000);  // an hour after it was written
  };
  Inspect(*c.a1, pump, c.Ms(), {}, bad);
  Inspect(*c.a1, other, c.Ms(), {}, [&](rec::Inspection& i) {
    i.set_inspector(9);
    i.set_found_by(rec::FOUND_BY_QR);
    i.add_photos(std::string(32, 'x'));
  });
  c.SyncAll();
  const figures::Table t = c.Tell(*c.town, "plausibility");
  ASSERT_EQ(t.rows.size(), 2u);
  EXPECT_EQ(Text(t, 0, "asset"), "水泵") << "the least plausible comes first";
  EXPECT_EQ(Text(t, 0, "mock"), "yes");
  EXPECT_EQ(Text(t, 0, "same_photo"), "yes");
  EXPECT_EQ(Text(t, 0, "clock_jump"), "yes");
  EXPECT_EQ(Text(t, 0, "score_bp"), "2500");
  EXPECT_EQ(Text(t, 1, "score_bp"), "7000");
  // It counts in every ledger and task as any other does.
  const figures::Table tasks = c.Tell(*c.town, "tasks");
  for (size_t i = 0; i < tasks.rows.size(); ++i) EXPECT_EQ(Text(tasks, i, "state"), "done");
  EXPECT_EQ(c.city->views->book().Summarise({}, {}).total.inspections, 2u);
  const figures::Table counts = c.Tell(*c.town, "recognised");
  EXPECT_EQ(Text(counts, 0, "township"), "2");
}

TEST_F(Work, RecognisedCountsAgreeAfterOneSync) {
  const RecordId pump = AddAsset(*c.a1, "水泵");
  c.SyncAll();
  for (int i = 0; i < 3; ++i) Inspect(*c.a1, pump, c.Ms(), {}, [](rec::Inspection& m) { m.set_inspector(11); });
  Inspect(*c.a2, pump, c.Ms(), {}, [](rec::Inspection& m) { m.set_inspector(12); });
  const figures::Table alone = c.Tell(*c.a1, "recognised");
  ASSERT_EQ(alone.rows.size(), 1u);
  EXPECT_EQ(Text(alone, 0, "written"), "3");
  EXPECT_EQ(Text(alone, 0, "township"), "0");
  EXPECT_EQ(Text(alone, 0, "waiting"), "3");
  figures::Question missing = c.Ask();
  missing.args["list"] = "missing";
  const figures::Table why = c.Tell(*c.a1, "recognised", missing);
  ASSERT_EQ(why.rows.size(), 3u);
  EXPECT_EQ(Text(why, 0, "reason"), "not sent yet");
  c.Meet(*c.a1, *c.town);
  c.Meet(*c.a2, *c.town);
  const auto at = [&](PeopleStation& s, uint64_t who) {
    const figures::Table t = c.Tell(s, "recognised");
    return Text(t, RowOf(t, "person", base::ToText(who)), "township");
  };
  EXPECT_EQ(at(*c.town, 11), "3");
  EXPECT_EQ(at(*c.a1, 11), "3");
  EXPECT_TRUE(c.Tell(*c.a1, "recognised", missing).rows.empty());
  EXPECT_EQ(at(*c.a2, 12), at(*c.town, 12));
}

TEST_F(Work, CountsAgreeAfterTheVillageWasMerged) {
  const RecordId well = AddAsset(*c.b1, "水井");
  c.SyncAll();
  for (int i = 0; i < 4; ++i) Inspect(*c.b1, well, c.Ms(), {}, [](rec::Inspection& m) { m.set_inspector(21); });
  rec::Place merged;
  merged.add_successors()->set_place(c.east.value);
  merged.mutable_successors(0)->set_share_bp(10'000);
  c.Change(*c.city, c.west_record, merged);
  c.SyncAll();
  for (PeopleStation* s : {c.b1.get(), c.town.get(), c.city.get()}) {
    const figures::Table t = c.Tell(*s, "recognised");
    ASSERT_EQ(t.rows.size(), 1u);
    EXPECT_EQ(Text(t, 0, "place"), "东村") << "counted where the village went";
    EXPECT_EQ(Text(t, 0, "written"), "4");
    EXPECT_EQ(Text(t, 0, "township"), "4");
    EXPECT_EQ(Text(t, 0, "attention"), "0");
  }
}

TEST_F(Work, AFixOutsideTheVillageIsMarked) {
  const domain::Corner square[] = {{370'000'000, 1'120'000'000},
                                   {370'000'000, 1'120'100'000},
                                   {370'100'000, 1'120'100'000},
                                   {370'100'000, 1'120'000'000}};
  rec::Place outline;
  outline.set_outline(domain::OutlineOf(square));
  c.Change(*c.city, c.east_record, outline);
  const RecordId pump = AddAsset(*c.a1, "水泵");
  c.SyncAll();
  const auto at = [](int32_t lat) {
    return [lat](rec::Inspection& i) {
      i.mutable_point()->set_source(rec::POINT_SOURCE_GNSS);
      i.mutable_point()->set_lat_e7(lat);
      i.mutable_point()->set_lon_e7(1'120'050'000);
    };
  };
  Inspect(*c.a1, pump, c.Ms(), {}, at(370'050'000));
  Inspect(*c.a1, pump, c.Ms(), {}, at(375'000'000));  // where a GCJ-02 fix stored as WGS-84 would land, and further
  const figures::Table t = c.Tell(*c.a1, "plausibility");
  ASSERT_EQ(t.rows.size(), 2u);
  EXPECT_EQ(Text(t, 0, "outside"), "yes");
  EXPECT_EQ(Text(t, 1, "outside"), "no");
  EXPECT_EQ(Text(t, 1, "score_bp"), "10000");
}

TEST_F(Work, DefectsThatWaitThatBreakAgainAndHowLongTheyTook) {
  const RecordId pump = AddAsset(*c.a1, "水泵");
  c.SyncAll();
  const auto report = [&](const char* item) {
    rec::Defect d;
    *d.mutable_asset() = c.Ref(pump, pump.scope);
    d.set_description("漏水");
    d.set_item(item);
    d.set_found_ms(c.Ms());
    return c.Save(*c.a1, pump.scope, d);
  };
  const RecordId first = report("seal");
  EXPECT_EQ(Text(c.Tell(*c.a1, "open-demand"), 1, "kind"), "defect without an order");
  c.SyncAll();
  const figures::Table inbox = c.Tell(*c.town, "inbox");
  ASSERT_EQ(inbox.rows.size(), 1u);
  EXPECT_EQ(Text(inbox, 0, "act"), "Accept the defect");
  EXPECT_TRUE(c.Tell(*c.a1, "inbox").rows.empty()) << "it is the township's turn";
  const auto act = [&](PeopleStation& s, const RecordId& id, rec::StepAct what, int64_t minutes) {
    const int64_t born = c.Life(s, kDefectType, id).born_ms;
    c.Act(s, kDefectType, id, what, [&](rec::Step& step) { step.set_at_ms(born + minutes * 60'000); });
  };
  act(*c.town, first, rec::STEP_ACT_ACCEPT, 30);
  act(*c.town, first, rec::STEP_ACT_FINISH, 90);
  act(*c.town, first, rec::STEP_ACT_CLOSE, 120);
  c.now += absl::Hours(24 * 30);
  const RecordId again = report("seal");
  report("door");
  c.SyncAll();
  act(*c.town, again, rec::STEP_ACT_ACCEPT, 10);
  const figures::Table times = c.Tell(*c.town, "response-times");
  ASSERT_EQ(times.rows.size(), 1u);
  EXPECT_EQ(Text(times, 0, "reports"), "3");
  EXPECT_EQ(Text(times, 0, "accepted"), "2");
  EXPECT_EQ(Text(times, 0, "accept_median"), "20");
  EXPECT_EQ(Text(times, 0, "accept_worst"), "30");
  EXPECT_EQ(Text(times, 0, "done_median"), "90");
  const figures::Table repeats = c.Tell(*c.town, "repeat-failures");
  ASSERT_EQ(repeats.rows.size(), 1u);
  EXPECT_EQ(Text(repeats, 0, "item"), "seal");
  EXPECT_EQ(Text(repeats, 0, "days"), "29");
  figures::Question by_grade = c.Ask();
  by_grade.args["by"] = "grade";
  EXPECT_EQ(c.Tell(*c.town, "response-times", by_grade).rows.size(), 1u);
  EXPECT_EQ(c.Tell(*c.town, "response-times", c.Ask(c.west)).rows.size(), 0u);
}

TEST_F(Work, DuplicatesAreFoundByTheRadiusOfTheirType) {
  rec::FacilityType bridge;
  bridge.set_name_zh("桥");
  bridge.set_duplicate_radius_dm(500);
  const RecordId type = c.Save(*c.city, c.Published(c.kCounty), bridge);
  c.SyncAll();
  const auto at = [&](PeopleStation& s, const char* name, int32_t lat) {
    rec::Asset a;
    a.set_name(name);
    *a.mutable_type() = c.Ref(type, c.Internal(s.place));
    a.mutable_point()->set_lat_e7(lat);
    a.mutable_point()->set_lon_e7(1'120'000'000);
    c.Save(s, c.Internal(s.place), a);
  };
  at(*c.a1, "东桥", 370'000'000);
  at(*c.b1, "西桥", 370'004'000);  // 44 m
  at(*c.b1, "远桥", 370'009'000);  // 100 m
  c.SyncAll();
  const figures::Table t = c.Tell(*c.town, "duplicates");
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_EQ(Text(t, 0, "type"), "桥");
  EXPECT_EQ(t.rows[0].cells[1].number / 10, 44);
  EXPECT_EQ(c.Tell(*c.town, "condition-map").rows.size(), 3u);
}

}  // namespace
}  // namespace guanhu::testing
