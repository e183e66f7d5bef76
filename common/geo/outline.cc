#include "common/geo/outline.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"

namespace guanhu::geo {
namespace {

enum class Side { kLeft, kOn, kRight };

// On which side of the upward edge a -> b the point lies. Both products stay below 2^63 (1.8e9 x 3.6e9), their
// difference would not.
Side SideOf(Wgs a, Wgs b, Wgs p) {
  const auto diff = [](int32_t u, int32_t v) { return int64_t{u} - int64_t{v}; };
  const int64_t l = diff(b.lon_e7, a.lon_e7) * diff(p.lat_e7, a.lat_e7);
  const int64_t r = diff(p.lon_e7, a.lon_e7) * diff(b.lat_e7, a.lat_e7);
  return l > r ? Side::kLeft : l < r ? Side::kRight : Side::kOn;
}

}  // namespace

std::string EncodeOutline(absl::Span<const Wgs> ring) {
  std::string out;
  Wgs before;
  for (const Wgs& corner : ring) {
    base::PutVarint(out, base::ZigZag(int64_t{corner.lat_e7} - before.lat_e7));
    base::PutVarint(out, base::ZigZag(int64_t{corner.lon_e7} - before.lon_e7));
    before = corner;
  }
  return out;
}

absl::StatusOr<std::vector<Wgs>> DecodeOutline(absl::string_view bytes) {
  std::vector<Wgs> ring;
  base::Reader in(bytes);
  int64_t lat = 0, lon = 0;
  while (!in.done()) {
    const int64_t up = base::UnZigZag(in.Varint());
    const int64_t over = base::UnZigZag(in.Varint());
    // A difference beyond this leads to no position and would overflow the sum.
    constexpr int64_t kMost = 3'600'000'000;
    const bool fits = in.ok() && up >= -kMost && up <= kMost && over >= -kMost && over <= kMost;
    if (!fits || !IsPosition(lat + up, lon + over)) {
      return absl::InvalidArgumentError(absl::StrCat("the outline's corner ", ring.size() + 1,
                                                     in.ok() ? " lies beyond the globe" : " is cut off",
                                                     "; draw the outline again"));
    }
    lat += up;
    lon += over;
    ring.push_back({static_cast<int32_t>(lat), static_cast<int32_t>(lon)});
  }
  if (ring.size() < 3) {
    return absl::InvalidArgumentError(
        absl::StrCat("the outline has ", ring.size(), " corners, at least 3 enclose a place; draw the outline again"));
  }
  return ring;
}

bool Contains(absl::Span<const Wgs> ring, Wgs point) {
  if (ring.size() < 3) return false;
  bool inside = false;
  for (size_t i = 0; i < ring.size(); ++i) {
    Wgs a = ring[i];
    Wgs b = ring[(i + 1) % ring.size()];
    if (a.lat_e7 > b.lat_e7) std::swap(a, b);
    if (point.lat_e7 < a.lat_e7 || point.lat_e7 > b.lat_e7) continue;
    const Side side = SideOf(a, b, point);
    const auto [west, east] = std::minmax(a.lon_e7, b.lon_e7);
    if (side == Side::kOn && point.lon_e7 >= west && point.lon_e7 <= east) return true;
    // A corner belongs to the edge above it, so that a ray through it counts once.
    if (point.lat_e7 < b.lat_e7 && side == Side::kLeft) inside = !inside;
  }
  return inside;
}

}  // namespace guanhu::geo
