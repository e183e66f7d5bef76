#include "server/http/rate.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace guanhu::server::http {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

TEST(RateLimit, AMinutesWorthAtOnceThenEvenly) {
  RateLimit limit(6, 10);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(limit.Take("a", kNow), 0) << i;
  EXPECT_EQ(limit.Take("a", kNow), 10);  // one each ten seconds
  EXPECT_EQ(limit.Take("b", kNow), 0);   // of another address
  EXPECT_EQ(limit.Take("a", kNow + absl::Seconds(9)), 1);
  EXPECT_EQ(limit.Take("a", kNow + absl::Seconds(10)), 0);
  EXPECT_EQ(limit.Take("a", kNow + absl::Seconds(10)), 10);
}

TEST(RateLimit, ABucketNeverHoldsMoreThanAMinute) {
  RateLimit limit(2, 10);
  EXPECT_EQ(limit.Take("a", kNow), 0);
  const absl::Time later = kNow + absl::Hours(5);
  EXPECT_EQ(limit.Take("a", later), 0);
  EXPECT_EQ(limit.Take("a", later), 0);
  EXPECT_GT(limit.Take("a", later), 0);
}

TEST(RateLimit, LookingTakesNothing) {
  RateLimit limit(1, 10);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limit.Look("a", kNow), 0);
  EXPECT_EQ(limit.Take("a", kNow), 0);
  EXPECT_EQ(limit.Look("a", kNow), 60);
}

TEST(RateLimit, AClockThatJumpsBackNeitherFillsNorLocks) {
  RateLimit limit(1, 10);
  EXPECT_EQ(limit.Take("a", kNow), 0);
  const absl::Time past = kNow - absl::Hours(24 * 365);
  EXPECT_EQ(limit.Take("a", past), 60);
  EXPECT_EQ(limit.Take("a", past + absl::Seconds(60)), 0);  // it runs on from the new time
}

TEST(RateLimit, ForgetsTheAddressThatWasQuietLongest) {
  RateLimit limit(1, 3);
  for (const char* a : {"a", "b", "c"}) EXPECT_EQ(limit.Take(a, kNow), 0);
  EXPECT_GT(limit.Take("a", kNow), 0);  // a is the one used last now
  EXPECT_EQ(limit.Take("d", kNow), 0);
  EXPECT_EQ(limit.size(), 3u);
  EXPECT_GT(limit.Take("a", kNow), 0);   // still known
  EXPECT_EQ(limit.Take("b", kNow), 0);   // forgotten
  EXPECT_EQ(limit.size(), 3u);
}

TEST(HouseholdOf, OneHouseholdIsOneAddress) {
  EXPECT_EQ(HouseholdOf("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(HouseholdOf("::ffff:10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(HouseholdOf("2001:db8:1:2:3:4:5:6"), HouseholdOf("2001:db8:1:2:ffff::1"));
  EXPECT_NE(HouseholdOf("2001:db8:1:2::1"), HouseholdOf("2001:db8:1:3::1"));
  EXPECT_EQ(HouseholdOf(std::string(1000, 'x')).size(), 64u);
}

}  // namespace
}  // namespace guanhu::server::http
