// What people are shown of a field that several edits wrote without knowing of each other. Pure: the answer depends on
// the set of siblings alone, never on their order, so that every node that knows the options shows the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/ids.h"
#include "common/model/entry.h"
#include "common/schema/schema.h"

namespace guanhu::schema {

// A sibling. Views must outlive the call.
struct Candidate {
  absl::string_view raw;  // empty: the edit cleared the field
  model::Stamp stamp;
  base::Origin origin;
  uint64_t seq = 0;
  int authority = 0;  // 0 unknown, 1 village, 2 township, 3 city
};

enum class Conflict : uint8_t {
  kNone = 0,
  kCard,      // values differ in a field where people want to know
  kProposal,  // a lower tier's other value waits for a yes or no
  kReview,    // open until a person decides
};

struct Resolution {
  int winner = -1;     // index of the sibling that is shown; -1: no siblings, or the value is `merged`
  std::string merged;  // UNION of different values
  Conflict conflict = Conflict::kNone;
  std::vector<int> others;  // one index for each other value, best first

  absl::string_view Value(absl::Span<const Candidate> siblings) const {
    return winner >= 0 ? siblings[static_cast<size_t>(winner)].raw : absl::string_view(merged);
  }
};

// `info` is nullptr for a field of a newer version: LATEST without a card.
Resolution Resolve(const FieldInfo* info, absl::Span<const Candidate> siblings);

struct FieldSiblings {
  const FieldInfo* info = nullptr;
  absl::Span<const Candidate> siblings;
};

// The fields of one atomic group: all values come from one edit, that which wins the first field's rule over all
// siblings of the group. (Diff writes groups as a whole; a field that the winning edit nevertheless left out is
// resolved by itself.) The answer has one entry for each of `fields`.
std::vector<Resolution> ResolveGroup(absl::Span<const FieldSiblings> fields);

}  // namespace guanhu::schema
