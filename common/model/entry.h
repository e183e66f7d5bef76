// What stands in a journal, and its canonical bytes. Plain values; all functions are pure and thread-safe.
// The format is docs/formats/journal.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/crypto.h"
#include "common/base/ids.h"

namespace guanhu::model {

// How much the writing device knew of the time.
enum class ClockQuality : uint8_t { kUnknown = 0, kDrifted = 1, kSynced = 2 };

// Wall milliseconds since 1970 UTC, corrected by the last contact with the parent. Breaks ties between concurrent
// values and is shown to people; never decides against causality.
struct Stamp {
  int64_t wall_ms = 0;
  ClockQuality quality = ClockQuality::kUnknown;
  friend auto operator<=>(const Stamp&, const Stamp&) = default;
};

// One field of a record type as wire bytes: every occurrence of the field, tags included, in order.
struct Field {
  uint32_t number = 0;
  std::string raw;
  friend auto operator<=>(const Field&, const Field&) = default;
};

// One edit in a journal of the record's scope, named with the first 4 bytes of its entry's chain hash, so that it
// stands for its own branch of a forked journal only.
struct ContextEntry {
  base::Origin origin;
  uint64_t seq = 0;
  uint32_t hash = 0;
  friend auto operator<=>(const ContextEntry&, const ContextEntry&) = default;
};

struct Edit {
  base::RecordId id;                  // its scope is the journal's
  uint32_t type = 0;                  // record type number
  std::vector<Field> set;             // ascending numbers, each once
  std::vector<uint32_t> cleared;      // ascending
  bool full_context = false;          // else `context` adds to the author's previous edit of the record in this journal
  std::vector<ContextEntry> context;  // ascending origins, each once; never names the own journal
  friend auto operator<=>(const Edit&, const Edit&) = default;
};

// A change that was written before under an origin whose branch was cut, named by its old place and hash.
struct Reissue {
  base::Origin origin;
  uint64_t seq = 0;
  uint64_t hash = 0;  // first 8 bytes of the old entry's chain hash
  friend auto operator<=>(const Reissue&, const Reissue&) = default;
};

// Whether the edit makes its record: the entry at (origin, seq) of its journal. A record that follows from a key is
// made by every edit whose author had seen nothing of it.
bool Creates(const Edit& edit, base::Origin origin, uint64_t seq);

// One atomic transaction: takes effect as a whole or waits as a whole.
struct Change {
  Stamp stamp;
  base::PersonId person;
  std::optional<Reissue> reissue;
  std::vector<Edit> edits;
  friend auto operator<=>(const Change&, const Change&) = default;
};

// First entry of every journal. The origin is the hash of the certificate's signing key and the nonce.
struct Open {
  std::string nonce;        // 16 bytes
  std::string certificate;  // trust::NodeCertificate, serialized
  base::Origin previous;    // the incarnation before, if any
  friend auto operator<=>(const Open&, const Open&) = default;
};

// City only: the journal ends at `last_seq` with `hash`; what else was seen under its name is quarantine.
struct Close {
  base::Origin origin;
  uint64_t last_seq = 0;
  base::Hash256 hash{};  // chain start when last_seq is 0
  friend auto operator<=>(const Close&, const Close&) = default;
};

// City only: the judge's word on changes that some node held. The latest verdict on a change stands.
struct Verdict {
  bool adopt = false;  // else void
  base::Origin origin;
  std::vector<uint64_t> seqs;  // ascending
  std::string reason;
  base::PersonId person;  // zero: answered by the city's own check
  friend auto operator<=>(const Verdict&, const Verdict&) = default;
};

// City only, in the county's published scope: what `node` wrote beyond these entries is held everywhere.
struct Cut {
  struct Good {
    base::JournalId journal;
    uint64_t last_seq = 0;
    friend auto operator<=>(const Good&, const Good&) = default;
  };
  base::NodeId node;
  std::vector<Good> good;
  std::string reason;
  friend auto operator<=>(const Cut&, const Cut&) = default;
};

// City only: a quarantined entry is stored at the city, so nobody needs to offer it any more.
struct Kept {
  base::Origin origin;
  uint64_t seq = 0;
  uint64_t hash = 0;  // first 8 bytes of its chain hash
  friend auto operator<=>(const Kept&, const Kept&) = default;
};

// An entry of a newer peer: stored, signed, forwarded byte for byte; no effect here.
struct Opaque {
  std::string bytes;
  friend auto operator<=>(const Opaque&, const Opaque&) = default;
};

using Entry = std::variant<Change, Open, Close, Verdict, Cut, Kept, Opaque>;

// Canonical bytes: equal entries give equal bytes on every platform. The journal and seq are not repeated in them.
std::string Encode(const Entry& entry, const base::JournalId& journal, uint64_t seq);

// Never fails on what a newer peer may have written: an unknown kind, or bytes that do not encode back to
// themselves, become Opaque. Errors: kInvalidArgument for an entry above the limits of base/limits.h.
absl::StatusOr<Entry> Decode(absl::string_view bytes, const base::JournalId& journal, uint64_t seq);

// Only the first byte is looked at.
bool IsChange(absl::string_view bytes);

// Hash chain: ChainStart binds the journal's name, each entry hashes onto the one before.
base::Hash256 ChainStart(const base::JournalId& journal);
base::Hash256 ChainNext(const base::Hash256& previous, absl::string_view entry_bytes);

// A point of a journal.
struct Head {
  uint64_t seq = 0;
  base::Hash256 hash{};
  friend auto operator<=>(const Head&, const Head&) = default;
};

// A head under its author's signature (64 bytes, Ed25519 over HeadMessage).
struct SignedHead {
  Head head;
  std::string signature;
};
std::string HeadMessage(const base::JournalId& journal, const Head& head);

// The name of an incarnation.
base::Origin OriginOf(absl::string_view signing_public_key, absl::string_view nonce);
base::NodeId NodeOf(absl::string_view signing_public_key);

// Id of the record that a re-issued creation makes: the same whoever re-issues it, so that it counts once.
base::RecordId ReissuedId(const base::ScopeId& scope, uint64_t old_hash, uint32_t index);
// Id of a record that follows from a key, such as a task: two devices that never met create the same record.
base::RecordId DerivedId(const base::ScopeId& scope, uint32_t type, absl::string_view key);

// A consecutive part of a journal that ends on a signed head, as it travels. Entry bytes are canonical.
struct EntryBatch {
  base::JournalId journal;
  uint64_t first_seq = 0;            // >= 1
  std::vector<std::string> entries;  // canonical bytes; entry i has seq first_seq + i
  std::vector<SignedHead> heads;     // ascending; the last one is the last entry's. Their hashes do not travel:
                                     // `head.hash` is empty until the receiver has computed the chain.
  uint64_t last_seq() const { return first_seq + entries.size() - 1; }
};

}  // namespace guanhu::model
