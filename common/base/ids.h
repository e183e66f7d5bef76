// Strong ids shared by every floor. All are plain values: copyable, ordered, hashable, thread-safe.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace guanhu::base {

// A 64-bit id that does not mix with ids of another Tag. Zero means "none".
template <typename Tag>
struct Id64 {
  uint64_t value = 0;
  explicit operator bool() const { return value != 0; }
  friend auto operator<=>(const Id64&, const Id64&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Id64& id) {
    return H::combine(std::move(h), id.value);
  }
};

// A device or server: 64 bits of the SHA-256 of its signing key. Shown as 13 Crockford characters.
using NodeId = Id64<struct NodeIdTag>;
// One incarnation of one node: hash of its signing key and a nonce drawn when its store was created or restored.
using Origin = Id64<struct OriginTag>;
// A place of the signed tree (city, township, village). Derived from the record that created it, never from a code.
using PlaceId = Id64<struct PlaceIdTag>;
// A person who used a device; hash of the person's record id. Zero: nobody was named.
using PersonId = Id64<struct PersonIdTag>;

// Who holds a scope besides its place: `internal` its ancestors; `published` its ancestors and its descendants.
enum class Visibility : uint8_t { kInternal = 0, kPublished = 1 };

// Where a record is born and stays: a place and a visibility.
struct ScopeId {
  PlaceId place;
  Visibility visibility = Visibility::kInternal;
  friend auto operator<=>(const ScopeId&, const ScopeId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const ScopeId& s) {
    return H::combine(std::move(h), s.place, s.visibility);
  }
};

// The changes that one author wrote in one scope.
struct JournalId {
  ScopeId scope;
  Origin origin;
  friend auto operator<=>(const JournalId&, const JournalId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const JournalId& j) {
    return H::combine(std::move(h), j.scope, j.origin);
  }
};

// A record: the change that created it and its index there. A record whose id follows from a key
// (a task, a re-issued creation) has origin 0 and a hash as seq.
struct RecordId {
  ScopeId scope;
  Origin origin;
  uint64_t seq = 0;
  uint32_t index = 0;
  explicit operator bool() const { return seq != 0; }
  friend auto operator<=>(const RecordId&, const RecordId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const RecordId& r) {
    return H::combine(std::move(h), r.scope, r.origin, r.seq, r.index);
  }
};

// Crockford base 32, 13 characters, no check digit: "0ABCD...". Reading accepts lower case, I/L as 1 and O as 0.
std::string ToText(uint64_t value);
// Errors: kInvalidArgument if `text` is not 1 to 13 Crockford characters or exceeds 64 bits.
absl::StatusOr<uint64_t> ParseCrockford(absl::string_view text);

// "PLACE/i" or "PLACE/p".
std::string ToText(const ScopeId& scope);
std::string ToText(const JournalId& journal);
// "PLACE.i.ORIGIN.SEQ.INDEX", seq and index in decimal.
std::string ToText(const RecordId& record);
absl::StatusOr<ScopeId> ParseScope(absl::string_view text);
absl::StatusOr<RecordId> ParseRecord(absl::string_view text);

// 64-bit hash of a record id: place ids, person ids and the short codes that people read out are made of it.
uint64_t ShortHash(const RecordId& record);

}  // namespace guanhu::base
