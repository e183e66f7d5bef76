// What a node keeps in memory of a scope and its journals. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/ids.h"
#include "common/model/entry.h"
#include "common/model/record.h"
#include "common/node/seams.h"
#include "common/sync/frames.h"

namespace guanhu::node {

struct RecordKeyId {
  uint32_t type = 0;
  base::RecordId id;
  friend auto operator<=>(const RecordKeyId&, const RecordKeyId&) = default;
};

struct JournalRow {
  base::Hash256 chain{};
  std::string entry;
};

struct ClosePoint {
  uint64_t seq = 0;
  base::Hash256 hash{};
  friend auto operator<=>(const ClosePoint&, const ClosePoint&) = default;
};

struct JournalState {
  model::Head have;         // durable and chained
  bool forked = false;      // another branch was seen; nothing more is written here by its author
  uint64_t processed = 0;   // entries that took effect, wait or are held; below `have` only while states are made anew
  uint64_t full_from = 1;   // own journals: after a rebuild contexts are written in full again
  uint64_t point_hash = 0;  // this journal's part of the scope's vector digest
};

// Why a change waits: the edit (or, with `branch`, the verdict on the branch) that must come first.
struct Cause {
  base::Origin origin;
  uint64_t seq = 0;
  bool branch = false;
};

struct WaitingChange {
  std::set<RecordKeyId> records;
  Cause cause;
};

// The city's word on a change; of several the one of the highest epoch, then the latest entry, stands.
struct VerdictInfo {
  bool adopt = false;
  uint64_t epoch = 0;
  base::Origin by;
  uint64_t by_seq = 0;
  base::PersonId person;
  std::string reason;
};

struct CutInfo {
  std::map<base::JournalId, uint64_t> good;
  std::string reason;
};

using AsideKey = std::tuple<base::JournalId, uint64_t, uint64_t>;  // journal, seq, first 8 bytes of the chain hash
struct AsideInfo {
  bool kept = false;      // the city stores it; filled in by Node::AsideStateOf only
  bool reissued = false;  // its device wrote it again
  bool proven = false;    // stood in a journal here, or came under its author's signature; else it is a peer's word
};

// A cut branch of a journal, up to some entry: which records it created, and what its author had seen of each record.
struct CutBranch {
  base::JournalId journal;
  base::Hash256 tip{};                  // chain hash of the last entry taken in
  uint64_t fork_seq = 0;                // last entry that it shares with the journal that is held here
  std::map<uint64_t, uint64_t> hashes;  // of its own entries: seq -> first 8 bytes of the chain hash
  std::map<RecordKeyId, model::VersionVector> seen;
};

struct ScopeState {
  std::map<base::Origin, JournalState> journals;
  std::map<base::Origin, ClosePoint> closes;
  std::map<std::pair<base::Origin, uint64_t>, VerdictInfo> verdicts;
  std::map<std::pair<base::Origin, uint64_t>, std::string> held;  // reasons of this node, verdicts included
  std::map<std::pair<base::Origin, uint64_t>, WaitingChange> waiting;
  std::optional<sync::CityAck> ack;
  std::map<base::Origin, std::pair<uint64_t, uint64_t>> acked;  // seq, hash of `ack`
  model::StateDigest states;
  uint64_t vector_sum = 0;
};

}  // namespace guanhu::node
