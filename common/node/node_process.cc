// From a stored entry to its effect: causes, authorisation, states.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/node/keys.h"
#include "common/node/node.h"

namespace guanhu::node {

using base::JournalId;
using base::Origin;
using base::ScopeId;
using store::Table;

absl::Status Node::Process(Tx& tx, const JournalId& j, uint64_t seq, const model::Entry& entry,
                           const base::Hash256& chain) {
  if (const auto* change = std::get_if<model::Change>(&entry))
    return ProcessChange(tx, j, seq, *change, base::Prefix32(chain));
  return ProcessControl(tx, j, seq, entry);
}

absl::Status Node::ProcessChange(Tx& tx, const JournalId& j, uint64_t seq, const model::Change& change, uint32_t hash) {
  GUANHU_ASSIGN_OR_RETURN(const std::optional<Cause> cause, Unmet(tx, j, seq, change));
  if (!cause) return TakeEffect(tx, j, seq, change, hash);
  WaitingChange& waiting = scopes_[j.scope].waiting[{j.origin, seq}];
  waiting.cause = *cause;
  for (const model::Edit& e : change.edits) waiting.records.insert({e.type, e.id});
  tx.Put(Table::kAside, KeyOf(Aside::kWaiting, j, seq), "");
  return absl::OkStatus();
}

absl::Status Node::TakeEffect(Tx& tx, const JournalId& j, uint64_t seq, const model::Change& change, uint32_t hash) {
  const std::optional<std::string> objection = Objection(j, seq, change);
  if (objection) Hold(tx, j, seq, *objection);
  if (change.reissue && !objection && IsCity()) tx.reissued.insert({j, seq});
  if (config_.views != nullptr) {
    int64_t& latest = tx.written[j.origin];
    latest = std::max(latest, change.stamp.wall_ms);
  }
  model::EditPlace at{j.origin, seq, hash, change.stamp, change.person};
  for (const model::Edit& e : change.edits) {
    bool creates = e.id.origin == j.origin && e.id.seq == seq;
    if (creates) {
      std::string key = RecordKey(e.type, e.id);
      creates = tx.Find(Table::kRecord, key) == nullptr;  // unless an edit before it in this change did
      if (creates && !objection && MakeRecord(tx, e, at, std::move(key))) continue;
    }
    GUANHU_ASSIGN_OR_RETURN(CachedRecord * record, Record(tx, {e.type, e.id}, creates));
    const auto holds = [&](const model::ContextEntry& c) {
      const model::ContextEntry* known = model::Find(record->state.version, c.origin);
      if (known != nullptr && known->seq == c.seq) return known->hash == c.hash;
      const absl::StatusOr<uint32_t> held = HashPrefix(tx, {j.scope, c.origin}, c.seq);
      return held.ok() && *held == c.hash;
    };
    model::Apply(record->state, e, at, !objection, holds);
    record->dirty = true;
  }
  if (j.scope == county_scope() && std::any_of(change.edits.begin(), change.edits.end(),
                                               [&](const model::Edit& e) { return rules_->IsDirectoryType(e.type); })) {
    tx.directory = true;
  }
  return absl::OkStatus();
}

// The usual life of a record is one edit: its state is written down without being built.
bool Node::MakeRecord(Tx& tx, const model::Edit& e, const model::EditPlace& at, std::string key) {
  if (tx.rebuilding || tx.records.contains(RecordKeyId{e.type, e.id})) return false;
  std::optional<std::string> bytes = model::EncodeFirst(e, at);
  if (!bytes) return false;
  scopes_[e.id.scope].states.Add(model::DigestOf(e.type, e.id, *bytes));
  if (config_.views != nullptr) tx.changed.try_emplace(RecordKeyId{e.type, e.id});
  tx.Put(Table::kRecord, std::move(key), *std::move(bytes));
  tx.states.insert(e.id.scope);
  return true;
}

absl::StatusOr<CachedRecord*> Node::Record(Tx& tx, const RecordKeyId& key, bool creates) {
  auto [it, added] = tx.records.try_emplace(key);
  // A record cannot have been edited before it was created: its edits name the creating one as a cause.
  if (!added || creates || tx.rebuilding == key.id.scope) return &it->second;
  absl::StatusOr<std::optional<std::string>> bytes = Row(Table::kRecord, RecordKey(key.type, key.id));
  if (bytes.ok() && *bytes) {
    absl::StatusOr<model::RecordState> state = model::DecodeState(**bytes);
    if (state.ok()) {
      it->second.state = *std::move(state);
      it->second.before = **std::move(bytes);
      return &it->second;
    }
    bytes = std::move(state).status();
  }
  if (bytes.ok()) return &it->second;
  tx.records.erase(it);
  return std::move(bytes).status();
}

absl::StatusOr<uint32_t> Node::HashPrefix(Tx&, const JournalId& j, uint64_t seq) const {
  const JournalState* js = FindJournal(j);
  if (js == nullptr || js->have.seq < seq) return absl::NotFoundError("not held");
  if (js->have.seq == seq) return base::Prefix32(js->have.hash);
  if (seq == 0) return base::Prefix32(model::ChainStart(j));
  GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, seq));
  return base::Prefix32(row.chain);
}

absl::StatusOr<std::optional<Cause>> Node::Unmet(Tx& tx, const JournalId& j, uint64_t seq,
                                                 const model::Change& change) {
  ScopeState& scope = scopes_[j.scope];
  for (const model::Edit& e : change.edits) {
    const RecordKeyId record{e.type, e.id};
    // Own earlier edits first: a journal's edits of a record take effect in their order.
    for (auto it = scope.waiting.lower_bound({j.origin, 0});
         it != scope.waiting.end() && it->first < std::pair(j.origin, seq); ++it) {
      if (it->second.records.contains(record)) return std::optional<Cause>(Cause{j.origin, it->first.second, false});
    }
    if (e.id.origin && e.id.origin != j.origin) {
      GUANHU_ASSIGN_OR_RETURN(std::optional<Cause> cause,
                              UnmetContext(tx, j.scope, record, {e.id.origin, e.id.seq, 0}));
      if (cause && !cause->branch) return cause;
    }
    for (const model::ContextEntry& c : e.context) {
      GUANHU_ASSIGN_OR_RETURN(std::optional<Cause> cause, UnmetContext(tx, j.scope, record, c));
      if (cause) return cause;
    }
  }
  return std::optional<Cause>();
}

absl::StatusOr<std::optional<Cause>> Node::UnmetContext(Tx& tx, const ScopeId& scope_id, const RecordKeyId& record,
                                                        const model::ContextEntry& c) {
  const ScopeState& scope = scopes_[scope_id];
  const auto close = scope.closes.find(c.origin);
  const bool closed = close != scope.closes.end();
  const uint64_t need = closed ? std::min(c.seq, close->second.seq) : c.seq;
  const auto js = scope.journals.find(c.origin);
  const uint64_t processed = js == scope.journals.end() ? 0 : js->second.processed;
  if (processed < need) return std::optional<Cause>(Cause{c.origin, need, false});
  for (auto it = scope.waiting.lower_bound({c.origin, 0});
       it != scope.waiting.end() && it->first <= std::pair(c.origin, need); ++it) {
    if (it->second.records.contains(record)) return std::optional<Cause>(Cause{c.origin, it->first.second, false});
  }
  // A named edit that was cut counts as satisfied; one of another branch that is not judged yet waits for the verdict.
  if (closed || c.hash == 0) return std::optional<Cause>();
  // The record is needed in a moment anyhow, and usually knows the hash of the edit that is named.
  GUANHU_ASSIGN_OR_RETURN(const CachedRecord* cached, Record(tx, record, false));
  const model::ContextEntry* known = model::Find(cached->state.version, c.origin);
  if (known != nullptr && known->seq == c.seq && known->hash == c.hash) return std::optional<Cause>();
  GUANHU_ASSIGN_OR_RETURN(const uint32_t held, HashPrefix(tx, {scope_id, c.origin}, c.seq));
  if (held != c.hash) {
    if (IsCity()) fork_watch_.insert({scope_id, c.origin});  // the branch itself may never come here
    return std::optional<Cause>(Cause{c.origin, c.seq, true});
  }
  return std::optional<Cause>();
}

std::optional<std::string> Node::Objection(const JournalId& j, uint64_t seq, const model::Change& change) const {
  const ScopeState& scope = scopes_.at(j.scope);
  if (const auto verdict = scope.verdicts.find({j.origin, seq}); verdict != scope.verdicts.end()) {
    if (verdict->second.adopt) return std::nullopt;
    return absl::StrCat("void: ", verdict->second.reason);
  }
  const AuthorInfo* author = AuthorOf(j.origin);
  if (author == nullptr) return "its author's certificate cannot be read";
  if (const auto cut = cuts_.find(author->node); cut != cuts_.end()) {
    const auto good = cut->second.good.find(j);
    if (good == cut->second.good.end() || seq > good->second)
      return absl::StrCat("written by a revoked device: ", cut->second.reason);
  }
  if (author->city) return std::nullopt;
  if (j.scope == county_scope()) return "only the city may write here";
  domain::Tier tier = config_.tier;
  if (author->node != node()) {
    if (directory_.Device(author->node) == nullptr) return "its device is not in the county's list";
    if (!directory_.MayAuthor(author->node, j.scope)) return "its device is not assigned to this place";
    tier = directory_.TierOf(author->node);
  }
  for (const model::Edit& e : change.edits) {
    if (absl::Status ok = rules_->CheckEdit(e, model::Creates(e, j.origin, seq), tier); !ok.ok())
      return std::string(ok.message());
  }
  return std::nullopt;
}

void Node::Hold(Tx& tx, const JournalId& j, uint64_t seq, absl::string_view reason) {
  ScopeState& scope = scopes_[j.scope];
  const std::string text(reason.substr(0, 400));
  scope.held[{j.origin, seq}] = text;
  tx.Put(Table::kAside, KeyOf(Aside::kHeld, j, seq), text);
  if (scope.verdicts.contains({j.origin, seq})) return;
  marks_[{j, seq}][node()] = text;
  std::string key = KeyOf(Aside::kMark, j, seq);
  base::PutFixed64(key, node().value);
  tx.Put(Table::kAside, std::move(key), text);
  tx.control = tx.marks = true;
  Report(Events::kWarning, "held", absl::StrCat(base::ToText(j), " ", seq, ": ", text));
}

absl::Status Node::Wake(Tx& tx, const ScopeId& scope_id, Origin origin) {
  ScopeState& scope = scopes_[scope_id];
  if (scope.waiting.empty()) return absl::OkStatus();
  std::set<Origin> moved{origin};
  while (!moved.empty()) {
    const Origin cause = *moved.begin();
    moved.erase(moved.begin());
    for (auto it = scope.waiting.begin(); it != scope.waiting.end();) {
      if (it->second.cause.origin != cause) {
        ++it;
        continue;
      }
      const JournalId j{scope_id, it->first.first};
      const uint64_t seq = it->first.second;
      GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, seq));
      GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(row.entry, j, seq));
      const auto& change = std::get<model::Change>(entry);
      GUANHU_ASSIGN_OR_RETURN(const std::optional<Cause> unmet, Unmet(tx, j, seq, change));
      if (unmet) {
        it->second.cause = *unmet;
        ++it;
        continue;
      }
      it = scope.waiting.erase(it);
      tx.Delete(Table::kAside, KeyOf(Aside::kWaiting, j, seq));
      GUANHU_RETURN_IF_ERROR(TakeEffect(tx, j, seq, change, base::Prefix32(row.chain)));
      moved.insert(j.origin);
    }
  }
  return absl::OkStatus();
}

absl::Status Node::Rebuild(Tx& tx, const ScopeId& scope_id) {
  ScopeState& scope = scopes_[scope_id];
  GUANHU_RETURN_IF_ERROR(FlushRecords(tx));
  GUANHU_ASSIGN_OR_RETURN(const auto stored, StoredStates(tx, scope_id));
  std::erase_if(tx.records, [&](const auto& r) { return r.first.id.scope == scope_id; });
  for (const auto& [place, waiting] : scope.waiting)
    tx.Delete(Table::kAside, KeyOf(Aside::kWaiting, {scope_id, place.first}, place.second));
  scope.waiting.clear();
  for (const auto& [place, reason] : scope.held)
    tx.Delete(Table::kAside, KeyOf(Aside::kHeld, {scope_id, place.first}, place.second));
  scope.held.clear();
  scope.states = {};
  tx.states.insert(scope_id);
  tx.rebuilding = scope_id;
  if (config_.views != nullptr) tx.made_anew.insert(scope_id);
  for (auto& [origin, js] : scope.journals) js.processed = 0;
  for (auto& [origin, js] : scope.journals) {
    const JournalId j{scope_id, origin};
    for (uint64_t seq = 1; seq <= js.have.seq; ++seq) {
      GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, seq));
      if (model::IsChange(row.entry)) {
        GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(row.entry, j, seq));
        if (const auto* change = std::get_if<model::Change>(&entry)) {
          GUANHU_RETURN_IF_ERROR(ProcessChange(tx, j, seq, *change, base::Prefix32(row.chain)));
        }
      }
      js.processed = seq;
    }
    GUANHU_RETURN_IF_ERROR(Wake(tx, scope_id, origin));
    if (origin == origin_) js.full_from = js.have.seq + 1;
    tx.moved.insert(j);
  }
  tx.rebuilding.reset();
  for (const auto& [key, bytes] : stored) {
    const auto now = tx.records.find(key);
    const bool gone =
        now == tx.records.end() || now->second.state == model::RecordState{};  // nothing of it takes effect
    if (!gone) continue;
    tx.Delete(Table::kRecord, RecordKey(key.type, key.id));
    if (config_.views != nullptr) tx.changed.try_emplace(key, bytes);
  }
  return FlushRecords(tx);
}

absl::StatusOr<std::map<RecordKeyId, std::string>> Node::StoredStates(Tx& tx, const ScopeId& scope) const {
  std::map<RecordKeyId, std::string> states;
  std::string prefix;
  PutScope(prefix, scope);
  const std::string end = store::PrefixEnd(prefix);
  auto it = store_->Scan(Table::kRecord, prefix, end);
  for (; it->Valid(); it->Next()) {
    RecordKeyId key;
    key.id = RecordOfKey(it->key(), &key.type);
    states[key] = std::string(it->value());
  }
  GUANHU_RETURN_IF_ERROR(it->status());
  for (const store::Batch::Op& row : tx.rows()) {
    if (row.table != Table::kRecord || row.key.compare(0, prefix.size(), prefix) != 0) continue;
    RecordKeyId key;
    key.id = RecordOfKey(row.key, &key.type);
    if (row.remove) {
      states.erase(key);
    } else {
      states[key] = row.value;
    }
  }
  return states;
}

}  // namespace guanhu::node
