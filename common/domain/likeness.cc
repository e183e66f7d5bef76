#include "common/domain/likeness.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

namespace guanhu::domain {
namespace {

constexpr double kEarthDm = 63'710'088.0;
constexpr double kRadians = 3.14159265358979323846 / 180.0 / 1e7;

// Pairs of one kind within `radius_dm`, for which `also` holds.
template <typename Also>
std::vector<Likeness> Pairs(absl::Span<const Spot> spots, int64_t radius_dm, Also also) {
  std::vector<const Spot*> by_latitude;
  for (const Spot& s : spots) by_latitude.push_back(&s);
  std::sort(by_latitude.begin(), by_latitude.end(), [](const Spot* a, const Spot* b) { return a->lat_e7 < b->lat_e7; });
  const auto band_e7 = static_cast<int64_t>(static_cast<double>(radius_dm) / (kEarthDm * kRadians)) + 2;
  std::set<Likeness> found;
  for (size_t i = 0; i < by_latitude.size(); ++i) {
    const Spot& a = *by_latitude[i];
    for (size_t k = i + 1; k < by_latitude.size(); ++k) {
      const Spot& b = *by_latitude[k];
      if (int64_t{b.lat_e7} - a.lat_e7 > band_e7) break;
      if (a.kind == 0 || a.kind != b.kind || a.id == b.id) continue;
      const int64_t distance = DistanceDm(a, b);
      if (distance > radius_dm || !also(a, b)) continue;
      found.insert({std::min(a.id, b.id), std::max(a.id, b.id), distance});
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace

int64_t DistanceDm(const Spot& a, const Spot& b) {
  const double lat_a = a.lat_e7 * kRadians, lat_b = b.lat_e7 * kRadians;
  const double sin_lat = std::sin((lat_b - lat_a) / 2);
  const double sin_lon = std::sin((b.lon_e7 * kRadians - a.lon_e7 * kRadians) / 2);
  const double h = sin_lat * sin_lat + std::cos(lat_a) * std::cos(lat_b) * sin_lon * sin_lon;
  return std::llround(2 * kEarthDm * std::asin(std::sqrt(std::min(1.0, h))));
}

std::vector<Likeness> FindDuplicates(absl::Span<const Spot> assets, int64_t radius_dm) {
  return Pairs(assets, radius_dm, [](const Spot&, const Spot&) { return true; });
}

std::vector<Likeness> SuggestMerge(absl::Span<const Spot> reports) {
  return Pairs(reports, kSameReportDm, [](const Spot& a, const Spot& b) {
    return static_cast<__int128>(std::max(a.at_ms, b.at_ms)) - std::min(a.at_ms, b.at_ms) <= kSameReportMs;
  });
}

std::vector<ReceiptUse> SameReceipt(absl::Span<const Claim> claims) {
  std::map<std::string, std::set<base::RecordId>> uses;
  for (const Claim& c : claims) {
    for (const std::string& r : c.receipts) uses[r].insert(c.id);
  }
  std::vector<ReceiptUse> out;
  for (const auto& [receipt, ids] : uses) {
    if (ids.size() > 1) out.push_back({receipt, {ids.begin(), ids.end()}});
  }
  return out;
}

int CountedVisit(absl::Span<const Visit> visits) {
  int best = -1;
  for (size_t i = 0; i < visits.size(); ++i) {
    if (best >= 0) {
      const Visit& b = visits[static_cast<size_t>(best)];
      if (std::tie(b.at_ms, b.id) <= std::tie(visits[i].at_ms, visits[i].id)) continue;
    }
    best = static_cast<int>(i);
  }
  return best;
}

bool ClockAhead(const model::Stamp& written, int64_t received_ms) {
  return written.wall_ms > received_ms + kClockAheadMs;
}

}  // namespace guanhu::domain
