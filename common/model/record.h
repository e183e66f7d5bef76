// The state of a record: what is left of the edits that took effect, with concurrent values side by side.
// A state is a function of the set of its edits alone: any order, any grouping, any repetition gives the same bytes.
// The format is docs/formats/record.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"
#include "common/model/entry.h"

namespace guanhu::model {

// A value and the edit that wrote it.
struct Sibling {
  base::Origin origin;
  uint64_t seq = 0;
  Stamp stamp;
  base::PersonId person;
  std::string raw;
  friend auto operator<=>(const Sibling&, const Sibling&) = default;
};

struct FieldState {
  uint32_t number = 0;
  std::vector<Sibling> siblings;  // ascending (origin, seq); never empty
  friend auto operator<=>(const FieldState&, const FieldState&) = default;
};

// Ascending origins, each once.
using VersionVector = std::vector<ContextEntry>;

// The entry of `origin`, or nullptr.
const ContextEntry* Find(const VersionVector& vector, base::Origin origin);
// Raises the entry of e.origin to e if e.seq is higher.
void Raise(VersionVector& vector, const ContextEntry& e);

struct RecordState {
  VersionVector version;  // per origin the last edit that took effect
  // What each author had seen of the record when it last edited it: the base of contexts that only add.
  std::vector<std::pair<base::Origin, VersionVector>> seen;
  std::vector<FieldState> fields;  // ascending numbers
  friend auto operator<=>(const RecordState&, const RecordState&) = default;

  const FieldState* Find(uint32_t number) const;
  const VersionVector* SeenBy(base::Origin origin) const;
};

// Where an edit stands.
struct EditPlace {
  base::Origin origin;
  uint64_t seq = 0;
  uint32_t hash = 0;  // first 4 bytes of its entry's chain hash
  Stamp stamp;
  base::PersonId person;
};

// Whether the branch that a context entry names is the one held here.
using HoldsBranch = std::function<bool(const ContextEntry&)>;

// Applies an edit whose causes have taken effect. An edit without effect (held, void) only leaves what its author had
// seen. `holds` is asked only where a sibling depends on it.
void Apply(RecordState& state, const Edit& edit, const EditPlace& at, bool has_effect, const HoldsBranch& holds);

// The context of a new edit by `author`: in full, or only what the author's last edit did not know.
VersionVector ContextFor(const RecordState& state, base::Origin author, bool full);

std::string Encode(const RecordState& state);
// The bytes of a state that this edit alone has made, as if it had been applied to an empty one; nullopt for an edit
// that is more than a plain creation.
std::optional<std::string> EncodeFirst(const Edit& edit, const EditPlace& at);
absl::StatusOr<RecordState> DecodeState(absl::string_view bytes);

// 128 bits that are summed over the records of a scope: equal sums mean equal states.
struct StateDigest {
  uint64_t high = 0;
  uint64_t low = 0;
  friend auto operator<=>(const StateDigest&, const StateDigest&) = default;
  void Add(const StateDigest& other);
  void Subtract(const StateDigest& other);
};
StateDigest DigestOf(uint32_t type, const base::RecordId& id, absl::string_view state_bytes);

}  // namespace guanhu::model
