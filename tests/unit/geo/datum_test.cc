#include "common/geo/datum.h"

#include <algorithm>
#include <cstdlib>
#include <type_traits>

#include "common/geo/distance.h"
#include "gtest/gtest.h"

namespace guanhu::geo {
namespace {

static_assert(!std::is_convertible_v<Wgs, Gcj> && !std::is_convertible_v<Gcj, Wgs>);
static_assert(!std::is_constructible_v<Wgs, Gcj> && !std::is_assignable_v<Wgs&, Gcj>);

int64_t ShiftDm(Wgs p) {
  const Gcj g = ToGcj(p);
  return DistanceDm(p, Wgs{g.lat_e7, g.lon_e7});
}

// The county's box in 61 x 61 steps.
template <typename F>
void OverJiexiu(F&& f) {
  for (int32_t i = 0; i <= 60; ++i) {
    for (int32_t j = 0; j <= 60; ++j) f(Wgs{368395000 + i * 56867, 1117355000 + j * 73483});
  }
}

TEST(Datum, TheShiftOverJiexiuIsAsMeasured) {
  int64_t least = 1'000'000, most = 0;
  OverJiexiu([&](Wgs p) {
    least = std::min(least, ShiftDm(p));
    most = std::max(most, ShiftDm(p));
  });
  EXPECT_NEAR(static_cast<double>(least), 5500, 10);
  EXPECT_NEAR(static_cast<double>(most), 5940, 10);
}

TEST(Datum, AKnownPointOfBeijing) {
  const Gcj g = ToGcj({399150000, 1164040000});
  EXPECT_NEAR(g.lat_e7, 399164042, 30);
  EXPECT_NEAR(g.lon_e7, 1164102434, 60);
}

TEST(Datum, ThereAndBackIsTheSamePoint) {
  int32_t worst = 0;
  int points = 0, moved = 0;
  int64_t naive_worst = 0;
  const auto check = [&](Wgs p) {
    const Gcj g = ToGcj(p);
    const Wgs back = ToWgs(g);
    worst = std::max({worst, std::abs(back.lat_e7 - p.lat_e7), std::abs(back.lon_e7 - p.lon_e7)});
    ++points;
    moved += back == p ? 0 : 1;
    // Control: the inverse of one step, which the grid must tell from ours.
    const Gcj twice = ToGcj(Wgs{g.lat_e7, g.lon_e7});
    const Wgs naive{g.lat_e7 - (twice.lat_e7 - g.lat_e7), g.lon_e7 - (twice.lon_e7 - g.lon_e7)};
    naive_worst = std::max(naive_worst, DistanceDm(naive, p));
  };
  OverJiexiu(check);
  EXPECT_NEAR(static_cast<double>(naive_worst), 30, 1);  // 3.01 m
  for (int32_t lat = 18; lat <= 53; ++lat) {
    for (int32_t lon = 74; lon <= 134; ++lon) check({lat * 10'000'000 + 1234567, lon * 10'000'000 + 7654321});
  }
  EXPECT_LE(worst, 1);
  EXPECT_LT(moved, points / 100);  // an inverse of two steps misses the last digit far more often
}

TEST(Datum, AbroadNothingMoves) {
  const Wgs lilongwe{-139600000, 337700000};
  EXPECT_EQ(ShiftDm(lilongwe), 0);
  EXPECT_EQ(ToWgs(ToGcj(lilongwe)), lilongwe);
  EXPECT_EQ(ToWgs(Gcj{900000000, 1800000000}), (Wgs{900000000, 1800000000}));
}

TEST(Distance, KnownLengths) {
  EXPECT_EQ(DistanceDm({0, 0}, {0, 0}), 0);
  EXPECT_NEAR(static_cast<double>(DistanceDm({0, 0}, {10000000, 0})), 1111949, 10);  // one degree
  EXPECT_NEAR(static_cast<double>(DistanceDm({370000000, 0}, {370000000, 10000000})), 888050, 100);
  EXPECT_NEAR(static_cast<double>(DistanceDm({0, -1799999999}, {0, 1800000000})), 0, 1);  // over the date line
  EXPECT_NEAR(static_cast<double>(DistanceDm({900000000, 0}, {-900000000, 0})), 200151144, 100);
}

}  // namespace
}  // namespace guanhu::geo
