#include "common/domain/plausibility.h"

#include <algorithm>
#include <map>

#include "common/base/bytes.h"
#include "common/domain/likeness.h"

namespace guanhu::domain {
namespace {

// What each mark takes from the score. Weak evidence each; several together are worth a look.
constexpr uint32_t kMockTakes = 3000;
constexpr uint32_t kPhotoTakes = 3000;
constexpr uint32_t kOutsideTakes = 2500;
constexpr uint32_t kFastTakes = 2500;
constexpr uint32_t kClockTakes = 1500;
constexpr uint32_t kNothingTakes = 1000;  // neither a QR code nor a position

constexpr int64_t kDegreesE7 = 3'600'000'000;  // beyond any coordinate

int64_t SpeedKmh(const Sighting& before, const Sighting& now) {
  const Spot a{before.id, 1, before.lat_e7, before.lon_e7, 0};
  const Spot b{now.id, 1, now.lat_e7, now.lon_e7, 0};
  const int64_t dm = DistanceDm(a, b);
  if (dm < 1000) return 0;  // within 100 m a bad fix looks like speed
  const int64_t ms = std::max<int64_t>(now.at_ms - before.at_ms, 1000);
  return dm * 360 / ms;  // dm per ms -> km per h
}

uint32_t Score(const Plausibility& p, bool has_point) {
  uint32_t taken = 0;
  if (p.mock) taken += kMockTakes;
  if (p.same_photo) taken += kPhotoTakes;
  if (p.outside) taken += kOutsideTakes;
  if (p.too_fast) taken += kFastTakes;
  if (p.clock_jump) taken += kClockTakes;
  if (!p.qr_seen && !has_point) taken += kNothingTakes;
  return 10000 - std::min<uint32_t>(taken, 10000);
}

}  // namespace

std::vector<Plausibility> PlausibilityOf(absl::Span<const Sighting> sightings) {
  std::map<std::string, std::set<base::RecordId>> shown;  // photo -> inspections
  std::map<uint64_t, std::vector<const Sighting*>> walks;
  for (const Sighting& s : sightings) {
    for (const std::string& photo : s.photos) shown[photo].insert(s.id);
    if (s.person != 0 && s.has_point && !s.mock) walks[s.person].push_back(&s);
  }
  std::map<base::RecordId, int64_t> speeds;
  for (auto& [person, walk] : walks) {
    std::sort(walk.begin(), walk.end(), [](const Sighting* a, const Sighting* b) {
      return std::pair(a->at_ms, a->id) < std::pair(b->at_ms, b->id);
    });
    for (size_t i = 1; i < walk.size(); ++i) speeds[walk[i]->id] = SpeedKmh(*walk[i - 1], *walk[i]);
  }
  std::vector<Plausibility> out;
  for (const Sighting& s : sightings) {
    Plausibility p;
    p.id = s.id;
    p.qr_seen = s.qr_seen;
    p.outside = s.outside == 1;
    p.mock = s.mock;
    p.same_photo = std::any_of(s.photos.begin(), s.photos.end(), [&](const auto& h) { return shown[h].size() > 1; });
    p.clock_jump = s.written_ms != 0 && (s.at_ms > s.written_ms + kClockAheadMs || s.at_ms < s.written_ms - kLateMs);
    const auto speed = speeds.find(s.id);
    p.speed_kmh = speed == speeds.end() ? 0 : speed->second;
    p.too_fast = p.speed_kmh > kFastKmh;
    p.score_bp = Score(p, s.has_point);
    out.push_back(p);
  }
  return out;
}

std::vector<Corner> CornersOf(absl::string_view outline) {
  std::vector<Corner> out;
  base::Reader in(outline);
  Corner at;
  while (in.left() > 0) {
    const int64_t lat = base::UnZigZag(in.Varint());
    const int64_t lon = base::UnZigZag(in.Varint());
    if (std::max(lat, lon) > kDegreesE7 || std::min(lat, lon) < -kDegreesE7) return {};
    at.lat_e7 += lat;
    at.lon_e7 += lon;
    if (std::max(at.lat_e7, at.lon_e7) > kDegreesE7 || std::min(at.lat_e7, at.lon_e7) < -kDegreesE7) return {};
    out.push_back(at);
  }
  if (!in.done() || out.size() < 3) out.clear();
  return out;
}

std::string OutlineOf(absl::Span<const Corner> corners) {
  std::string out;
  Corner at;
  for (const Corner& c : corners) {
    base::PutVarint(out, base::ZigZag(c.lat_e7 - at.lat_e7));
    base::PutVarint(out, base::ZigZag(c.lon_e7 - at.lon_e7));
    at = c;
  }
  return out;
}

bool Inside(absl::Span<const Corner> outline, int64_t lat_e7, int64_t lon_e7) {
  bool inside = false;
  for (size_t i = 0, j = outline.size() - 1; i < outline.size(); j = i++) {
    const Corner& a = outline[i];
    const Corner& b = outline[j];
    if ((a.lat_e7 > lat_e7) == (b.lat_e7 > lat_e7)) continue;
    // lon < a.lon + (lat - a.lat) * (b.lon - a.lon) / (b.lat - a.lat), without dividing. Differences within a county
    // are below 2^27, so the products stay far below 2^63.
    const int64_t left = (lon_e7 - a.lon_e7) * (b.lat_e7 - a.lat_e7);
    const int64_t right = (lat_e7 - a.lat_e7) * (b.lon_e7 - a.lon_e7);
    if (b.lat_e7 > a.lat_e7 ? left < right : left > right) inside = !inside;
  }
  return inside;
}

}  // namespace guanhu::domain
