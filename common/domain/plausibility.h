// How far an inspection is to be believed, from weak evidence that comes by itself. A score for choosing spot checks
// and for nobody's pay: nothing is refused, hidden or shown to the inspector because of it. Pure and thread-safe.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/ids.h"

namespace guanhu::domain {

struct Sighting {
  base::RecordId id;
  uint64_t person = 0;  // 0: nobody was named; then speed is not told
  int64_t at_ms = 0;
  int64_t written_ms = 0;  // when its device wrote it; 0: not known
  bool has_point = false;
  bool mock = false;  // a fix that a program made up
  int32_t lat_e7 = 0;
  int32_t lon_e7 = 0;
  bool qr_seen = false;
  int outside = -1;                 // 1: the point is outside the outline of its village; 0: inside; -1: cannot be told
  std::vector<std::string> photos;  // SHA-256
};

struct Plausibility {
  base::RecordId id;
  bool qr_seen = false;
  bool outside = false;
  bool mock = false;
  bool same_photo = false;  // another inspection shows the same photo
  bool clock_jump = false;  // seen after it was written, or more than kLateMs before
  int64_t speed_kmh = 0;    // from the person's inspection before; 0: cannot be told
  bool too_fast = false;
  uint32_t score_bp = 10000;
};

inline constexpr int64_t kFastKmh = 150;
inline constexpr int64_t kLateMs = int64_t{7} * 24 * 3'600'000;

// In the order of what is given; the answer for one does not depend on that order.
std::vector<Plausibility> PlausibilityOf(absl::Span<const Sighting> sightings);

struct Corner {
  int64_t lat_e7 = 0;
  int64_t lon_e7 = 0;
};
// An outline as places keep it: pairs of zigzag varint deltas, latitude first. Empty if it does not parse or has fewer
// than three corners.
std::vector<Corner> CornersOf(absl::string_view outline);
std::string OutlineOf(absl::Span<const Corner> corners);
// Whether a point lies inside, by the even-odd rule; a point on an edge may count either way.
bool Inside(absl::Span<const Corner> outline, int64_t lat_e7, int64_t lon_e7);

}  // namespace guanhu::domain
