// Puts acts into their merged order and tells which of them knew of which. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/domain/lifecycle.h"

namespace guanhu::domain {

class MergedOrder {
 public:
  // Of acts with one id the lowest counts. Acts that claim to know each other in a circle stand in the order of their
  // keys. `acts` outlives the object.
  explicit MergedOrder(absl::Span<const Act> acts);

  size_t size() const { return order_.size(); }
  // The act at a position, as an index into the acts given.
  size_t ActAt(size_t position) const { return order_[position]; }
  // Whether the act at `later` knew of the one at `earlier` (positions; false unless earlier < later < kActsMax).
  bool Knows(size_t later, size_t earlier) const;
  bool Concurrent(size_t a, size_t b) const { return a != b && !Knows(a, b) && !Knows(b, a); }
  // Whether it, or an act that it knew of, names an act that is not among those given: what its writer had seen is not
  // known in full.
  bool Incomplete(size_t position) const { return incomplete_[position]; }
  // Positions that no other act knew of.
  const std::vector<size_t>& heads() const { return heads_; }

 private:
  std::vector<size_t> order_;
  std::vector<std::vector<uint64_t>> knows_;  // by position: bits of earlier positions
  std::vector<bool> incomplete_;
  std::vector<size_t> heads_;
};

}  // namespace guanhu::domain
