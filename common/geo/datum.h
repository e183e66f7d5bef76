// Positions and their datum. Records hold WGS-84 (which CGCS2000 equals within a millimetre); web maps of the mainland
// draw in GCJ-02, which lies 550 to 594 m away over Jiexiu. The datum is the type, and no value turns into the other by
// itself. All plain values and pure functions, thread-safe.
#pragma once

#include <compare>
#include <cstdint>

namespace guanhu::geo {

struct Wgs {
  int32_t lat_e7 = 0;  // 1e-7 deg, north positive
  int32_t lon_e7 = 0;  // 1e-7 deg, east positive
  friend auto operator<=>(const Wgs&, const Wgs&) = default;
};

struct Gcj {
  int32_t lat_e7 = 0;
  int32_t lon_e7 = 0;
  friend auto operator<=>(const Gcj&, const Gcj&) = default;
};

// Whether both are within -90..90 and -180..180 degrees.
bool IsPosition(int64_t lat_e7, int64_t lon_e7);

// Outside the rectangle 0.8293..55.8271 N, 72.004..137.8347 E both datums are taken to be the same, as map makers do.
Gcj ToGcj(Wgs point);
// The inverse, to the last digit or its neighbour (1e-7 deg, about 1 cm). Within 1 km of that rectangle's edge, which
// is sea or foreign land, it may be off by the offset itself.
Wgs ToWgs(Gcj point);

}  // namespace guanhu::geo
