// What a Session reads of its node. Implemented by common/node; called from the session's thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "common/model/entry.h"
#include "common/sync/frames.h"

namespace guanhu::sync {

enum class Relation { kParent, kChild, kNeighbour };

// How this node sees a peer at the present state of the place tree and the device list.
struct PeerView {
  Relation relation = Relation::kNeighbour;
  bool hand_in_only = false;          // revoked: its work is taken, nothing is shown to it
  std::string reason;                 // why, for people
  std::vector<base::ScopeId> common;  // ascending; what both hold
};

class Replica {
 public:
  virtual ~Replica() = default;
  virtual base::NodeId node() const = 0;
  virtual base::Origin store() const = 0;
  virtual int64_t corrected_wall_ms(int64_t wall_ms) const = 0;
  virtual base::ScopeId county_scope() const = 0;
  // Changes whenever views may have changed.
  virtual uint64_t directory_version() const = 0;
  virtual PeerView ViewOf(base::NodeId peer) const = 0;
  virtual ScopeDigest DigestOf(const base::ScopeId& scope) = 0;
  virtual Have HaveOf(const base::ScopeId& scope) const = 0;
  // The chain here: nullopt beyond what is held. seq 0 is the chain start.
  virtual std::optional<uint64_t> HashAt(const base::JournalId& journal, uint64_t seq) const = 0;
  // Own position in a journal, held or in transit, or as acknowledged by the city when it is not stored here.
  virtual Point PositionOf(const base::JournalId& journal) const = 0;
  // The point that the city acknowledged, if the own head is known to lie on the way to it.
  virtual std::optional<Point> CityBeyond(const base::JournalId& journal) const = 0;
  // The branch held here was or will be cut, and its entries are in quarantine: nobody needs to offer it.
  virtual bool Yielded(const base::JournalId& journal) const = 0;
  virtual bool Closed(const base::JournalId& journal, Point* end) const = 0;
  // Whether `origin` is the incarnation that this store writes under now.
  virtual bool IsOwn(base::Origin origin) const = 0;
  // What must travel first: 0 the county's published scope, 1 the city's own journals (verdicts, closes), 2 the rest.
  virtual int PriorityOf(const base::JournalId& journal) const = 0;
  // Up to one frame of entries after `after`, ending on a signed head; empty entries when there is nothing to send.
  // Errors: kDataLoss when stored bytes are damaged.
  virtual absl::StatusOr<model::EntryBatch> ReadSuffix(const base::JournalId& journal, uint64_t after) = 0;
  // The newest city acknowledgement of a scope; the city makes it when its vector has moved.
  virtual std::optional<CityAck> AckOf(const base::ScopeId& scope) = 0;
  // Journals that a parent should be offered because the city has not acknowledged them and `common` does not cover
  // them. `all`: acknowledged ones too, for a peer that says nothing of acknowledgements.
  virtual std::vector<Point> TransitFor(const PeerView& view, bool all) const = 0;
  virtual std::vector<HeldMark> OpenMarks() const = 0;
  // Quarantined entries that the city is not known to keep and that the parent's store does not pass on already.
  virtual std::vector<AsideItem> OpenAside(base::Origin parent_store) const = 0;
};

// What a session asks its node to store or to note. The node answers each with an Outcome, after it is durable.
struct ForkSeen {
  base::JournalId journal;
  uint64_t seq = 0;
  uint64_t peer_hash = 0;
  Point peer_head;
};
struct OwnAhead {
  Point point;  // somebody holds more of an own journal than this store wrote
};
struct StatesDiffer {
  base::ScopeId scope;
};
// The parent's clock at the time of its Hello.
struct PeerClock {
  int64_t wall_ms = 0;
};
// The parent holds an own journal durably up to here. `exact` also lowers what was believed before.
struct ParentHolds {
  Point point;
  bool exact = false;
};
// The parent found `mine`, the head of an offered journal, on the chain that leads to `theirs`.
struct ParentExtends {
  Point mine;
  Point theirs;
};
// The parent stores these marks now.
struct MarksTaken {
  std::vector<HeldMark> marks;
};
// The parent's store stores these quarantined entries now.
struct AsideId {
  base::JournalId journal;
  uint64_t seq = 0;
  uint64_t hash = 0;
};
struct AsideTaken {
  std::vector<AsideId> items;
  base::Origin store;
};
using Ingest = std::variant<model::EntryBatch, CityAck, HeldMarks, AsideItems, ForkSeen, OwnAhead, StatesDiffer,
                            PeerClock, ParentHolds, ParentExtends, MarksTaken, AsideTaken>;

// What moved at a node in one commit.
struct Changes {
  std::vector<base::JournalId> journals;   // longer
  std::vector<base::JournalId> truncated;  // cut back: peers must hear the new position
  std::vector<base::ScopeId> acks;         // newer city acknowledgement
  bool control = false;                    // held marks or quarantine to pass on
  bool empty() const { return journals.empty() && truncated.empty() && acks.empty() && !control; }
};

struct Outcome {
  enum Kind { kDone, kGap, kFork, kRefused } kind = kDone;
  Point position;  // own position in the journal, for kGap and kFork
  uint64_t fork_seq = 0;
  uint64_t fork_hash = 0;
  std::string reason;  // for kRefused
};

}  // namespace guanhu::sync
