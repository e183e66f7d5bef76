// The outline of a place, as field `outline` of a Place holds it: for each corner two zigzag varints, latitude first,
// each the difference to the corner before (the first to zero), in 1e-7 deg of WGS-84. One ring; its last corner is
// joined to the first. Pure and thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/geo/datum.h"

namespace guanhu::geo {

std::string EncodeOutline(absl::Span<const Wgs> ring);

// Errors: kInvalidArgument if the bytes end within a corner, hold a position that is none, or fewer than 3 corners.
absl::StatusOr<std::vector<Wgs>> DecodeOutline(absl::string_view bytes);

// Whether the point is inside or on the edge, exactly. Edges are straight in latitude and longitude, and no edge
// crosses the date line. A ring of fewer than 3 corners holds nothing.
bool Contains(absl::Span<const Wgs> ring, Wgs point);

}  // namespace guanhu::geo
