#include "common/geo/outline.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace guanhu::geo {
namespace {

using ::testing::HasSubstr;

// A C, open to the east.
const std::vector<Wgs>& C() {
  static const auto& ring =
      *new std::vector<Wgs>{{0, 0}, {0, 30}, {10, 30}, {10, 10}, {20, 10}, {20, 30}, {30, 30}, {30, 0}};
  return ring;
}

TEST(Outline, BytesAreTheFieldsOwn) {
  const std::string bytes = EncodeOutline(std::vector<Wgs>{{1, -1}, {65, 0}, {0, 0}});
  EXPECT_EQ(bytes, std::string("\x02\x01\x80\x01\x02\x81\x01\x00", 8));
  EXPECT_EQ(*DecodeOutline(bytes), (std::vector<Wgs>{{1, -1}, {65, 0}, {0, 0}}));
}

TEST(Outline, TheCornersOfTheGlobeGoThereAndBack) {
  const std::vector<Wgs> ring{{-900000000, -1800000000}, {900000000, 1800000000}, {-900000000, 1800000000}};
  EXPECT_EQ(*DecodeOutline(EncodeOutline(ring)), ring);
}

TEST(Outline, DamagedBytesAreRefused) {
  const std::string good = EncodeOutline(C());
  ASSERT_TRUE(DecodeOutline(good).ok());
  EXPECT_THAT(std::string(DecodeOutline(good.substr(0, good.size() - 1)).status().message()),
              HasSubstr("corner 8 is cut off"));
  EXPECT_THAT(std::string(DecodeOutline("").status().message()), HasSubstr("has 0 corners"));
  const std::vector<Wgs> beyond{{0, 0}, {0, 5}, {900000001, 5}};
  EXPECT_THAT(std::string(DecodeOutline(EncodeOutline(beyond)).status().message()), HasSubstr("beyond the globe"));
  EXPECT_FALSE(DecodeOutline("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00\x00\x00\x00").ok());
}

TEST(Outline, InsideOutsideAndOnTheEdge) {
  EXPECT_TRUE(Contains(C(), {5, 20}));
  EXPECT_TRUE(Contains(C(), {15, 5}));
  EXPECT_FALSE(Contains(C(), {15, 20}));  // in the bay
  EXPECT_FALSE(Contains(C(), {15, -1}));
  EXPECT_FALSE(Contains(C(), {31, 5}));
  EXPECT_FALSE(Contains(C(), {30, 31}));  // in line with an edge, behind its end
  EXPECT_TRUE(Contains(C(), {10, 20}));   // on an edge
  EXPECT_TRUE(Contains(C(), {30, 30}));   // a corner
  EXPECT_TRUE(Contains(C(), {10, 5}));    // level with two corners
  EXPECT_FALSE(Contains(C(), {10, -5}));
  EXPECT_FALSE(Contains(std::vector<Wgs>{{0, 0}, {10, 10}}, {5, 5}));
}

TEST(Outline, TheDirectionOfTheRingDoesNotMatter) {
  const std::vector<Wgs> back(C().rbegin(), C().rend());
  for (int32_t lat = -1; lat <= 31; ++lat) {
    for (int32_t lon = -1; lon <= 31; ++lon) {
      EXPECT_EQ(Contains(C(), {lat, lon}), Contains(back, {lat, lon})) << lat << " " << lon;
    }
  }
}

TEST(Outline, HalfTheGlobeDoesNotOverflow) {
  const std::vector<Wgs> ring{{-900000000, -1800000000}, {900000000, 1800000000}, {-900000000, 1800000000}};
  EXPECT_TRUE(Contains(ring, {-899999999, 1799999999}));
  EXPECT_FALSE(Contains(ring, {899999999, -1799999999}));
  EXPECT_TRUE(Contains(ring, {0, 0}));
  EXPECT_FALSE(Contains(ring, {0, -1}));
}

}  // namespace
}  // namespace guanhu::geo
