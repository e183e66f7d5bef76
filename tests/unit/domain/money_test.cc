#include "common/domain/money.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "common/domain/uscc.h"

namespace guanhu::domain {
namespace {

namespace rec = guanhu::records::v1;

base::RecordId Id(uint64_t seq) {
  base::RecordId id;
  id.scope.place.value = 7;
  id.seq = seq;
  return id;
}

Entry Make(uint64_t seq, rec::FundKind kind, int64_t fen, rec::FundState state, uint64_t reverses = 0) {
  return {Id(seq), reverses == 0 ? base::RecordId{} : Id(reverses), kind, fen, state};
}

constexpr auto kPosted = rec::FUND_STATE_POSTED;
constexpr auto kReversed = rec::FUND_STATE_REVERSED;
constexpr auto kApproved = rec::FUND_STATE_APPROVED;

TEST(Money, KindsSayWhichWayMoneyGoes) {
  const std::vector<Entry> entries = {
      Make(1, rec::FUND_KIND_GRANT, 1000, kPosted),   Make(2, rec::FUND_KIND_SPEND, 300, kPosted),
      Make(3, rec::FUND_KIND_RETURN, 50, kPosted),    Make(4, rec::FUND_KIND_ADJUST, -20, kPosted),
      Make(5, rec::FUND_KIND_REWARD, 100, kPosted),   Make(6, rec::FUND_KIND_DEDUCTION, 10, kPosted),
      Make(7, rec::FUND_KIND_SPEND, 9999, kApproved), Make(8, rec::FUND_KIND_LEVY, 5, rec::FUND_STATE_CLAIMED)};
  const Balance b = BalanceOf(entries);
  EXPECT_EQ(b.income.value(), 1000);
  EXPECT_EQ(b.spent.value(), 300 + 100 - 50 - 10);
  EXPECT_EQ(b.adjusted.value(), -20);
  EXPECT_EQ(b.balance(), 640);
  EXPECT_EQ(b.entries, 6u);  // a claim is no money
}

TEST(Money, AReversalTakesBackOnceByWhicheverSideShowsFirst) {
  const auto spend = [](rec::FundState s) { return Make(1, rec::FUND_KIND_SPEND, 300, s); };
  const auto counter = [](uint64_t n, rec::FundState s) { return Make(n, rec::FUND_KIND_SPEND, -300, s, 1); };
  const auto balance = [](std::vector<Entry> e) { return BalanceOf(e).balance(); };
  EXPECT_EQ(balance({spend(kPosted)}), -300);
  EXPECT_EQ(balance({spend(kPosted), counter(2, kApproved)}), -300);
  EXPECT_EQ(balance({spend(kPosted), counter(2, kPosted)}), 0);
  EXPECT_EQ(balance({spend(kReversed), counter(2, kApproved)}), 0);
  EXPECT_EQ(balance({spend(kReversed), counter(2, kPosted)}), 0);
  // Two people took it back without knowing of each other.
  EXPECT_EQ(balance({spend(kPosted), counter(2, kPosted), counter(3, kPosted)}), 0);
  // The counter-entry was a mistake and is taken back itself: the spending stands.
  EXPECT_EQ(balance({spend(kPosted), counter(2, kPosted), Make(3, rec::FUND_KIND_SPEND, 300, kPosted, 2)}), -300);
  // A part that came back counts as such until the whole is taken back.
  EXPECT_EQ(balance({spend(kPosted), Make(2, rec::FUND_KIND_SPEND, -100, kPosted, 1)}), -200);
  EXPECT_EQ(balance({spend(kReversed), Make(2, rec::FUND_KIND_SPEND, -100, kPosted, 1)}), 0);
  // Forged rings end.
  EXPECT_LE(
      std::abs(balance({Make(1, rec::FUND_KIND_SPEND, 5, kPosted, 2), Make(2, rec::FUND_KIND_SPEND, -5, kPosted, 1)})),
      5);
}

// Whatever the order in which entries stand: what was granted, less what was spent and not taken back.
TEST(Money, SumsEqualBalanceOverRandomEntriesInAnyOrder) {
  std::mt19937_64 random(20'261'125);
  for (int round = 0; round < 2'000; ++round) {
    std::vector<Entry> entries;
    int64_t expected = 0;
    uint64_t seq = 0;
    const int count = static_cast<int>(random() % 30);
    for (int i = 0; i < count; ++i) {
      const bool in = random() % 2 == 0;
      const int64_t fen = static_cast<int64_t>(random() % 1'000'000);
      const uint64_t id = ++seq;
      const uint64_t fate = random() % 4;
      const rec::FundKind kind = in ? rec::FUND_KIND_DONATION : rec::FUND_KIND_SPEND;
      entries.push_back(Make(id, kind, fen, fate == 0 ? kApproved : fate == 1 ? kReversed : kPosted));
      if (fate == 1) entries.push_back(Make(++seq, kind, -fen, random() % 2 == 0 ? kPosted : kApproved, id));
      if (fate == 2) {
        const uint64_t counters = 1 + random() % 2;
        for (uint64_t c = 0; c < counters; ++c) entries.push_back(Make(++seq, kind, -fen, kPosted, id));
      }
      if (fate == 3) expected += in ? fen : -fen;
    }
    std::shuffle(entries.begin(), entries.end(), random);
    ASSERT_EQ(BalanceOf(entries).balance(), expected) << "round " << round;
  }
}

TEST(Money, SumsStandAtTheLargestNumber) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  const Balance b = BalanceOf(
      std::vector<Entry>{Make(1, rec::FUND_KIND_GRANT, kMax, kPosted), Make(2, rec::FUND_KIND_GRANT, kMax, kPosted)});
  EXPECT_EQ(b.income.value(), kMax);
}

TEST(Money, SharesRoundHalvesUpAndNothingIsNotZero) {
  EXPECT_EQ(ShareBp(1, 3), 3333);
  EXPECT_EQ(ShareBp(2, 3), 6667);
  EXPECT_EQ(ShareBp(1, 20'000), 1);
  EXPECT_EQ(ShareBp(-1, 3), -3333);
  EXPECT_EQ(ShareBp(5, 0), std::nullopt);
  EXPECT_EQ(Each(5, 2), 3);
  EXPECT_EQ(Each(5, 0), std::nullopt);
}

rec::PerformanceTarget Target(rec::TargetGroup group, int64_t target, std::optional<int64_t> actual, uint32_t weight) {
  rec::PerformanceTarget t;
  t.set_group(group);
  t.set_target(target);
  if (actual) t.set_actual(*actual);
  t.set_weight_bp(weight);
  return t;
}

TEST(Money, PerformanceFollowsTheFourParts) {
  const std::vector<rec::PerformanceTarget> targets = {
      Target(rec::TARGET_GROUP_QUANTITY, 100, 90, 5000), Target(rec::TARGET_GROUP_COST, 80, 100, 5000),
      Target(rec::TARGET_GROUP_BENEFIT, 10, 20, 0), Target(rec::TARGET_GROUP_SATISFACTION, 9000, std::nullopt, 0)};
  const Performance p = PerformanceOf(targets, 955, 1000);
  EXPECT_EQ(p.execution_rate_bp, 9550);
  EXPECT_EQ(p.execution, 955);
  EXPECT_EQ(p.outputs, 5000 * (9000 + 8000) / 20000);
  EXPECT_EQ(p.benefits, 3000);
  EXPECT_EQ(p.satisfaction, std::nullopt);  // nobody was asked
  EXPECT_EQ(p.possible, 9000);
  EXPECT_EQ(p.total, 955 + 4250 + 3000);
  EXPECT_EQ(PerformanceOf(targets, 2000, 1000).execution, 1000);  // no more than full points
  EXPECT_EQ(PerformanceOf(targets, 1, 0).execution, std::nullopt);
}

TEST(Uscc, TheCheckCharacterDecides) {
  EXPECT_TRUE(IsUscc("91350100M000100Y43"));  // the standard's own example
  EXPECT_FALSE(IsUscc("91350100M000100Y44"));
  EXPECT_FALSE(IsUscc("91350100M000100Y4"));
  EXPECT_FALSE(IsUscc("91350100m000100y43"));
  EXPECT_FALSE(IsUscc("9135010OM00100Y43I"));
  EXPECT_EQ(UsccCheck("91350100M000100Y4"), '3');
}

}  // namespace
}  // namespace guanhu::domain
