#include "common/domain/likeness.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace guanhu::domain {
namespace {

base::RecordId Id(uint64_t n) { return {{base::PlaceId{1}, base::Visibility::kInternal}, base::Origin{n}, n, 0}; }

// One metre of latitude is 89.93e-7 degrees on the mean sphere.
constexpr int32_t kLat = 370'000'000, kLon = 1'119'000'000;
Spot At(uint64_t n, int32_t metres_north, uint64_t kind = 5, int64_t at_ms = 0) {
  return {Id(n), kind, kLat + static_cast<int32_t>(metres_north * 89.93), kLon, at_ms};
}

TEST(Likeness, DistanceOfKnownPoints) {
  EXPECT_EQ(DistanceDm(At(1, 0), At(2, 0)), 0);
  EXPECT_NEAR(static_cast<double>(DistanceDm(At(1, 0), At(2, 30))), 300, 1);
  // At 37 degrees north a degree of longitude has 88.8 km.
  EXPECT_NEAR(static_cast<double>(DistanceDm({Id(1), 5, kLat, kLon, 0}, {Id(2), 5, kLat, kLon + 10'000'000, 0})),
              888'050, 500);
}

TEST(Likeness, DuplicatesAreOfOneTypeAndNear) {
  std::vector<Spot> spots{At(1, 0), At(2, 29), At(3, 31), At(4, 10, 6), At(5, 0, 0), At(6, 0, 0)};
  const std::vector<Likeness> found = FindDuplicates(spots);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].a, Id(1));
  EXPECT_EQ(found[0].b, Id(2));
  EXPECT_EQ(found[1].a, Id(2));
  EXPECT_EQ(found[1].b, Id(3));
  std::reverse(spots.begin(), spots.end());
  EXPECT_EQ(FindDuplicates(spots), found);
  EXPECT_EQ(FindDuplicates(spots, 320).size(), 3u);
}

TEST(Likeness, ReportsAreMergedWithin50MetresAnd72Hours) {
  const std::vector<Spot> near{At(1, 0), At(2, 49, 5, kSameReportMs)};
  EXPECT_EQ(SuggestMerge(near).size(), 1u);
  EXPECT_TRUE(SuggestMerge({At(1, 0), At(2, 49, 5, kSameReportMs + 1)}).empty());
  EXPECT_TRUE(SuggestMerge({At(1, 0), At(2, 51)}).empty());
  EXPECT_TRUE(SuggestMerge({At(1, 0), At(2, 1, 6)}).empty());
}

TEST(Likeness, AReceiptShownTwiceIsFoundAndOneClaimShowingItTwiceIsNot) {
  const std::vector<ReceiptUse> found = SameReceipt({{Id(2), {"x", "y"}}, {Id(1), {"y"}}, {Id(3), {"z", "z"}}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].receipt, "y");
  EXPECT_EQ(found[0].claims, (std::vector<base::RecordId>{Id(1), Id(2)}));
}

TEST(Likeness, TheEarliestVisitCounts) {
  EXPECT_EQ(CountedVisit({}), -1);
  EXPECT_EQ(CountedVisit({{Id(1), 20}, {Id(2), 10}, {Id(3), 10}}), 1);
}

TEST(Likeness, AClockAheadIsMarkedAndOneBehindIsNot) {
  const auto stamp = [](int64_t ms) { return model::Stamp{ms, model::ClockQuality::kUnknown}; };
  EXPECT_TRUE(ClockAhead(stamp(kClockAheadMs + 101), 100));
  EXPECT_FALSE(ClockAhead(stamp(kClockAheadMs + 100), 100));
  EXPECT_FALSE(ClockAhead(stamp(0), 1'000'000'000));
}

}  // namespace
}  // namespace guanhu::domain
