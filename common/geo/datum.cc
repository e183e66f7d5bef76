#include "common/geo/datum.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace guanhu::geo {
namespace {

constexpr double kE7 = 1e7;
// Krasovsky 1940, the ellipsoid that the offset is defined on.
constexpr double kAxis = 6378245.0;
constexpr double kEccentricity2 = 0.00669342162296594323;

struct Degrees {
  double lat = 0;
  double lon = 0;
};

bool Shifted(Degrees p) { return p.lon >= 72.004 && p.lon <= 137.8347 && p.lat >= 0.8293 && p.lat <= 55.8271; }

// The part that both axes share.
double Ripple(double x) {
  constexpr double kPi = std::numbers::pi;
  return (20.0 * std::sin(6.0 * kPi * x) + 20.0 * std::sin(2.0 * kPi * x)) * 2.0 / 3.0;
}

// The slower waves along one axis; the two slowest differ in height.
double Waves(double x, double slow, double slowest) {
  constexpr double kPi = std::numbers::pi;
  return (20.0 * std::sin(kPi * x) + 40.0 * std::sin(kPi / 3.0 * x) + slow * std::sin(kPi / 12.0 * x) +
          slowest * std::sin(kPi / 30.0 * x)) *
         2.0 / 3.0;
}

// GCJ-02 minus WGS-84 at a WGS-84 position.
Degrees Offset(Degrees p) {
  if (!Shifted(p)) return {};
  const double x = p.lon - 105.0;
  const double y = p.lat - 35.0;
  const double root = std::sqrt(std::abs(x));
  const double north =
      -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + Ripple(x) + Waves(y, 160.0, 320.0);
  const double east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + Ripple(x) + Waves(x, 150.0, 300.0);
  const double phi = p.lat * std::numbers::pi / 180.0;
  const double w2 = 1.0 - kEccentricity2 * std::sin(phi) * std::sin(phi);
  const double w = std::sqrt(w2);
  const double meridian = kAxis * (1.0 - kEccentricity2) / (w2 * w);  // radii of curvature
  const double prime = kAxis / w;
  constexpr double kDegree = 180.0 / std::numbers::pi;
  return {north / meridian * kDegree, east / (prime * std::cos(phi)) * kDegree};
}

int32_t Rounded(double degrees, double limit) {
  return static_cast<int32_t>(std::lround(std::clamp(degrees, -limit, limit) * kE7));
}

}  // namespace

bool IsPosition(int64_t lat_e7, int64_t lon_e7) {
  return lat_e7 >= -900'000'000 && lat_e7 <= 900'000'000 && lon_e7 >= -1'800'000'000 && lon_e7 <= 1'800'000'000;
}

Gcj ToGcj(Wgs point) {
  const Degrees p{point.lat_e7 / kE7, point.lon_e7 / kE7};
  const Degrees d = Offset(p);
  return {Rounded(p.lat + d.lat, 90.0), Rounded(p.lon + d.lon, 180.0)};
}

Wgs ToWgs(Gcj point) {
  const Degrees g{point.lat_e7 / kE7, point.lon_e7 / kE7};
  // Each step gains a factor of 200 to 300 (worst over Jiexiu: 3 m, 12 mm, 0.05 mm); the fifth is beyond any digit.
  Degrees p = g;
  for (int i = 0; i < 5; ++i) {
    const Degrees d = Offset(p);
    p = {g.lat - d.lat, g.lon - d.lon};
  }
  return {Rounded(p.lat, 90.0), Rounded(p.lon, 180.0)};
}

}  // namespace guanhu::geo
