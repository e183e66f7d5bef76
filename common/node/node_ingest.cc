// What arrives from peers: verified, stored, processed, and only then acknowledged.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/limits.h"
#include "common/base/status.h"
#include "common/node/codec_rows.h"
#include "common/node/keys.h"
#include "common/node/node.h"

namespace guanhu::node {

using base::JournalId;
using base::ScopeId;
using store::Table;
using sync::Outcome;

namespace {

Outcome Refused(std::string why) { return {Outcome::kRefused, {}, 0, 0, std::move(why)}; }

// The number of the first entry whose size is not allowed; 0 if there is none.
uint64_t FirstOfWrongSize(const model::EntryBatch& batch, uint64_t skip) {
  for (uint64_t i = skip; i < batch.entries.size(); ++i) {
    if (batch.entries[i].empty() || batch.entries[i].size() > base::kEntryBytesMax) return batch.first_seq + i;
  }
  return 0;
}

// The chain hash after each entry from number `skip` on, `hash` being the one before.
std::vector<base::Hash256> ChainOf(base::Hash256 hash, const model::EntryBatch& batch, uint64_t skip) {
  std::vector<base::Hash256> chain;
  chain.reserve(batch.entries.size() - skip);
  for (uint64_t i = skip; i < batch.entries.size(); ++i)
    chain.push_back(hash = model::ChainNext(hash, batch.entries[i]));
  return chain;
}

}  // namespace

absl::StatusOr<std::vector<std::vector<Outcome>>> Node::Apply(const std::vector<FromPeer>& received, absl::Time now) {
  GUANHU_RETURN_IF_ERROR(failed_);
  Tx tx;
  tx_ = &tx;
  std::vector<std::vector<Outcome>> outcomes;
  absl::Status status;
  PrepareChecks(tx, received);
  for (const FromPeer& from : received) {
    std::vector<Outcome>& mine = outcomes.emplace_back();
    for (const sync::Ingest& item : *from.items) {
      absl::StatusOr<Outcome> outcome = IngestOne(tx, from.peer, item, now);
      if (!outcome.ok()) {
        status = outcome.status();
        break;
      }
      mine.push_back(*std::move(outcome));
    }
    if (!status.ok()) break;
  }
  if (status.ok()) status = AfterIngest(tx);
  if (status.ok()) status = Commit(tx);
  tx_ = nullptr;
  if (!status.ok()) failed_ = status;
  GUANHU_RETURN_IF_ERROR(status);
  return outcomes;
}

// Checking a signature takes as long as storing a dozen entries, and it needs nothing but the chain: of several batches
// the later ones are checked while the first are stored. Whatever does not fit here is checked at its turn.
void Node::PrepareChecks(Tx& tx, const std::vector<FromPeer>& received) const {
  std::map<JournalId, model::Head> heads;
  std::vector<SignatureCheck> checks;
  size_t entries = 0;
  for (const FromPeer& from : received) {
    if (from.items->size() < 2) continue;
    for (const sync::Ingest& item : *from.items) {
      const auto* batch = std::get_if<model::EntryBatch>(&item);
      const AuthorInfo* author = batch == nullptr ? nullptr : AuthorOf(batch->journal.origin);
      if (author == nullptr || batch->entries.empty()) continue;
      entries += batch->entries.size();
      const auto [at, added] = heads.try_emplace(batch->journal);
      if (added) {
        const JournalState* js = FindJournal(batch->journal);
        const bool any = js != nullptr && js->have.seq > 0;
        at->second = any ? js->have : model::Head{0, model::ChainStart(batch->journal)};
      }
      if (batch->first_seq != at->second.seq + 1) continue;
      PreparedBatch ready{at->second, {}, checks.size()};
      ready.chain = ChainOf(ready.from.hash, *batch, 0);
      for (const model::SignedHead& h : batch->heads) {
        if (h.head.seq < batch->first_seq || h.head.seq > batch->last_seq()) continue;
        const model::Head head{h.head.seq, ready.chain[h.head.seq - batch->first_seq]};
        checks.push_back({author->key, model::HeadMessage(batch->journal, head), h.signature});
      }
      at->second = {batch->last_seq(), ready.chain.back()};
      tx.prepared.emplace(batch, std::move(ready));
    }
  }
  tx.Expect(Table::kJournal, entries);
  tx.Expect(Table::kRecord, entries);
  tx.checks = trust_->VerifyBeside(std::move(checks));
}

absl::StatusOr<Outcome> Node::IngestOne(Tx& tx, base::NodeId peer, const sync::Ingest& item, absl::Time now) {
  if (const auto* batch = std::get_if<model::EntryBatch>(&item)) return IngestBatch(tx, peer, *batch);
  absl::Status status;
  Outcome done;
  if (const auto* ack = std::get_if<sync::CityAck>(&item)) {
    status = IngestAck(tx, *ack);
  } else if (const auto* marks = std::get_if<sync::HeldMarks>(&item)) {
    if (!ViewOf(peer).hand_in_only) status = IngestMarks(tx, *marks);  // a revoked device accuses nobody
  } else if (const auto* aside = std::get_if<sync::AsideItems>(&item)) {
    status = IngestAside(tx, *aside);
  } else if (const auto* fork = std::get_if<sync::ForkSeen>(&item)) {
    GUANHU_ASSIGN_OR_RETURN(const bool restarted, OnForkSeen(tx, *fork, peer));
    if (restarted) done = {Outcome::kGap, PositionOf(fork->journal), 0, 0, {}};
  } else if (const auto* ahead = std::get_if<sync::OwnAhead>(&item)) {
    if (IsOwn(ahead->point.journal.origin))
      NewIncarnation(tx, "a peer holds more of the own journal than was written here");
  } else if (const auto* differ = std::get_if<sync::StatesDiffer>(&item)) {
    Report(Events::kError, "states_differ", base::ToText(differ->scope));
    tx.rebuild.insert(differ->scope);
  } else if (const auto* clock = std::get_if<sync::PeerClock>(&item)) {
    clock_offset_ms_ = clock->wall_ms - absl::ToUnixMillis(now);
    clock_quality_ = model::ClockQuality::kSynced;
    std::string value;
    base::PutVarint(value, base::ZigZag(clock_offset_ms_));
    tx.Put(Table::kMeta, KeyOf(Meta::kClock), std::move(value));
  } else if (const auto* extends = std::get_if<sync::ParentExtends>(&item)) {
    const auto& acked = scopes_[extends->mine.journal.scope].acked;
    const auto at = acked.find(extends->mine.journal.origin);
    parent_beyond_[extends->mine.journal] = *extends;
    if (at != acked.end()) NoteBeyond({extends->mine.journal, at->second.first, at->second.second});
  } else if (const auto* taken = std::get_if<sync::MarksTaken>(&item)) {
    // The verdict on a change of a place that is not held here never comes by: passing the mark on was all there is to
    // do.
    for (const sync::HeldMark& m : taken->marks) {
      if (!subscribed_.contains(m.journal.scope)) DropMark(tx, m.journal, m.seq, m.by);
    }
  } else if (const auto* stored = std::get_if<sync::AsideTaken>(&item)) {
    // That the city keeps an entry is said in its own scope; where that is not held, the parent's word must do.
    for (const sync::AsideId& a : stored->items) {
      if (!subscribed_.contains(a.journal.scope)) aside_taken_[{a.journal, a.seq, a.hash}] = stored->store;
    }
  } else if (const auto* holds = std::get_if<sync::ParentHolds>(&item)) {
    uint64_t& seq = parent_has_[holds->point.journal];
    const uint64_t next = holds->exact ? holds->point.seq : std::max(seq, holds->point.seq);
    if (next != seq) {
      seq = next;
      std::string value;
      base::PutVarint(value, next);
      tx.Put(Table::kMeta, KeyOf(Meta::kParent, holds->point.journal), std::move(value));
    }
  }
  if (status.ok()) return done;
  // What the peer sent is wrong; what the store did is not the peer's fault.
  if (!absl::IsInvalidArgument(status) && !absl::IsPermissionDenied(status)) return status;
  return Outcome{Outcome::kRefused, {}, 0, 0, std::string(status.message())};
}

void Node::NoteContact(bool all_up, bool equal, absl::Time now) {
  ParentContact next = contact_;
  if (all_up) next.all_up_ms = absl::ToUnixMillis(now);
  if (equal) next.equal_ms = absl::ToUnixMillis(now);
  contact_ = next;
  store::Batch batch;
  std::string value;
  base::PutVarint(value, base::ZigZag(next.all_up_ms));
  base::PutVarint(value, base::ZigZag(next.equal_ms));
  batch.Put(Table::kMeta, KeyOf(Meta::kContact), std::move(value));
  // Worth no sync of its own: a lost note only makes the node more modest.
  if (failed_.ok()) failed_ = store_->Commit(batch, store::Durability::kBuffered);
}

absl::StatusOr<Outcome> Node::IngestBatch(Tx& tx, base::NodeId peer, const model::EntryBatch& batch) {
  const JournalId& j = batch.journal;
  const auto refuse = [](absl::string_view why) { return Outcome{Outcome::kRefused, {}, 0, 0, std::string(why)}; };
  if (batch.entries.empty() || batch.first_seq == 0) return refuse("an empty batch");
  if (!subscribed_.contains(j.scope)) {
    const sync::PeerView view = ViewOf(peer);
    if (view.relation != sync::Relation::kChild) {
      return refuse(absl::StrCat("journal ", base::ToText(j), " belongs to a place that is not held here"));
    }
  }
  JournalState* js = FindJournal(j);
  if (js == nullptr || js->have.seq == 0) {
    if (batch.first_seq != 1) return Outcome{Outcome::kGap, {j, 0, 0}, 0, 0, {}};
    const absl::StatusOr<AuthorInfo> author = Introduce(j, batch.entries.front());
    if (!author.ok()) return refuse(author.status().message());
    js = &scopes_[j.scope].journals[j.origin];
    js->have = {0, model::ChainStart(j)};
  }
  if (batch.first_seq > js->have.seq + 1) return Outcome{Outcome::kGap, PositionOf(j), 0, 0, {}};
  if (batch.last_seq() <= js->have.seq) return CompareHeld(batch);
  return AcceptEntries(tx, batch, js->have.seq + 1 - batch.first_seq);
}

// Acknowledging by number alone would call another branch stored.
absl::StatusOr<Outcome> Node::CompareHeld(const model::EntryBatch& batch) const {
  const JournalId& j = batch.journal;
  base::Hash256 chain = model::ChainStart(j);
  if (batch.first_seq > 1) {
    GUANHU_ASSIGN_OR_RETURN(const JournalRow before, EntryAt(j, batch.first_seq - 1));
    chain = before.chain;
  }
  for (const std::string& entry : batch.entries) chain = model::ChainNext(chain, entry);
  GUANHU_ASSIGN_OR_RETURN(const JournalRow mine, EntryAt(j, batch.last_seq()));
  if (mine.chain == chain) return Outcome{};
  return Outcome{Outcome::kFork, PositionOf(j), batch.last_seq(), base::Prefix64(mine.chain), {}};
}

absl::StatusOr<AuthorInfo> Node::Introduce(const JournalId& j, absl::string_view open_bytes) {
  GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(open_bytes, j, 1));
  const auto* open = std::get_if<model::Open>(&entry);
  if (open == nullptr)
    return absl::InvalidArgumentError(
        absl::StrCat("journal ", base::ToText(j), " does not start with its author's certificate"));
  GUANHU_ASSIGN_OR_RETURN(AuthorInfo author, trust_->CheckCertificate(open->certificate));
  if (model::OriginOf(author.key, open->nonce) != j.origin) {
    return absl::PermissionDeniedError(
        absl::StrCat("journal ", base::ToText(j), " is not named after its author's key"));
  }
  authors_[j.origin] = author;
  return author;
}

absl::StatusOr<Outcome> Node::AcceptEntries(Tx& tx, const model::EntryBatch& batch, uint64_t skip) {
  const JournalId& j = batch.journal;
  ScopeState& scope = scopes_[j.scope];
  JournalState& js = scope.journals[j.origin];
  const auto close = scope.closes.find(j.origin);
  const uint64_t end = close == scope.closes.end() ? ~uint64_t{0} : close->second.seq;
  const uint64_t wrong = FirstOfWrongSize(batch, skip);
  if (wrong != 0)
    return Refused(absl::StrCat("entry ", wrong, " of ", base::ToText(j), " has a size that is not allowed"));
  const auto ready = tx.prepared.find(&batch);
  const bool prepared = ready != tx.prepared.end() && skip == 0 && ready->second.from == js.have;
  const std::vector<base::Hash256> chain =
      prepared ? std::move(ready->second.chain) : ChainOf(js.have.hash, batch, skip);
  const base::Hash256 held_hash = js.have.hash;
  const auto hash_at = [&](uint64_t seq) -> const base::Hash256& {
    return seq < batch.first_seq + skip ? held_hash : chain[seq - batch.first_seq - skip];
  };
  const Outcome diverged{Outcome::kFork, PositionOf(j), js.have.seq, *HashAt(j, js.have.seq), {}};
  const AuthorInfo* author = AuthorOf(j.origin);
  if (author == nullptr) return Refused("its author is not known");
  uint64_t vouched = 0;
  size_t check = prepared ? ready->second.first_check : 0;
  for (const model::SignedHead& h : batch.heads) {
    if (h.head.seq <= js.have.seq || h.head.seq > batch.last_seq()) continue;
    const bool good =
        prepared && tx.checks != nullptr
            ? tx.checks->Take(check++)
            : trust_->Verify(author->key, model::HeadMessage(j, {h.head.seq, hash_at(h.head.seq)}), h.signature);
    if (!good) return diverged;
    vouched = h.head.seq;
  }
  const uint64_t signed_to = vouched;
  if (end >= batch.first_seq + skip && end <= batch.last_seq()) {
    if (hash_at(end) != close->second.hash)
      return Outcome{Outcome::kFork, PositionOf(j), batch.last_seq(), 0, {}};  // the branch that was cut
    vouched = std::max(vouched, end);
  }
  if (vouched < batch.last_seq() && vouched < end) {
    return Refused(absl::StrCat("the batch of ", base::ToText(j), " ends without its author's signature"));
  }
  for (const model::SignedHead& h : batch.heads) {
    if (h.head.seq > js.have.seq && h.head.seq <= std::min(end, batch.last_seq())) {
      tx.Put(Table::kSigned, EntryKey(j, h.head.seq), h.signature);
    }
  }
  const bool held = subscribed_.contains(j.scope);
  for (uint64_t seq = batch.first_seq + skip; seq <= batch.last_seq(); ++seq) {
    const std::string& bytes = batch.entries[seq - batch.first_seq];
    if (seq > end && seq > signed_to) break;  // not even its author's
    if (seq > end) {
      GUANHU_RETURN_IF_ERROR(
          SetAside(tx, j, seq, hash_at(seq - 1), bytes, "written after the journal was closed", true));
      continue;
    }
    PutEntry(tx, j, js, bytes, hash_at(seq));
    if (!aside_.empty()) DropAside(tx, j, seq, base::Prefix64(hash_at(seq)));
    if (IsCity() && close != scope.closes.end())
      GUANHU_RETURN_IF_ERROR(NoteReissued(tx, j, seq, base::Prefix64(hash_at(seq))));
    if (!held) continue;
    GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(bytes, j, seq));
    GUANHU_RETURN_IF_ERROR(Process(tx, j, seq, entry, hash_at(seq)));
    js.processed = seq;
  }
  if (held) GUANHU_RETURN_IF_ERROR(Wake(tx, j.scope, j.origin));
  if (IsCity() && !marks_.empty()) tx.marks = true;
  // The close itself travels in its scope, which the peer may not hold.
  if (batch.last_seq() > end) return Outcome{Outcome::kFork, PositionOf(j), batch.last_seq(), 0, {}};
  return Outcome{};
}

absl::Status Node::IngestAck(Tx& tx, const sync::CityAck& ack) {
  if (IsCity()) return absl::OkStatus();
  // The certificate travels only to a peer that does not know the epoch yet.
  const bool known = ack.credential.empty() && ack.epoch == epoch_;
  if (!known || !epoch_city_) {
    GUANHU_ASSIGN_OR_RETURN(AuthorInfo checked, trust_->CheckCertificate(known ? epoch_credential_ : ack.credential));
    if (checked.epoch >= epoch_) epoch_city_ = std::move(checked);
  }
  if (!epoch_city_ || epoch_city_->epoch != ack.epoch) return absl::OkStatus();  // an older city store has no say
  const AuthorInfo& city = *epoch_city_;
  if (!city.city || city.epoch != ack.epoch || !trust_->Verify(city.key, sync::AckMessage(ack), ack.signature)) {
    return absl::PermissionDeniedError("an acknowledgement that the city did not sign");
  }
  if (ack.epoch < epoch_) return absl::OkStatus();  // an older city store has no say
  RaiseEpoch(tx, ack.epoch, ack.credential);
  ScopeState& scope = scopes_[ack.scope];
  if (scope.ack && std::pair(scope.ack->epoch, scope.ack->serial) >= std::pair(ack.epoch, ack.serial)) {
    // An earlier statement may name the own head, or the parent's, where the newest one names a later entry.
    for (const sync::Point& p : ack.points) NoteBeyond(p);
    return absl::OkStatus();
  }
  std::map<base::Origin, std::pair<uint64_t, uint64_t>> before = std::move(scope.acked);
  scope.acked.clear();
  for (const sync::Point& p : ack.points) scope.acked[p.journal.origin] = {p.seq, p.hash};
  scope.ack = ack;
  scope.ack->credential.clear();
  tx.Put(Table::kMeta, KeyOf(Meta::kAck, ack.scope), EncodeAck(*scope.ack));
  tx.acks.insert(ack.scope);
  for (const sync::Point& p : ack.points) {
    if (before[p.journal.origin] == std::pair(p.seq, p.hash)) continue;
    const JournalId j{ack.scope, p.journal.origin};
    const std::optional<uint64_t> mine = HashAt(j, p.seq);
    const bool closed = scope.closes.contains(j.origin);
    if (mine && *mine != p.hash && !closed) {
      GUANHU_RETURN_IF_ERROR(NoteFork(tx, j, /*mine_yields=*/true, "the city holds another branch"));
    } else if (!mine && IsOwn(j.origin)) {
      NewIncarnation(tx, "the city holds more of the own journal than was written here");
    }
  }
  return absl::OkStatus();
}

// The city holds its journal at least up to `acked`, now or in an earlier statement.
void Node::NoteBeyond(const sync::Point& acked) {
  const sync::Point head = PositionOf(acked.journal);
  if (head.seq == acked.seq && head.hash == acked.hash) {
    city_beyond_[acked.journal] = head;
  } else if (const auto it = parent_beyond_.find(acked.journal); it != parent_beyond_.end()) {
    if (it->second.theirs.seq == acked.seq && it->second.theirs.hash == acked.hash)
      city_beyond_[acked.journal] = it->second.mine;
  }
}

absl::Status Node::IngestMarks(Tx& tx, const sync::HeldMarks& marks) {
  for (const sync::HeldMark& m : marks.marks) {
    const ScopeState& scope = scopes_[m.journal.scope];
    const auto close = scope.closes.find(m.journal.origin);
    if (scope.verdicts.contains({m.journal.origin, m.seq}) ||
        (close != scope.closes.end() && m.seq > close->second.seq))
      continue;
    marks_[{m.journal, m.seq}][m.by] = m.reason.substr(0, base::kReasonBytesMax);
    std::string key = KeyOf(Aside::kMark, m.journal, m.seq);
    base::PutFixed64(key, m.by.value);
    tx.Put(Table::kAside, std::move(key), m.reason.substr(0, base::kReasonBytesMax));
    tx.control = tx.marks = tx.synced = true;
  }
  return absl::OkStatus();
}

void Node::DropMark(Tx& tx, const JournalId& j, uint64_t seq, base::NodeId by) {
  const auto it = marks_.find({j, seq});
  if (it == marks_.end() || it->second.erase(by) == 0) return;
  if (it->second.empty()) marks_.erase(it);
  std::string key = KeyOf(Aside::kMark, j, seq);
  base::PutFixed64(key, by.value);
  tx.Delete(Table::kAside, std::move(key));
}

absl::Status Node::IngestAside(Tx& tx, const sync::AsideItems& items) {
  for (const sync::AsideItem& item : items.items) {
    if (item.entry.empty() || item.entry.size() > base::kEntryBytesMax)
      return absl::InvalidArgumentError("a quarantined entry of a size that is not allowed");
    if (model::ChainNext(item.previous, item.entry) != item.chain)
      return absl::InvalidArgumentError("a quarantined entry under the name of another");
    const uint64_t hash = base::Prefix64(item.chain);
    const bool canonical = HashAt(item.journal, item.seq) == hash;
    if (!canonical)
      GUANHU_RETURN_IF_ERROR(SetAside(tx, item.journal, item.seq, item.previous, item.entry, item.reason, false));
    if (!IsCity() || !subscribed_.contains(item.journal.scope)) continue;
    if (!canonical && !scopes_[item.journal.scope].closes.contains(item.journal.origin))
      fork_watch_.insert(item.journal);
    if (Kept({item.journal, item.seq, hash})) continue;
    GUANHU_RETURN_IF_ERROR(Append(tx, item.journal.scope, model::Kept{item.journal.origin, item.seq, hash}).status());
  }
  return absl::OkStatus();
}

absl::Status Node::AfterIngest(Tx& tx) {
  // Each step may give work to the ones before it; a bound keeps a mistake from turning into a hang.
  for (int round = 0; round < 64; ++round) {
    if (tx.directory) {
      tx.directory = false;
      GUANHU_RETURN_IF_ERROR(RefreshDirectory(tx));
      continue;
    }
    if (!tx.learn.empty()) {
      GUANHU_RETURN_IF_ERROR(LearnControls(tx));
      continue;
    }
    if (!tx.rebuild.empty()) {
      const ScopeId scope = *tx.rebuild.begin();
      tx.rebuild.erase(tx.rebuild.begin());
      if (subscribed_.contains(scope)) GUANHU_RETURN_IF_ERROR(Rebuild(tx, scope));
      --round;
      continue;
    }
    if (IsCity() && !fork_watch_.empty()) {
      GUANHU_RETURN_IF_ERROR(JudgeForks(tx));
      continue;
    }
    if (IsCity() && tx.marks) {
      tx.marks = false;
      GUANHU_RETURN_IF_ERROR(AnswerMarks(tx));
      continue;
    }
    if (IsCity() && !tx.reissued.empty()) {
      GUANHU_RETURN_IF_ERROR(VoidSecondReissues(tx));
      continue;
    }
    if (!aside_.empty()) {
      const size_t before = tx.moved.size();
      GUANHU_RETURN_IF_ERROR(ReissueCut(tx));
      if (tx.directory || !tx.rebuild.empty() || tx.moved.size() != before) continue;
    }
    if (!IsCity()) return absl::OkStatus();
    NoteAcksDue(tx);
    return acks_later_ ? absl::OkStatus() : MakeAcks(tx);
  }
  return absl::InternalError("a commit does not come to rest");
}

}  // namespace guanhu::node
