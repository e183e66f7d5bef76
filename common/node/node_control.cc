// Forks, verdicts, revocations, acknowledgements: what the city decides and what everybody does with it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/node/codec_rows.h"
#include "common/node/keys.h"
#include "common/node/node.h"

namespace guanhu::node {

using base::JournalId;
using base::ScopeId;
using store::Table;

absl::Status Node::ProcessControl(Tx& tx, const JournalId& j, uint64_t seq, const model::Entry& entry) {
  if (std::holds_alternative<model::Open>(entry) || std::holds_alternative<model::Opaque>(entry))
    return absl::OkStatus();
  const AuthorInfo* author = AuthorOf(j.origin);
  if (author == nullptr || !author->city) {
    Report(Events::kWarning, "refused_control", absl::StrCat(base::ToText(j), " ", seq, ": only the city judges"));
    return absl::OkStatus();
  }
  if (const auto* close = std::get_if<model::Close>(&entry))
    return LearnClose(tx, {j.scope, close->origin}, {close->last_seq, close->hash});
  if (const auto* verdict = std::get_if<model::Verdict>(&entry)) return LearnVerdict(tx, j, seq, *verdict);
  if (const auto* kept = std::get_if<model::Kept>(&entry))
    return LearnKept(tx, {j.scope, kept->origin}, kept->seq, kept->hash, author->epoch);
  if (const auto* cut = std::get_if<model::Cut>(&entry); cut != nullptr && j.scope == county_scope())
    return LearnCut(tx, *cut);
  return absl::OkStatus();
}

// Entries in transit are stored unread. When their place is held after all, the city's word in them counts.
absl::Status Node::LearnControls(Tx& tx) {
  for (const ScopeId& s : std::exchange(tx.learn, {})) {
    std::vector<std::tuple<JournalId, uint64_t, model::Entry>> words;
    for (const auto& [origin, js] : scopes_[s].journals) {
      const AuthorInfo* author = AuthorOf(origin);
      if (author == nullptr || !author->city) continue;
      const JournalId j{s, origin};
      for (uint64_t seq = 1; seq <= js.have.seq; ++seq) {
        GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, seq));
        if (model::IsChange(row.entry)) continue;
        GUANHU_ASSIGN_OR_RETURN(model::Entry entry, model::Decode(row.entry, j, seq));
        words.emplace_back(j, seq, std::move(entry));
      }
    }
    for (const auto& [j, seq, entry] : words) GUANHU_RETURN_IF_ERROR(ProcessControl(tx, j, seq, entry));
  }
  return absl::OkStatus();
}

absl::Status Node::LearnClose(Tx& tx, const JournalId& j, const ClosePoint& point) {
  ScopeState& scope = scopes_[j.scope];
  const auto known = scope.closes.find(j.origin);
  if (known != scope.closes.end() && known->second >= point)
    return absl::OkStatus();  // of two closes the later cut wins
  // What took effect because the earlier cut excused its causes must wait for those that the later cut keeps.
  if (known != scope.closes.end()) tx.rebuild.insert(j.scope);
  scope.closes[j.origin] = point;
  tx.Put(Table::kMeta, KeyOf(Meta::kClose, j), EncodeClose(point));
  if (IsOwn(j.origin)) NewIncarnation(tx, "the city closed the journal");
  const auto it = scope.journals.find(j.origin);
  if (it != scope.journals.end()) {
    JournalState& js = it->second;
    const bool reaches = js.have.seq >= point.seq;
    bool agrees = point.seq == 0;
    if (reaches && point.seq > 0) {
      GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, point.seq));
      agrees = row.chain == point.hash;
    }
    if (reaches && agrees) {
      GUANHU_RETURN_IF_ERROR(Truncate(tx, j, point.seq, "cut by the city"));
    } else if (reaches || js.forked) {
      // Another branch than the canonical one: it is taken anew.
      GUANHU_RETURN_IF_ERROR(Truncate(tx, j, 0, "the city holds another branch"));
    }
  }
  GUANHU_RETURN_IF_ERROR(TakeBack(tx, j, point));
  // Nobody will judge what is cut.
  for (auto m = marks_.lower_bound({j, point.seq + 1}); m != marks_.end() && m->first.first == j;) {
    const auto [place, by] = *m++;
    for (const auto& [node, reason] : by) DropMark(tx, j, place.second, node);
  }
  // Copies of what turned out to be canonical were put aside when the fork was seen.
  std::vector<AsideKey> canonical;
  for (auto a = aside_.lower_bound({j, 0, 0}); a != aside_.end() && std::get<0>(a->first) == j; ++a) {
    if (HashAt(j, std::get<1>(a->first)) == std::get<2>(a->first)) canonical.push_back(a->first);
  }
  for (const AsideKey& key : canonical) DropAside(tx, j, std::get<1>(key), std::get<2>(key));
  return Wake(tx, j.scope, j.origin);
}

// An earlier cut may have put aside, here and everywhere, what this one keeps.
absl::Status Node::TakeBack(Tx& tx, const JournalId& j, const ClosePoint& point) {
  const JournalState* held = FindJournal(j);
  const uint64_t have = held == nullptr ? 0 : held->have.seq;
  if (have >= point.seq) return absl::OkStatus();
  std::vector<sync::AsideItem> path;  // backwards
  base::Hash256 want = point.hash;
  for (uint64_t seq = point.seq; seq > have; --seq) {
    const auto found = aside_.find({j, seq, base::Prefix64(want)});
    if (found == aside_.end()) return absl::OkStatus();
    GUANHU_ASSIGN_OR_RETURN(sync::AsideItem item, AsideAt(found->first));
    want = item.previous;
    path.push_back(std::move(item));
  }
  if (want != (have == 0 ? model::ChainStart(j) : held->have.hash)) return absl::OkStatus();
  if (have == 0 && !Introduce(j, path.back().entry).ok()) return absl::OkStatus();
  JournalState& js = scopes_[j.scope].journals[j.origin];
  for (auto item = path.rbegin(); item != path.rend(); ++item) {
    PutEntry(tx, j, js, item->entry, item->chain);
    DropAside(tx, j, item->seq, base::Prefix64(item->chain));
    if (IsCity()) GUANHU_RETURN_IF_ERROR(NoteReissued(tx, j, item->seq, base::Prefix64(item->chain)));
  }
  tx.rebuild.insert(j.scope);
  Report(Events::kInfo, "taken_back", absl::StrCat(base::ToText(j), " to ", point.seq));
  return absl::OkStatus();
}

// Waiting and held changes that are cut must not be looked for before the records are made anew.
void Node::ForgetBeyond(Tx& tx, const JournalId& j, uint64_t last) {
  ScopeState& scope = scopes_[j.scope];
  for (auto it = scope.waiting.lower_bound({j.origin, last + 1});
       it != scope.waiting.end() && it->first.first == j.origin;) {
    tx.Delete(Table::kAside, KeyOf(Aside::kWaiting, j, it->first.second));
    it = scope.waiting.erase(it);
  }
  for (auto it = scope.held.lower_bound({j.origin, last + 1}); it != scope.held.end() && it->first.first == j.origin;) {
    tx.Delete(Table::kAside, KeyOf(Aside::kHeld, j, it->first.second));
    it = scope.held.erase(it);
  }
}

absl::Status Node::Truncate(Tx& tx, const JournalId& j, uint64_t last, absl::string_view why) {
  JournalState& js = scopes_[j.scope].journals[j.origin];
  if (js.have.seq <= last) return absl::OkStatus();
  GUANHU_ASSIGN_OR_RETURN(base::Hash256 previous, ChainAt(j, last));
  for (uint64_t seq = last + 1; seq <= js.have.seq; ++seq) {
    GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, seq));
    GUANHU_RETURN_IF_ERROR(SetAside(tx, j, seq, std::exchange(previous, row.chain), row.entry, why, true));
    tx.Delete(Table::kJournal, EntryKey(j, seq));
    tx.Delete(Table::kSigned, EntryKey(j, seq));
  }
  ForgetBeyond(tx, j, last);
  if (last == 0) {
    js.have = {0, model::ChainStart(j)};
  } else {
    GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, last));
    js.have = {last, row.chain};
  }
  js.processed = std::min(js.processed, last);
  tx.moved.insert(j);
  tx.truncated.insert(j);
  tx.rebuild.insert(j.scope);
  tx.synced = true;
  Report(Events::kWarning, "truncated", absl::StrCat(base::ToText(j), " to ", last, ": ", why));
  return absl::OkStatus();
}

absl::Status Node::NoteFork(Tx& tx, const JournalId& j, bool mine_yields, absl::string_view why) {
  ScopeState& scope = scopes_[j.scope];
  const auto it = scope.journals.find(j.origin);
  if (it == scope.journals.end()) return absl::OkStatus();
  JournalState& js = it->second;
  if (!js.forked) Report(Events::kWarning, "fork", absl::StrCat(base::ToText(j), ": ", why));
  js.forked = true;
  tx.moved.insert(j);
  tx.synced = true;
  if (IsOwn(j.origin)) NewIncarnation(tx, why);
  if (IsCity() && !scope.closes.contains(j.origin)) fork_watch_.insert(j);
  if (!mine_yields || IsCity()) return absl::OkStatus();
  // Copies go up as quarantine; the entries themselves stay until the city has closed the journal.
  uint64_t agreed = 0;
  if (const auto ack = scope.acked.find(j.origin);
      ack != scope.acked.end() && HashAt(j, ack->second.first) == ack->second.second) {
    agreed = ack->second.first;
  }
  GUANHU_ASSIGN_OR_RETURN(base::Hash256 previous, ChainAt(j, agreed));
  for (uint64_t seq = agreed + 1; seq <= js.have.seq; ++seq) {
    GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, seq));
    GUANHU_RETURN_IF_ERROR(SetAside(tx, j, seq, std::exchange(previous, row.chain), row.entry, why, true));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Node::OnForkSeen(Tx& tx, const sync::ForkSeen& fork, base::NodeId peer) {
  const JournalId& j = fork.journal;
  ScopeState& scope = scopes_[j.scope];
  const auto close = scope.closes.find(j.origin);
  if (close == scope.closes.end()) {
    const std::optional<uint64_t> mine = HashAt(j, fork.seq);
    if (mine && *mine != fork.peer_hash) {
      GUANHU_RETURN_IF_ERROR(
          NoteFork(tx, j, ViewOf(peer).relation == sync::Relation::kParent, "a peer holds another branch"));
    }
    return false;
  }
  if (fork.peer_hash == 0 && !subscribed_.contains(j.scope) && ViewOf(peer).relation == sync::Relation::kParent) {
    // What the close keeps never comes here: the place is not held. The own branch is in quarantine and done with.
    GUANHU_RETURN_IF_ERROR(NoteFork(tx, j, /*mine_yields=*/true, "the parent yields it too"));
    return false;
  }
  const model::Head mine = scope.journals[j.origin].have;
  const bool canonical = mine.seq == close->second.seq && mine.hash == close->second.hash;
  if (canonical || fork.peer_head.seq != close->second.seq || fork.peer_head.hash != base::Prefix64(close->second.hash))
    return false;
  GUANHU_RETURN_IF_ERROR(Truncate(tx, j, 0, "a peer holds the branch that the city closed"));
  return true;
}

absl::Status Node::SetAside(Tx& tx, const JournalId& j, uint64_t seq, const base::Hash256& previous,
                            absl::string_view entry, absl::string_view why, bool proven) {
  const base::Hash256 chain = model::ChainNext(previous, entry);
  const AsideKey key{j, seq, base::Prefix64(chain)};
  const auto [it, added] = aside_.try_emplace(key);
  if (!added && (it->second.proven || !proven)) return absl::OkStatus();
  it->second.proven = proven;
  const sync::AsideItem item{j, seq, previous, chain, std::string(entry), std::string(why)};
  std::string row_key = KeyOf(Aside::kItem, j, seq);
  base::PutFixed64(row_key, base::Prefix64(chain));
  tx.Put(Table::kAside, std::move(row_key), EncodeAside(item, it->second));
  tx.control = tx.synced = true;
  return absl::OkStatus();
}

void Node::DropAside(Tx& tx, const JournalId& j, uint64_t seq, uint64_t hash) {
  if (aside_.erase({j, seq, hash}) == 0) return;
  std::string key = KeyOf(Aside::kItem, j, seq);
  base::PutFixed64(key, hash);
  tx.Delete(Table::kAside, std::move(key));
}

absl::Status Node::LearnVerdict(Tx& tx, const JournalId& by, uint64_t by_seq, const model::Verdict& verdict) {
  ScopeState& scope = scopes_[by.scope];
  const AuthorInfo* judge = AuthorOf(by.origin);
  VerdictInfo info{verdict.adopt, judge == nullptr ? 0 : judge->epoch, by.origin, by_seq, verdict.person,
                   verdict.reason};
  for (uint64_t seq : verdict.seqs) {
    const std::pair place{verdict.origin, seq};
    const auto known = scope.verdicts.find(place);
    const auto rank = [](const VerdictInfo& v) { return std::tuple(v.epoch, v.by, v.by_seq); };
    if (known != scope.verdicts.end() && rank(known->second) >= rank(info)) continue;
    scope.verdicts[place] = info;
    const JournalId j{by.scope, verdict.origin};
    tx.Put(Table::kMeta, KeyOf(Meta::kVerdict, j, seq), EncodeVerdict(info));
    if (const auto mark = marks_.find({j, seq}); mark != marks_.end()) {
      for (const auto& [node, reason] : mark->second) {
        std::string key = KeyOf(Aside::kMark, j, seq);
        base::PutFixed64(key, node.value);
        tx.Delete(Table::kAside, std::move(key));
      }
      marks_.erase(mark);
    }
    const JournalState* js = FindJournal(j);
    if (js != nullptr && js->processed >= seq && !scope.waiting.contains(place)) tx.rebuild.insert(by.scope);
  }
  return absl::OkStatus();
}

absl::Status Node::LearnCut(Tx& tx, const model::Cut& cut) {
  CutInfo& info = cuts_[cut.node];
  info.reason = cut.reason;
  info.good.clear();
  for (const model::Cut::Good& g : cut.good) info.good[g.journal] = g.last_seq;
  std::string key = KeyOf(Meta::kCut);
  base::PutFixed64(key, cut.node.value);
  tx.Put(Table::kMeta, std::move(key), EncodeCut(info));
  ++directory_version_;
  for (const auto& [scope_id, scope] : scopes_) {
    for (const auto& [origin, js] : scope.journals) {
      const AuthorInfo* author = AuthorOf(origin);
      if (author == nullptr || author->node != cut.node) continue;
      const auto good = info.good.find({scope_id, origin});
      if (good == info.good.end() || js.processed > good->second) tx.rebuild.insert(scope_id);
    }
  }
  return absl::OkStatus();
}

absl::Status Node::LearnKept(Tx& tx, const JournalId& j, uint64_t seq, uint64_t hash, uint64_t epoch) {
  uint64_t& known = kept_[{j, seq, hash}];
  if (known >= epoch) return absl::OkStatus();
  known = epoch;
  std::string key = KeyOf(Aside::kKept, j, seq);
  base::PutFixed64(key, hash);
  std::string value;
  base::PutVarint(value, epoch);
  tx.Put(Table::kAside, std::move(key), std::move(value));
  return absl::OkStatus();
}

bool Node::Kept(const AsideKey& key) const {
  const auto it = kept_.find(key);
  return it != kept_.end() && it->second >= epoch_;
}

absl::Status Node::JudgeForks(Tx& tx) {
  for (const JournalId& j : std::exchange(fork_watch_, {})) {
    ScopeState& scope = scopes_[j.scope];
    if (scope.closes.contains(j.origin) || !subscribed_.contains(j.scope)) continue;
    const auto it = scope.journals.find(j.origin);
    const model::Head head =
        it == scope.journals.end() || it->second.have.seq == 0 ? model::Head{0, model::ChainStart(j)} : it->second.have;
    if (IsOwn(j.origin)) NewIncarnation(tx, "the own journal has two branches");
    GUANHU_RETURN_IF_ERROR(Append(tx, j.scope, model::Close{j.origin, head.seq, head.hash}).status());
  }
  return absl::OkStatus();
}

absl::Status Node::AnswerMarks(Tx& tx) {
  std::map<std::tuple<JournalId, bool, std::string>, std::vector<uint64_t>> answers;
  for (const auto& [place, by] : marks_) {
    const auto& [j, seq] = place;
    const ScopeState& scope = scopes_[j.scope];
    const JournalState* js = FindJournal(j);
    const std::pair at{j.origin, seq};
    if (js == nullptr || js->processed < seq || scope.waiting.contains(at) || scope.verdicts.contains(at)) continue;
    const auto held = scope.held.find(at);
    const bool adopt = held == scope.held.end();
    answers[{j, adopt, adopt ? std::string("the city's own check is clear") : held->second}].push_back(seq);
  }
  for (auto& [answer, seqs] : answers) {
    const auto& [j, adopt, reason] = answer;
    GUANHU_RETURN_IF_ERROR(Append(tx, j.scope, model::Verdict{adopt, j.origin, std::move(seqs), reason, {}}).status());
  }
  return absl::OkStatus();
}

void Node::NoteAcksDue(const Tx& tx) {
  for (const JournalId& j : tx.moved) {
    const AuthorInfo* author = AuthorOf(j.origin);
    // What the present city store wrote needs no word of it; without a new entry of others the last statement stays.
    if (author != nullptr && !OfPresentCity(*author)) acks_due_.insert(j.scope);
  }
}

absl::Status Node::MakeDueAcks() {
  GUANHU_RETURN_IF_ERROR(failed_);
  if (acks_due_.empty()) return absl::OkStatus();
  Tx tx;
  // Durable before it leaves: a serial must not be given to two statements.
  tx.synced = true;
  GUANHU_RETURN_IF_ERROR(MakeAcks(tx));
  return Commit(tx);
}

absl::Status Node::MakeAcks(Tx& tx) {
  for (const ScopeId& s : std::exchange(acks_due_, {})) {
    ScopeState& scope = scopes_[s];
    sync::CityAck ack;
    ack.scope = s;
    ack.epoch = epoch_;
    ack.serial = scope.ack && scope.ack->epoch == epoch_ ? scope.ack->serial + 1 : 1;
    scope.acked.clear();
    for (const auto& [origin, js] : scope.journals) {
      const AuthorInfo* author = AuthorOf(origin);
      if (js.have.seq == 0 || author == nullptr || OfPresentCity(*author)) continue;
      const uint64_t hash = base::Prefix64(js.have.hash);
      ack.points.push_back({{s, origin}, js.have.seq, hash});
      scope.acked[origin] = {js.have.seq, hash};
    }
    ack.signature = trust_->Sign(sync::AckMessage(ack));
    tx.Put(Table::kMeta, KeyOf(Meta::kAck, s), EncodeAck(ack));
    scope.ack = std::move(ack);
    tx.acks.insert(s);
    tx.synced = true;  // a serial must not be given to two statements
  }
  return absl::OkStatus();
}

absl::Status Node::RefreshDirectory(Tx& tx) {
  GUANHU_RETURN_IF_ERROR(FlushRecords(tx));
  GUANHU_RETURN_IF_ERROR(LoadDirectory(&tx));
  // What was held for want of knowledge may be clear now.
  for (const auto& [scope_id, scope] : scopes_) {
    if (!subscribed_.contains(scope_id)) continue;
    for (const auto& [place, reason] : scope.held) {
      const JournalId j{scope_id, place.first};
      if (scope.verdicts.contains(place)) continue;
      GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, place.second));
      GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(row.entry, j, place.second));
      const auto* change = std::get_if<model::Change>(&entry);
      if (change == nullptr || Objection(j, place.second, *change)) continue;
      tx.rebuild.insert(scope_id);
      break;
    }
  }
  return absl::OkStatus();
}

absl::Status Node::Decide(const JournalId& j, std::vector<uint64_t> seqs, bool adopt, absl::string_view reason,
                          base::PersonId person, absl::Time) {
  GUANHU_RETURN_IF_ERROR(failed_);
  if (!IsCity()) return absl::PermissionDeniedError("only the city decides on held changes: run this at the city");
  const JournalState* js = FindJournal(j);
  if (js == nullptr || seqs.empty() || *std::max_element(seqs.begin(), seqs.end()) > js->have.seq) {
    return absl::NotFoundError(absl::StrCat("journal ", base::ToText(j), " has no such change at the city"));
  }
  std::sort(seqs.begin(), seqs.end());
  Tx tx;
  tx_ = &tx;
  absl::Status status =
      Append(tx, j.scope, model::Verdict{adopt, j.origin, std::move(seqs), std::string(reason), person}).status();
  if (status.ok()) status = AfterIngest(tx);
  if (status.ok()) status = Commit(tx);
  tx_ = nullptr;
  return status;
}

absl::Status Node::Revoke(base::NodeId node, absl::string_view reason, absl::Time) {
  GUANHU_RETURN_IF_ERROR(failed_);
  if (!IsCity()) return absl::PermissionDeniedError("only the city revokes devices: run this at the city");
  model::Cut cut;
  cut.node = node;
  cut.reason = std::string(reason);
  for (const auto& [scope_id, scope] : scopes_) {
    for (const auto& [origin, js] : scope.journals) {
      const AuthorInfo* author = AuthorOf(origin);
      if (author != nullptr && author->node == node) cut.good.push_back({{scope_id, origin}, js.have.seq});
    }
  }
  Tx tx;
  tx_ = &tx;
  absl::Status status = Append(tx, county_scope(), cut).status();
  if (status.ok()) status = AfterIngest(tx);
  if (status.ok()) status = Commit(tx);
  tx_ = nullptr;
  return status;
}

}  // namespace guanhu::node
