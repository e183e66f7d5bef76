// Scores of an assessment: a weighted tree over outcomes, and the evidence that is frozen for it. Whole numbers only;
// every division rounds halves up, once, at its node. Pure and thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/crypto.h"
#include "common/base/ids.h"
#include "guanhu/records/v1/assessment.pb.h"

namespace guanhu::domain {

// What a leaf of the scheme measured at one place.
struct Outcome {
  int64_t numerator = 0;
  int64_t denominator = 0;  // 0: there was nothing to measure
  uint64_t evidence = 0;    // digest of the records behind it, in the order of their ids
  friend auto operator<=>(const Outcome&, const Outcome&) = default;
};

struct Score {
  std::optional<int64_t> value_bp;  // leaves: numerator / denominator
  std::optional<int64_t> score_bp;  // 0 to 10000; none: nothing below it could be measured
  friend auto operator<=>(const Score&, const Score&) = default;
};

inline constexpr uint32_t kTotalNode = 0;  // the roots of the scheme together

// What a corrected line of an answered appeal puts in the place of what was frozen.
struct Correction {
  Outcome outcome;
  std::optional<int64_t> score_bp;  // without a denominator, and for inner nodes
};

// Of every node, and of the total. A leaf's score is value / target (no target: the value itself), at most 10000; where
// less is better it is 10000 up to the target and falls to 0 at a value of 10000. A leaf that could not be measured
// counts neither for nor against: its weight is spread over its siblings. `scheme` is sound (facts.cc: scheme_sound);
// of one that is not, what is unreachable from a root is left out.
std::map<uint32_t, Score> ScoresOf(const records::v1::AssessmentScheme& scheme,
                                   const std::map<uint32_t, Outcome>& outcomes,
                                   const std::map<uint32_t, Correction>& corrections = {});

// Frozen rows hold at most this much (AssessmentRun.rows).
inline constexpr size_t kFrozenBytesMax = 48 * 1024;

struct Frozen {
  int64_t from_ms = 0;
  int64_t to_ms = 0;
  base::Hash256 scheme{};                                       // SHA-256 of the scheme's nodes
  base::Hash256 vectors{};                                      // SHA-256 of the mark's version vectors
  std::map<base::PlaceId, std::map<uint32_t, Outcome>> places;  // every place has the same leaves
  friend bool operator==(const Frozen&, const Frozen&) = default;
};

// Equal evidence has equal bytes. Layout: docs/formats/assessment.md. Errors: kInvalidArgument when places differ in
// their leaves, or the bytes would be more than kFrozenBytesMax.
absl::StatusOr<std::string> Encode(const Frozen& frozen);
// Errors: kDataLoss for bytes that Encode does not make.
absl::StatusOr<Frozen> DecodeFrozen(absl::string_view bytes);

// SHA-256 over the nodes as they stand in the scheme.
base::Hash256 DigestOf(const records::v1::AssessmentScheme& scheme);
// Of record ids: any order and repetition gives the same.
uint64_t DigestOf(std::vector<base::RecordId> evidence);

// Leaves: nodes without children, ascending.
std::vector<records::v1::SchemeNode> LeavesOf(const records::v1::AssessmentScheme& scheme);

}  // namespace guanhu::domain
