#include "common/sync/session.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/limits.h"
#include "common/base/status.h"

namespace guanhu::sync {
namespace {

// Up to this many scopes their vectors are sent at once; beyond it digests first tell which ones differ.
constexpr size_t kDirectScopes = 4;
// Quarantined bytes of one frame.
constexpr size_t kAsideFrameBytes = 64 * 1024;

}  // namespace

Session::Session(Replica* replica, base::NodeId peer, bool initiator)
    : replica_(replica), peer_(peer), initiator_(initiator) {}

bool Session::Common(const base::ScopeId& scope) const {
  return std::binary_search(view_.common.begin(), view_.common.end(), scope);
}

uint64_t Session::PeerHas(const base::JournalId& journal) const {
  auto it = tracks_.find(journal);
  return it == tracks_.end() ? 0 : it->second.peer_has;
}

bool Session::delivered() const {
  if (!greeted_ || !queue_.empty() || !in_flight_.empty()) return false;
  for (const base::ScopeId& s : view_.common) {
    if (!takes_only_ && !active_.contains(s)) return false;
    if (!takes_only_) continue;
    const Have mine = replica_->HaveOf(s);
    if (!std::all_of(mine.points.begin(), mine.points.end(),
                     [&](const Point& p) { return tracks_.contains(p.journal); }))
      return false;
  }
  return std::all_of(offered_.begin(), offered_.end(), [&](const base::JournalId& j) { return tracks_.contains(j); });
}

void Session::Totals(uint64_t* digest, uint64_t* states) {
  // A sum over scopes of hashes that already bind the scope: order does not matter and no scope can hide another.
  *digest = 0x9E3779B97F4A7C15u;
  *states = 1;
  bool unsettled = false;
  for (const base::ScopeId& s : view_.common) {
    const ScopeDigest d = replica_->DigestOf(s);
    *digest += d.digest;
    *states += d.states;
    unsettled |= d.states == 0;
  }
  if (unsettled) *states = 0;
}

Output Session::Start(absl::Time now) {
  Output out;
  view_ = replica_->ViewOf(peer_);
  view_version_ = replica_->directory_version();
  Hello hello;
  hello.node = replica_->node();
  hello.store = replica_->store();
  hello.wall_ms = replica_->corrected_wall_ms(absl::ToUnixMillis(now));
  Totals(&hello.digest, &hello.states);
  said_hello_ = true;
  out.send.push_back(hello);
  return out;
}

absl::StatusOr<Output> Session::OnFrame(const Frame& frame, absl::Time now) {
  Output out;
  if (!greeted_ && !std::holds_alternative<Hello>(frame)) {
    return absl::InvalidArgumentError("the peer sent a frame before its hello; it may speak another protocol");
  }
  ReviewView(out);
  GUANHU_RETURN_IF_ERROR(std::visit([&](const auto& f) { return Handle(f, out, now); }, frame));
  GUANHU_RETURN_IF_ERROR(Pump(out));
  return out;
}

absl::Status Session::Handle(const Hello& f, Output& out, absl::Time now) {
  if (greeted_) return absl::InvalidArgumentError("the peer sent a second hello");
  if (f.protocol != kProtocol) {
    return absl::FailedPreconditionError(
        absl::StrCat("the peer speaks protocol ", f.protocol, ", this program ", kProtocol, ": update the older one"));
  }
  if (f.node != peer_) {
    return absl::InvalidArgumentError(absl::StrCat("the peer calls itself ", base::ToText(f.node.value),
                                                   " but its certificate says ", base::ToText(peer_.value)));
  }
  if (!said_hello_) {
    Output mine = Start(now);
    out.send.insert(out.send.end(), mine.send.begin(), mine.send.end());
  }
  greeted_ = true;
  peer_store_ = f.store;
  if (view_.hand_in_only && !std::exchange(notice_sent_, true))
    out.send.push_back(Notice{NoticeCode::kRevoked, view_.reason});
  if (view_.relation == Relation::kParent) out.ingest.push_back(PeerClock{f.wall_ms});
  uint64_t digest = 0, states = 0;
  Totals(&digest, &states);
  if (digest == f.digest && !view_.hand_in_only) {
    for (const base::ScopeId& s : view_.common) AssumeEqual(s);
    equal_ = true;
    out.events.push_back({Event::kEqual, ""});
    if (states != 0 && f.states != 0 && states != f.states) SendDigests(/*states=*/true, out);
  } else {
    SendDigestsOrHaves(out);
  }
  ReviewView(out);
  SendOffers(out);
  return absl::OkStatus();
}

Output Session::StartProbe(absl::Time) {
  Output out;
  if (!greeted_) return out;
  uint64_t digest = 0, states = 0;
  Totals(&digest, &states);
  awaits_probe_ = true;
  out.send.push_back(Probe{Probe::kAsk, Probe::Mix(digest, states), 0});
  return out;
}

absl::Status Session::Handle(const Probe& f, Output& out, absl::Time) {
  uint64_t digest = 0, states = 0;
  Totals(&digest, &states);
  const bool idle = queue_.empty() && in_flight_.empty();
  if (f.kind == Probe::kAsk) {
    const bool same = Probe::Mix(digest, states) == f.digest;
    equal_ = same && idle;
    out.send.push_back(same ? Probe{Probe::kEqual, 0, 0} : Probe{Probe::kDiffer, digest, states});
    if (!same && idle) have_sent_.clear();
    return absl::OkStatus();
  }
  if (!awaits_probe_) return absl::InvalidArgumentError("the peer answered a question that was not asked");
  awaits_probe_ = false;
  equal_ = idle && (f.kind == Probe::kEqual || f.digest == digest);
  if (equal_) out.events.push_back({Event::kEqual, ""});
  if (f.kind == Probe::kEqual) return absl::OkStatus();
  if (!equal_ && idle) {
    have_sent_.clear();
    digests_sent_ = false;
    SendDigestsOrHaves(out);
  } else if (equal_ && states != 0 && f.states != 0 && states != f.states) {
    states_sent_ = false;
    SendDigests(/*states=*/true, out);
  }
  return absl::OkStatus();
}

void Session::SendDigestsOrHaves(Output& out) {
  if (view_.hand_in_only) return;
  if (view_.common.size() > kDirectScopes) {
    SendDigests(/*states=*/false, out);
    return;
  }
  for (const base::ScopeId& s : view_.common) SendHave(s, out);
}

uint64_t Session::ViewHash() const {
  std::string names = "guanhu-view-1";
  for (const base::ScopeId& s : view_.common) {
    base::PutFixed64(names, s.place.value);
    names.push_back(static_cast<char>(s.visibility));
  }
  return base::Prefix64(base::Sha256(names));
}

void Session::SendDigests(bool states, Output& out) {
  if (std::exchange(states ? states_sent_ : digests_sent_, true)) return;
  Digests d;
  d.view = ViewHash();
  d.states = states;
  for (const base::ScopeId& s : view_.common) {
    const ScopeDigest mine = replica_->DigestOf(s);
    d.values.push_back(states ? mine.states : mine.digest);
  }
  out.send.push_back(std::move(d));
}

void Session::SendHave(const base::ScopeId& scope, Output& out) {
  if (!have_sent_.insert(scope).second) return;
  out.send.push_back(replica_->HaveOf(scope));
}

void Session::AssumeEqual(const base::ScopeId& scope) {
  const Have mine = replica_->HaveOf(scope);
  for (const Point& p : mine.points) {
    Track& t = tracks_[p.journal];
    t.peer_has = std::max(t.peer_has, p.seq);
    t.sent = std::max(t.sent, p.seq);
  }
  peer_ack_[scope] = {mine.ack_epoch, mine.ack_serial};
  active_.insert(scope);
}

absl::Status Session::Handle(const Digests& f, Output& out, absl::Time) {
  if (view_.hand_in_only) {
    // Nothing is told; a list that fits nobody's view makes the peer say what it has to hand in.
    out.send.push_back(Digests{});
    return absl::OkStatus();
  }
  if (f.view != ViewHash() || f.values.size() != view_.common.size()) {
    // The sides do not agree on what both hold, as after a change of the place tree that one has not heard of.
    for (const base::ScopeId& s : view_.common) SendHave(s, out);
    return absl::OkStatus();
  }
  for (size_t i = 0; i < f.values.size(); ++i) {
    const ScopeDigest mine = replica_->DigestOf(view_.common[i]);
    if (f.states) {
      if (mine.states == 0 || f.values[i] == 0 || mine.states == f.values[i]) continue;
      out.ingest.push_back(StatesDiffer{mine.scope});
      out.events.push_back({Event::kStatesDiffer, base::ToText(mine.scope)});
    } else if (mine.digest == f.values[i]) {
      AssumeEqual(mine.scope);
    } else {
      SendHave(mine.scope, out);
    }
  }
  SendDigests(f.states, out);
  return absl::OkStatus();
}

absl::Status Session::Handle(const Have& f, Output& out, absl::Time) {
  if (view_.hand_in_only && view_.relation != Relation::kChild) return absl::OkStatus();
  if (view_.hand_in_only) {
    // The peer hears only how far its own work has come.
    Positions p;
    for (const Point& theirs : f.points) {
      p.points.push_back(replica_->PositionOf(theirs.journal));
      const std::optional<uint64_t> hash =
          theirs.seq == 0 ? std::nullopt : replica_->HashAt(theirs.journal, theirs.seq);
      if (hash.value_or(theirs.hash) != theirs.hash) OnDiverged(theirs, hash.value_or(0), out);
    }
    out.send.push_back(std::move(p));
    return absl::OkStatus();
  }
  if (!Common(f.scope)) {
    if (early_.size() < base::kVectorEntriesMax) early_[f.scope] = f;
    return absl::OkStatus();
  }
  CompareHave(f, out);
  SendHave(f.scope, out);
  return absl::OkStatus();
}

void Session::CompareHave(const Have& theirs, Output& out) {
  const Have mine = replica_->HaveOf(theirs.scope);
  std::map<base::JournalId, Point> peer;
  for (const Point& p : theirs.points) peer[p.journal] = p;
  for (const Point& p : mine.points) {
    auto it = peer.find(p.journal);
    ComparePoint(it == peer.end() ? Point{p.journal, 0, 0} : it->second, p, out);
    if (it != peer.end()) peer.erase(it);
  }
  for (const auto& [journal, point] : peer) ComparePoint(point, Point{journal, 0, 0}, out);
  active_.insert(theirs.scope);
  peer_ack_[theirs.scope] = {theirs.ack_epoch, theirs.ack_serial};
  SendAck(theirs.scope, theirs.ack_epoch, theirs.ack_serial, out);
}

void Session::ComparePoint(const Point& theirs, const Point& mine, Output& out) {
  Track& t = tracks_[theirs.journal];
  const bool diverged = std::exchange(t.stopped, false);
  if (theirs.seq > mine.seq) {
    t.peer_has = t.sent = theirs.seq;
    if (!diverged && offered_.contains(theirs.journal)) out.ingest.push_back(ParentExtends{mine, theirs});
    if (replica_->IsOwn(theirs.journal.origin)) out.ingest.push_back(OwnAhead{theirs});
    return;
  }
  const std::optional<uint64_t> hash = theirs.seq == 0 ? std::nullopt : replica_->HashAt(theirs.journal, theirs.seq);
  if (hash && *hash != theirs.hash) {
    OnDiverged(theirs, *hash, out);
    return;
  }
  t.peer_has = t.sent = theirs.seq;
  NoteParent(theirs.journal, theirs.seq, /*exact=*/true, out);
  if (mine.seq > theirs.seq) Enqueue(theirs.journal);
}

void Session::OnDiverged(const Point& theirs, uint64_t my_hash, Output& out) {
  tracks_[theirs.journal].stopped = true;
  const Point head = replica_->PositionOf(theirs.journal);
  out.send.push_back(Fork{theirs.journal, theirs.seq, my_hash, head});
  out.ingest.push_back(ForkSeen{theirs.journal, theirs.seq, theirs.hash, theirs});
}

void Session::NoteParent(const base::JournalId& journal, uint64_t seq, bool exact, Output& out) {
  if (view_.relation != Relation::kParent) return;
  const std::optional<uint64_t> hash = seq == 0 ? std::optional<uint64_t>(0) : replica_->HashAt(journal, seq);
  if (hash) out.ingest.push_back(ParentHolds{{journal, seq, *hash}, exact});
}

void Session::Enqueue(const base::JournalId& journal) {
  if (view_.hand_in_only || tracks_[journal].stopped) return;
  queue_.insert({replica_->PriorityOf(journal), journal});
  equal_ = false;
}

absl::Status Session::Handle(const Offer& f, Output& out, absl::Time) {
  if (view_.hand_in_only && view_.relation != Relation::kChild) return absl::OkStatus();
  Positions p;
  for (const Point& theirs : f.points) {
    const Point mine = replica_->PositionOf(theirs.journal);
    if (!Common(theirs.journal.scope)) ack_only_.insert(theirs.journal.scope);
    p.points.push_back(mine);
    if (theirs.seq == 0) continue;
    const std::optional<uint64_t> hash = replica_->HashAt(theirs.journal, theirs.seq);
    if (!hash) continue;
    if (*hash != theirs.hash) {
      OnDiverged(theirs, *hash, out);
    } else if (replica_->Yielded(theirs.journal)) {
      out.send.push_back(Fork{theirs.journal, theirs.seq, 0, mine});  // the peer holds the same branch
    } else if (const std::optional<Point> city = replica_->CityBeyond(theirs.journal)) {
      p.points.back() = *city;  // tells the peer that its prefix need not be offered again
    }
  }
  out.send.push_back(std::move(p));
  if (!view_.hand_in_only) {
    for (const base::ScopeId& s : ack_only_) SendAck(s, peer_ack_[s].first, peer_ack_[s].second, out);
  }
  return absl::OkStatus();
}

absl::Status Session::Handle(const Positions& f, Output& out, absl::Time) {
  for (const Point& theirs : f.points) {
    // A peer that takes only what is handed in may ask for nothing else.
    if (view_.hand_in_only ||
        (!Common(theirs.journal.scope) && !offered_.contains(theirs.journal) && !tracks_.contains(theirs.journal)))
      continue;
    ComparePoint(theirs, replica_->PositionOf(theirs.journal), out);
  }
  return absl::OkStatus();
}

absl::Status Session::Handle(const Batch& f, Output& out, absl::Time) {
  equal_ = false;
  out.ingest.push_back(f.batch);
  return absl::OkStatus();
}

absl::Status Session::Handle(const CityAck& f, Output& out, absl::Time) {
  peer_ack_[f.scope] = {f.epoch, f.serial};
  out.ingest.push_back(f);
  return absl::OkStatus();
}

absl::Status Session::Handle(const HeldMarks& f, Output& out, absl::Time) {
  out.ingest.push_back(f);
  return absl::OkStatus();
}

absl::Status Session::Handle(const AsideItems& f, Output& out, absl::Time) {
  out.ingest.push_back(f);
  return absl::OkStatus();
}

absl::Status Session::Handle(const Fork& f, Output& out, absl::Time) {
  const std::optional<uint64_t> mine = replica_->HashAt(f.journal, f.seq);
  if (!mine || *mine == f.hash) return absl::OkStatus();
  tracks_[f.journal].stopped = true;
  out.ingest.push_back(ForkSeen{f.journal, f.seq, f.hash, f.head});
  return absl::OkStatus();
}

absl::Status Session::Handle(const Ack& f, Output& out, absl::Time) {
  if (f.upto > frames_sent_) return absl::InvalidArgumentError("the peer acknowledged frames that were not sent");
  while (!in_flight_.empty() && in_flight_.front().frame <= f.upto) {
    const Flight& flight = in_flight_.front();
    in_flight_bytes_ -= flight.bytes;
    if (flight.last_seq > 0 && !std::binary_search(f.failed.begin(), f.failed.end(), flight.frame)) {
      Track& t = tracks_[flight.journal];
      t.peer_has = std::max(t.peer_has, flight.last_seq);
      NoteParent(flight.journal, flight.last_seq, /*exact=*/false, out);
    }
    if (!flight.marks.empty()) out.ingest.push_back(MarksTaken{flight.marks});
    if (!flight.aside.empty()) out.ingest.push_back(AsideTaken{flight.aside, peer_store_});
    in_flight_.pop_front();
  }
  return absl::OkStatus();
}

absl::Status Session::Handle(const Notice& f, Output& out, absl::Time) {
  if (f.code == NoticeCode::kRevoked && !std::exchange(takes_only_, true)) {
    // The peer answers no digests: every vector is said, so that it can tell how far it holds each journal.
    have_sent_.clear();
    for (const base::ScopeId& s : view_.common) SendHave(s, out);
    SendOffers(out);
  }
  out.events.push_back({f.code == NoticeCode::kRefused ? Event::kRefused : Event::kRevoked, f.text});
  return absl::OkStatus();
}

absl::StatusOr<Output> Session::OnIngested(const std::vector<Ingest>& ingest, const std::vector<Outcome>& outcomes,
                                           absl::Time) {
  if (ingest.size() != outcomes.size()) return absl::InternalError("one outcome for each item is expected");
  Output out;
  Ack ack;
  const uint64_t before = frames_taken_;
  for (size_t i = 0; i < ingest.size(); ++i) Answer(ingest[i], outcomes[i], ack, out);
  if (frames_taken_ != before) {
    ack.upto = frames_taken_;
    out.send.push_back(std::move(ack));
  }
  ReviewView(out);
  GUANHU_RETURN_IF_ERROR(Pump(out));
  return out;
}

void Session::Answer(const Ingest& item, const Outcome& outcome, Ack& ack, Output& out) {
  const auto* batch = std::get_if<model::EntryBatch>(&item);
  const bool counted = batch != nullptr || std::holds_alternative<CityAck>(item) ||
                       std::holds_alternative<HeldMarks>(item) || std::holds_alternative<AsideItems>(item);
  if (counted) ++frames_taken_;
  if (outcome.kind == Outcome::kDone) {
    if (batch != nullptr) {
      Track& t = tracks_[batch->journal];
      t.peer_has = std::max(t.peer_has, batch->last_seq());
      t.sent = std::max(t.sent, batch->last_seq());
    }
    return;
  }
  if (counted) ack.failed.push_back(frames_taken_);
  if (outcome.kind == Outcome::kGap) {
    out.send.push_back(Positions{{outcome.position}});
  } else if (outcome.kind == Outcome::kFork) {
    tracks_[outcome.position.journal].stopped = true;
    out.send.push_back(Fork{outcome.position.journal, outcome.fork_seq, outcome.fork_hash, outcome.position});
  } else {
    out.send.push_back(Notice{NoticeCode::kRefused, outcome.reason});
    out.events.push_back({Event::kRefused, outcome.reason});
  }
}

absl::StatusOr<Output> Session::OnChanged(const Changes& changes, absl::Time) {
  Output out;
  if (!greeted_) return out;
  ReviewView(out);
  for (const base::JournalId& j : changes.truncated) {
    auto it = tracks_.find(j);
    if (it == tracks_.end() || view_.hand_in_only) continue;
    it->second.stopped = false;
    out.send.push_back(Positions{{replica_->PositionOf(j)}});
  }
  for (const base::JournalId& j : changes.journals) {
    auto it = tracks_.find(j);
    const bool active = Common(j.scope) && active_.contains(j.scope);
    if (!active && it == tracks_.end()) continue;
    const uint64_t mine = replica_->PositionOf(j).seq;
    if (mine > tracks_[j].sent) Enqueue(j);
  }
  for (const base::ScopeId& s : changes.acks) {
    if (active_.contains(s) || ack_only_.contains(s)) SendAck(s, peer_ack_[s].first, peer_ack_[s].second, out);
  }
  SendOffers(out);
  GUANHU_RETURN_IF_ERROR(Pump(out));
  return out;
}

void Session::SendAck(const base::ScopeId& scope, uint64_t known_epoch, uint64_t known_serial, Output& out) {
  if (view_.relation == Relation::kParent || view_.hand_in_only) return;  // acknowledgements come down, never up
  std::optional<CityAck> ack = replica_->AckOf(scope);
  if (!ack || std::pair(ack->epoch, ack->serial) <= std::pair(known_epoch, known_serial)) return;
  if (known_epoch == ack->epoch) ack->credential.clear();
  peer_ack_[scope] = {ack->epoch, ack->serial};
  Count(0, {}, 0);
  out.send.push_back(std::move(*ack));
}

void Session::ReviewView(Output& out) {
  if (!said_hello_ || replica_->directory_version() == view_version_) return;
  view_version_ = replica_->directory_version();
  PeerView next = replica_->ViewOf(peer_);
  const PeerView before = std::exchange(view_, std::move(next));
  if (view_.hand_in_only) {
    queue_.clear();
    active_.clear();
    tracks_.clear();
    if (!notice_sent_) out.send.push_back(Notice{NoticeCode::kRevoked, view_.reason});
    notice_sent_ = true;
    return;
  }
  for (const base::ScopeId& s : before.common) {
    if (Common(s)) continue;
    active_.erase(s);
    have_sent_.erase(s);
    std::erase_if(queue_, [&](const QueueKey& k) { return k.second.scope == s; });
    std::erase_if(tracks_, [&](const auto& t) { return t.first.scope == s; });
    std::erase_if(offered_, [&](const base::JournalId& j) { return j.scope == s; });
  }
  if (!greeted_) return;
  for (const base::ScopeId& s : view_.common) {
    if (std::binary_search(before.common.begin(), before.common.end(), s)) continue;
    equal_ = false;
    SendHave(s, out);
    auto it = early_.find(s);
    if (it == early_.end()) continue;
    const Have theirs = std::move(it->second);
    early_.erase(it);
    CompareHave(theirs, out);
  }
  SendOffers(out);
}

void Session::SendOffers(Output& out) {
  if (!greeted_ || view_.relation != Relation::kParent || view_.hand_in_only) return;
  Offer offer;
  for (const Point& p : replica_->TransitFor(view_, takes_only_)) {
    if (offered_.insert(p.journal).second) {
      offer.points.push_back(p);
    } else if (auto it = tracks_.find(p.journal); it != tracks_.end() && p.seq > it->second.sent) {
      Enqueue(p.journal);
    }
  }
  if (!offer.points.empty()) {
    equal_ = false;
    out.send.push_back(std::move(offer));
  }
}

bool Session::WindowOpen() const {
  return in_flight_.size() < base::kInFlightFramesMax && in_flight_bytes_ < base::kInFlightBytesMax;
}

void Session::Count(size_t bytes, const base::JournalId& journal, uint64_t last_seq) {
  in_flight_.push_back({++frames_sent_, journal, last_seq, bytes});
  in_flight_bytes_ += bytes;
}

absl::Status Session::Pump(Output& out) {
  while (WindowOpen() && !queue_.empty()) {
    const QueueKey key = *queue_.begin();
    queue_.erase(queue_.begin());
    Track& t = tracks_[key.second];
    if (t.stopped) continue;
    GUANHU_ASSIGN_OR_RETURN(model::EntryBatch batch, replica_->ReadSuffix(key.second, t.sent));
    if (batch.entries.empty()) continue;
    t.sent = batch.last_seq();
    size_t bytes = 0;
    for (const std::string& e : batch.entries) bytes += e.size();
    Count(bytes, key.second, t.sent);
    if (replica_->PositionOf(key.second).seq > t.sent) queue_.insert(key);
    out.send.push_back(Batch{std::move(batch)});
  }
  if (queue_.empty()) PumpControl(out);
  return absl::OkStatus();
}

void Session::PumpControl(Output& out) {
  if (!greeted_ || view_.relation != Relation::kParent || view_.hand_in_only || !WindowOpen()) return;
  HeldMarks marks;
  for (HeldMark& m : replica_->OpenMarks()) {
    if (marks_sent_.insert({m.journal, m.seq, m.by.value}).second) marks.marks.push_back(std::move(m));
  }
  if (!marks.marks.empty()) {
    Count(0, {}, 0);
    in_flight_.back().marks = marks.marks;
    out.send.push_back(std::move(marks));
  }
  AsideItems items;
  size_t bytes = 0;
  for (AsideItem& a : replica_->OpenAside(peer_store_)) {
    if (!aside_sent_.insert({a.journal, a.seq, base::Prefix64(a.chain)}).second) continue;
    bytes += a.entry.size();
    items.items.push_back(std::move(a));
    if (bytes > kAsideFrameBytes) break;
  }
  if (!items.items.empty()) {
    Count(bytes, {}, 0);
    for (const AsideItem& a : items.items)
      in_flight_.back().aside.push_back({a.journal, a.seq, base::Prefix64(a.chain)});
    out.send.push_back(std::move(items));
  }
}

}  // namespace guanhu::sync
