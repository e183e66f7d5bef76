#include "common/domain/plausibility.h"

#include <gtest/gtest.h>

namespace guanhu::domain {
namespace {

base::RecordId Id(uint64_t seq) { return {{base::PlaceId{7}, base::Visibility::kInternal}, base::Origin{3}, seq, 0}; }
constexpr int64_t kNow = 1'795'536'000'000;

Sighting Good(uint64_t id, int64_t at_ms, int32_t lon_e7 = 1'120'000'000) {
  Sighting s;
  s.id = Id(id);
  s.person = 9;
  s.at_ms = at_ms;
  s.written_ms = at_ms + 1000;
  s.has_point = true;
  s.lat_e7 = 370'000'000;
  s.lon_e7 = lon_e7;
  s.qr_seen = true;
  s.outside = 0;
  return s;
}

TEST(Plausibility, AnOrdinaryDayScoresFull) {
  const Sighting day[] = {Good(1, kNow), Good(2, kNow + 600'000, 1'120'010'000)};
  for (const Plausibility& p : PlausibilityOf(day)) EXPECT_EQ(p.score_bp, 10000u);
}

TEST(Plausibility, EachMarkIsSeenAndLowersTheScore) {
  Sighting far = Good(2, kNow + 60'000, 1'121'000'000);  // 9 km in a minute
  Sighting mock = Good(3, kNow);
  mock.mock = true;
  Sighting out = Good(4, kNow);
  out.person = 0;
  out.outside = 1;
  Sighting early = Good(5, kNow);
  early.person = 0;
  early.written_ms = kNow - 3'600'000;
  Sighting late = early;
  late.id = Id(6);
  late.written_ms = kNow + kLateMs + 1;
  Sighting photo = Good(7, kNow);
  photo.person = 0;
  photo.photos = {"a"};
  Sighting copy = photo;
  copy.id = Id(8);
  Sighting bare = Good(9, kNow);
  bare.person = 0;
  bare.qr_seen = bare.has_point = false;
  const Sighting all[] = {Good(1, kNow), far, mock, out, early, late, photo, copy, bare};
  const std::vector<Plausibility> told = PlausibilityOf(all);
  EXPECT_EQ(told[0].score_bp, 10000u);
  EXPECT_TRUE(told[1].too_fast);
  EXPECT_GT(told[1].speed_kmh, 400);
  EXPECT_TRUE(told[2].mock);
  EXPECT_TRUE(told[3].outside);
  EXPECT_TRUE(told[4].clock_jump);
  EXPECT_TRUE(told[5].clock_jump);
  EXPECT_TRUE(told[6].same_photo);
  EXPECT_TRUE(told[7].same_photo);
  for (size_t i = 1; i < told.size(); ++i) EXPECT_LT(told[i].score_bp, 10000u) << i;
  std::vector<Sighting> turned(std::rbegin(all), std::rend(all));
  const std::vector<Plausibility> again = PlausibilityOf(turned);
  for (size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i].score_bp, again[told.size() - 1 - i].score_bp);
}

TEST(Plausibility, OutlinesReadBackAndTellInFromOut) {
  const Corner square[] = {{370'000'000, 1'120'000'000},
                           {370'000'000, 1'120'100'000},
                           {370'100'000, 1'120'100'000},
                           {370'100'000, 1'120'000'000}};
  const std::vector<Corner> read = CornersOf(OutlineOf(square));
  ASSERT_EQ(read.size(), 4u);
  EXPECT_TRUE(Inside(read, 370'050'000, 1'120'050'000));
  EXPECT_FALSE(Inside(read, 370'050'000, 1'120'150'000));
  EXPECT_FALSE(Inside(read, 369'950'000, 1'120'050'000));
  EXPECT_TRUE(CornersOf("\x01").empty());
  EXPECT_TRUE(CornersOf(std::string(10, '\xff')).empty());
}

}  // namespace
}  // namespace guanhu::domain
