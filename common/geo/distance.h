// Distances over the ground. Pure and thread-safe.
#pragma once

#include <cstdint>

#include "common/geo/datum.h"

namespace guanhu::geo {

// In decimetres along a great circle of the mean sphere (radius 6,371,008.8 m): within 0.6 % of the ellipsoid, which is
// better than any fix is good for.
int64_t DistanceDm(Wgs a, Wgs b);

}  // namespace guanhu::geo
