#include "common/geo/distance.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace guanhu::geo {

int64_t DistanceDm(Wgs a, Wgs b) {
  constexpr double kRadiusDm = 63'710'088.0;
  constexpr double kRadians = std::numbers::pi / 180.0 / 1e7;
  const double lat_a = a.lat_e7 * kRadians;
  const double lat_b = b.lat_e7 * kRadians;
  const double up = std::sin((lat_b - lat_a) / 2);
  const double over = std::sin((b.lon_e7 * kRadians - a.lon_e7 * kRadians) / 2);
  const double h = up * up + std::cos(lat_a) * std::cos(lat_b) * over * over;
  return std::llround(2 * kRadiusDm * std::asin(std::sqrt(std::clamp(h, 0.0, 1.0))));
}

}  // namespace guanhu::geo
