// Records that may speak of one thing in the world: suggestions for people, never decisions. Pure and thread-safe; the
// answers do not depend on the order of what is given.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/base/ids.h"
#include "common/model/entry.h"

namespace guanhu::domain {

// Where a facility type sets no radius of its own.
inline constexpr int64_t kDuplicateRadiusDm = 300;
inline constexpr int64_t kSameReportDm = 500;
inline constexpr int64_t kSameReportMs = int64_t{72} * 3'600'000;
// How far ahead of its receiver's clock a writer's may be before it is marked.
inline constexpr int64_t kClockAheadMs = 10 * 60'000;

// A thing at a point. `kind` is what must be equal: an asset's facility type, a report's class. 0 is like nothing.
struct Spot {
  base::RecordId id;
  uint64_t kind = 0;
  int32_t lat_e7 = 0;
  int32_t lon_e7 = 0;
  int64_t at_ms = 0;  // reports: when it was seen
};
struct Likeness {
  base::RecordId a;  // the lower id
  base::RecordId b;
  int64_t distance_dm = 0;
  friend auto operator<=>(const Likeness&, const Likeness&) = default;
};
// Great-circle distance, rounded.
int64_t DistanceDm(const Spot& a, const Spot& b);

// Pairs of one kind at most `radius_dm` apart, ascending.
std::vector<Likeness> FindDuplicates(absl::Span<const Spot> assets, int64_t radius_dm = kDuplicateRadiusDm);
// Reports of one kind, at most 50 m and 72 hours apart, ascending.
std::vector<Likeness> SuggestMerge(absl::Span<const Spot> reports);

struct Claim {
  base::RecordId id;
  std::vector<std::string> receipts;  // SHA-256 of photos
};
struct ReceiptUse {
  std::string receipt;
  std::vector<base::RecordId> claims;  // two at least, ascending
  friend auto operator<=>(const ReceiptUse&, const ReceiptUse&) = default;
};
// Receipts that several claims show, ascending. All claims are kept.
std::vector<ReceiptUse> SameReceipt(absl::Span<const Claim> claims);

// A visit that may count for a task.
struct Visit {
  base::RecordId id;
  int64_t at_ms = 0;
};
// The visit that does the task: the earliest; all others are extra. -1: none.
int CountedVisit(absl::Span<const Visit> visits);

// Whether the writer's clock was ahead: a mark for people, the value stands as written.
bool ClockAhead(const model::Stamp& written, int64_t received_ms);

}  // namespace guanhu::domain
