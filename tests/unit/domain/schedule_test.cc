#include "common/domain/schedule.h"

#include <gtest/gtest.h>

#include "common/domain/response.h"

namespace guanhu::domain {
namespace {

namespace rec = records::v1;

base::RecordId Id(uint64_t seq) { return {{base::PlaceId{7}, base::Visibility::kInternal}, base::Origin{3}, seq, 0}; }

constexpr int64_t kStart = 1'795'536'000'000;  // 2026-11-25 00:00 in the county

PlanTerms Weekly() {
  PlanTerms plan;
  plan.id = Id(1);
  plan.interval_days = 7;
  plan.window_days = 2;
  plan.start_ms = kStart;
  return plan;
}

TEST(Schedule, DaysBeginAtMidnightInTheCounty) {
  EXPECT_EQ(DayStartMs(kStart), kStart);
  EXPECT_EQ(DayStartMs(kStart + kDayMs - 1), kStart);
  EXPECT_EQ(DayStartMs(kStart - 1), kStart - kDayMs);
  EXPECT_EQ(DayStartMs(-1), -8 * 3'600'000);
}

TEST(Schedule, RoutineWindowsFollowTheStartAndNotTheQuestion) {
  const std::vector<Window> all = WindowsOf(Weekly(), Id(2), kStart, kStart + 21 * kDayMs);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1], (Window{kStart + 7 * kDayMs, kStart + 9 * kDayMs, kStart + 14 * kDayMs}));
  // Asked for one moment in the middle, the same window answers.
  EXPECT_EQ(WindowsOf(Weekly(), Id(2), kStart + 10 * kDayMs, kStart + 10 * kDayMs + 1), std::vector<Window>{all[1]});
  EXPECT_TRUE(WindowsOf(Weekly(), Id(2), kStart - 30 * kDayMs, kStart).empty());
  PlanTerms none = Weekly();
  none.interval_days = 0;
  EXPECT_TRUE(WindowsOf(none, Id(2), kStart, kStart + kDayMs).empty());
}

TEST(Schedule, TheIntervalIsThePlansThenTheStandardsThenTheTypes) {
  EXPECT_EQ(IntervalDays(3, 10, 30), 3);
  EXPECT_EQ(IntervalDays(0, 10, 30), 10);
  EXPECT_EQ(IntervalDays(0, 0, 30), 30);
  EXPECT_EQ(IntervalDays(0, 0, 0), 0);
}

TEST(Schedule, SeasonalWindowsStayInTheirSeason) {
  PlanTerms plan = Weekly();
  plan.kind = rec::INSPECTION_KIND_SEASONAL;
  plan.seasons = {{kStart, kStart + 10 * kDayMs}};
  const std::vector<Window> all = WindowsOf(plan, Id(2), 0, kStart + 400 * kDayMs);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].next_ms, kStart + 10 * kDayMs);
  plan.interval_days = 0;
  plan.window_days = 0;
  EXPECT_EQ(WindowsOf(plan, Id(2), 0, kStart + 400 * kDayMs),
            (std::vector<Window>{{kStart, kStart + 10 * kDayMs, kStart + 10 * kDayMs}}));
  plan.seasons.clear();
  EXPECT_TRUE(WindowsOf(plan, Id(2), 0, kStart + 400 * kDayMs).empty());
}

TEST(Schedule, AfterAnEventOneWindowOpensUntilTheNext) {
  PlanTerms plan = Weekly();
  plan.kind = rec::INSPECTION_KIND_AFTER_EVENT;
  plan.events = {kStart + 5 * kDayMs, kStart + kDayMs, kStart - kDayMs, kStart + kDayMs};
  const std::vector<Window> all = WindowsOf(plan, Id(2), kStart, kStart + 6 * kDayMs);
  ASSERT_EQ(all.size(), 2u) << "what happened before the plan began opens nothing";
  EXPECT_EQ(all[0], (Window{kStart + kDayMs, kStart + 3 * kDayMs, kStart + 5 * kDayMs}));
}

TEST(Schedule, SpotChecksTakeAboutTheShareAndTheSameOnEveryDevice) {
  PlanTerms plan = Weekly();
  plan.kind = rec::INSPECTION_KIND_SPOT;
  plan.sample_bp = 2000;
  size_t taken = 0;
  size_t other = 0;
  for (uint64_t i = 0; i < 2000; ++i) {
    taken += WindowsOf(plan, Id(100 + i), kStart, kStart + 1).size();
    other += InSample(plan.id, Id(100 + i), kStart, 2000) && InSample(plan.id, Id(100 + i), kStart + 7 * kDayMs, 2000);
  }
  EXPECT_GT(taken, 300u);
  EXPECT_LT(taken, 500u);
  EXPECT_LT(other, taken / 2) << "another window takes others";
  plan.sample_bp = 0;
  EXPECT_TRUE(WindowsOf(plan, Id(100), kStart, kStart + 400 * kDayMs).empty());
}

TEST(Schedule, WhatATaskWritesFollowsFromItsKey) {
  const Window one{kStart, kStart + kDayMs, kStart + 7 * kDayMs};
  const Window longer{kStart, kStart + 3 * kDayMs, kStart + 7 * kDayMs};  // seen with a later version of the plan
  EXPECT_EQ(TaskOf(Id(1), Id(2), one).SerializeAsString(), TaskOf(Id(1), Id(2), longer).SerializeAsString());
  EXPECT_EQ(TaskId(Id(1), Id(2), kStart), TaskId(Id(1), Id(2), kStart));
  EXPECT_NE(TaskId(Id(1), Id(2), kStart), TaskId(Id(1), Id(2), kStart + 7 * kDayMs));
  EXPECT_NE(TaskId(Id(1), Id(2), kStart), TaskId(Id(1), Id(3), kStart));
}

TEST(Schedule, StatesOfATask) {
  const Window w{100, 200, 300};
  EXPECT_EQ(ViewTask(w, {}, false, 99).state, TaskState::kNotDue);
  EXPECT_EQ(ViewTask(w, {}, false, 100).state, TaskState::kDue);
  EXPECT_EQ(ViewTask(w, {}, false, 200).state, TaskState::kLate);
  EXPECT_EQ(ViewTask(w, {}, true, 200).state, TaskState::kExempt);
  const Visit visits[] = {{Id(5), 250}, {Id(6), 150}, {Id(7), 260}};
  const TaskView done = ViewTask(w, visits, true, 300);
  EXPECT_EQ(done.state, TaskState::kDone);
  EXPECT_EQ(done.counted, 1);
  EXPECT_TRUE(done.on_time);
  EXPECT_EQ(done.extra, 2u);
  EXPECT_FALSE(ViewTask(w, absl::MakeConstSpan(visits, 1), false, 300).on_time);
}

TEST(Response, MediansAndShares) {
  EXPECT_FALSE(SpreadOf({}).has_value());
  EXPECT_EQ(SpreadOf({30, 10, 20})->median, 20);
  EXPECT_EQ(SpreadOf({10, 20, 40, 31})->median, 25);
  EXPECT_EQ(SpreadOf({10, 20, 40, 31})->worst, 40);
}

TEST(Response, ARepeatIsTheSameItemOfTheSameAssetWithinNinetyDays) {
  const auto fault = [](uint64_t id, uint64_t asset, const char* item, int64_t found_day, int64_t closed_day) {
    return Fault{Id(id), Id(asset), item, kStart + found_day * kDayMs,
                 closed_day < 0 ? 0 : kStart + closed_day * kDayMs};
  };
  const Fault faults[] = {fault(10, 1, "pump", 0, 2),  fault(11, 1, "pump", 92, 95), fault(12, 1, "pump", 186, -1),
                          fault(13, 2, "pump", 5, -1), fault(14, 1, "door", 5, -1),  fault(15, 3, "", 0, 1),
                          fault(16, 3, "", 3, -1)};
  const std::vector<Repeat> repeats = RepeatsOf(faults);
  ASSERT_EQ(repeats.size(), 1u) << "91 days after is no repeat, 90 is; another asset or item is not like it";
  EXPECT_EQ(repeats[0], (Repeat{Id(10), Id(11), 90 * kDayMs}));
}

}  // namespace
}  // namespace guanhu::domain
