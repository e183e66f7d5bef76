// One exchange with one peer: a state machine without socket, thread, clock or chance. One Session is one connection.
// Not thread-safe. Frames may arrive in any state; a Session never waits for its own writing.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sync/frames.h"
#include "common/sync/replica.h"

namespace guanhu::sync {

struct Event {
  enum Kind { kEqual, kRevoked, kRefused, kStatesDiffer, kProgress } kind;
  std::string text;
};

// The driver does these in order; nothing in `send` rests on a commit that is not durable.
struct Output {
  std::vector<Ingest> ingest;  // hand to the node; answer with OnIngested, same order
  std::vector<Frame> send;
  std::vector<Event> events;
};

class Session {
 public:
  // `peer` is authenticated by the link. `replica` outlives the session.
  Session(Replica* replica, base::NodeId peer, bool initiator);

  Output Start(absl::Time now);
  // Errors: kInvalidArgument the peer breaks the protocol; kAborted start a new session. Either ends this one.
  absl::StatusOr<Output> OnFrame(const Frame& frame, absl::Time now);
  absl::StatusOr<Output> OnIngested(const std::vector<Ingest>& ingest, const std::vector<Outcome>& outcomes,
                                    absl::Time now);
  // Something moved at this node; it need not concern the peer.
  absl::StatusOr<Output> OnChanged(const Changes& changes, absl::Time now);
  // Asks the peer whether both are still equal.
  Output StartProbe(absl::Time now);

  // Nothing is on the way to the peer and both said that they are equal since the last change seen here.
  bool quiet() const { return greeted_ && queue_.empty() && in_flight_.empty() && equal_; }
  // Everything that this node had to give has been acknowledged, and the peer's vectors are known: those of
  // this node's journals where the peer shows nothing else.
  bool delivered() const;
  base::NodeId peer() const { return peer_; }
  const PeerView& view() const { return view_; }
  // The parent's durable position in a journal, as far as this session knows; 0 if unknown.
  uint64_t PeerHas(const base::JournalId& journal) const;

 private:
  struct Track {
    uint64_t peer_has = 0;
    uint64_t sent = 0;
    bool stopped = false;
  };
  struct Flight {
    uint64_t frame = 0;
    base::JournalId journal;
    uint64_t last_seq = 0;
    size_t bytes = 0;
    std::vector<HeldMark> marks = {};
    std::vector<AsideId> aside = {};
  };
  using QueueKey = std::pair<int, base::JournalId>;

  absl::Status Handle(const Hello& f, Output& out, absl::Time now);
  absl::Status Handle(const Probe& f, Output& out, absl::Time now);
  absl::Status Handle(const Digests& f, Output& out, absl::Time now);
  absl::Status Handle(const Have& f, Output& out, absl::Time now);
  absl::Status Handle(const Offer& f, Output& out, absl::Time now);
  absl::Status Handle(const Positions& f, Output& out, absl::Time now);
  absl::Status Handle(const Batch& f, Output& out, absl::Time now);
  absl::Status Handle(const CityAck& f, Output& out, absl::Time now);
  absl::Status Handle(const HeldMarks& f, Output& out, absl::Time now);
  absl::Status Handle(const AsideItems& f, Output& out, absl::Time now);
  absl::Status Handle(const Fork& f, Output& out, absl::Time now);
  absl::Status Handle(const Ack& f, Output& out, absl::Time now);
  absl::Status Handle(const Notice& f, Output& out, absl::Time now);

  bool Common(const base::ScopeId& scope) const;
  void Totals(uint64_t* digest, uint64_t* states);
  void SendDigestsOrHaves(Output& out);
  void SendDigests(bool states, Output& out);
  uint64_t ViewHash() const;
  void SendHave(const base::ScopeId& scope, Output& out);
  void AssumeEqual(const base::ScopeId& scope);
  void ReviewView(Output& out);
  void CompareHave(const Have& theirs, Output& out);
  void ComparePoint(const Point& theirs, const Point& mine, Output& out);
  void OnDiverged(const Point& theirs, uint64_t my_hash, Output& out);
  void NoteParent(const base::JournalId& journal, uint64_t seq, bool exact, Output& out);
  void Answer(const Ingest& item, const Outcome& outcome, Ack& ack, Output& out);
  void Count(size_t bytes, const base::JournalId& journal, uint64_t last_seq);
  bool WindowOpen() const;
  void Enqueue(const base::JournalId& journal);
  void SendOffers(Output& out);
  void SendAck(const base::ScopeId& scope, uint64_t known_epoch, uint64_t known_serial, Output& out);
  absl::Status Pump(Output& out);
  void PumpControl(Output& out);

  Replica* const replica_;
  const base::NodeId peer_;
  const bool initiator_;
  PeerView view_;
  uint64_t view_version_ = ~uint64_t{0};
  base::Origin peer_store_;
  bool said_hello_ = false;
  bool greeted_ = false;
  bool equal_ = false;
  bool digests_sent_ = false;
  bool states_sent_ = false;
  bool notice_sent_ = false;
  bool takes_only_ = false;  // the peer takes what is handed in and shows nothing
  bool awaits_probe_ = false;
  std::set<base::ScopeId> have_sent_;
  std::set<base::ScopeId> active_;                                   // the peer's vector is known
  std::map<base::ScopeId, Have> early_;                              // Haves of scopes that are not common here yet
  std::map<base::ScopeId, std::pair<uint64_t, uint64_t>> peer_ack_;  // epoch, serial that the peer knows
  std::set<base::ScopeId> ack_only_;                                 // scopes of journals that the peer offered
  std::map<base::JournalId, Track> tracks_;
  std::set<base::JournalId> offered_;
  std::set<QueueKey> queue_;
  std::deque<Flight> in_flight_;
  size_t in_flight_bytes_ = 0;
  uint64_t frames_sent_ = 0;
  uint64_t frames_taken_ = 0;  // durable frames of the peer that are answered
  std::set<std::tuple<base::JournalId, uint64_t, uint64_t>> marks_sent_;
  std::set<std::tuple<base::JournalId, uint64_t, uint64_t>> aside_sent_;
};

}  // namespace guanhu::sync
