// Small sums over times: how long things took, and what broke again. Pure and thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/base/ids.h"

namespace guanhu::domain {

struct Spread {
  int64_t median = 0;  // of an even number: the mean of the two in the middle, rounded down
  int64_t worst = 0;
};
// Nothing: there was nothing to measure.
std::optional<Spread> SpreadOf(std::vector<int64_t> values);

// A fault that was found and, perhaps, mended.
struct Fault {
  base::RecordId id;
  base::RecordId asset;
  std::string item;  // of the checklist; a fault without an item is like no other
  int64_t found_ms = 0;
  int64_t closed_ms = 0;  // 0: not mended
};
struct Repeat {
  base::RecordId first;  // mended last before
  base::RecordId again;
  int64_t after_ms = 0;
  friend auto operator<=>(const Repeat&, const Repeat&) = default;
};
inline constexpr int64_t kRepeatMs = int64_t{90} * 24 * 3'600'000;
// Faults of one item of one asset that were found at most `within_ms` after another was mended; ascending.
std::vector<Repeat> RepeatsOf(absl::Span<const Fault> faults, int64_t within_ms = kRepeatMs);

}  // namespace guanhu::domain
