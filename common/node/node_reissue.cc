// Work that was written on a branch which the city cut comes back as new changes that name the old ones.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/node/codec_rows.h"
#include "common/node/keys.h"
#include "common/node/node.h"

namespace guanhu::node {

using base::JournalId;
using store::Table;

namespace {

// The cut branch of one journal: which records it created, and what its author had seen of each record so far.
struct Branch {
  JournalId journal;
  uint64_t fork_seq = 0;                    // last entry that both branches share
  std::map<uint64_t, uint64_t> hashes;      // seq -> first 8 bytes of the cut entry's chain hash
  std::map<RecordKeyId, model::VersionVector> seen;

  std::optional<base::RecordId> Renamed(const base::RecordId& id) const {
    if (id.scope != journal.scope || id.origin != journal.origin) return std::nullopt;
    const auto hash = hashes.find(id.seq);
    if (hash == hashes.end()) return std::nullopt;
    return model::ReissuedId(id.scope, hash->second, id.index);
  }
};

}  // namespace

absl::Status Node::ReissueCut(Tx& tx, absl::Time now) {
  std::set<JournalId> journals;
  for (const auto& [key, info] : aside_) {
    if (!info.reissued) journals.insert(std::get<0>(key));
  }
  for (const JournalId& j : journals) {
    const AuthorInfo* author = AuthorOf(j.origin);
    if (author == nullptr || author->node != node() || IsOwn(j.origin) || !subscribed_.contains(j.scope)) continue;
    const ScopeState& scope = scopes_[j.scope];
    const auto close = scope.closes.find(j.origin);
    if (close == scope.closes.end()) continue;
    const auto js = scope.journals.find(j.origin);
    const uint64_t have = js == scope.journals.end() ? 0 : js->second.have.seq;
    // Only when the canonical branch is here whole is it known what is missing from it.
    if (have != close->second.seq || (have > 0 && js->second.have.hash != close->second.hash)) continue;
    GUANHU_ASSIGN_OR_RETURN(const bool any, ReissueJournal(tx, j, now));
    if (any) return absl::OkStatus();  // the caller comes back when the new changes have taken effect
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Node::ReissueJournal(Tx& tx, const JournalId& j, absl::Time now) {
  std::vector<sync::AsideItem> items;
  for (auto it = aside_.lower_bound({j, 0, 0}); it != aside_.end() && std::get<0>(it->first) == j; ++it) {
    if (it->second.reissued) continue;
    std::string key = KeyOf(Aside::kItem, j, std::get<1>(it->first));
    base::PutFixed64(key, std::get<2>(it->first));
    GUANHU_ASSIGN_OR_RETURN(const std::optional<std::string> row, Row(Table::kAside, key));
    if (!row) continue;
    base::Reader in(*row);
    AsideInfo info;
    items.push_back(DecodeAside(j, std::get<1>(it->first), in, &info));
  }
  if (items.empty()) return false;
  // An author's later edits overrule its earlier ones, and what is written again is older than anything that the present
  // origin wrote: it needs an origin of its own.
  const JournalState* own = FindJournal({j.scope, origin_});
  if (own != nullptr && own->have.seq > 0) NewIncarnation(tx, "work of a cut branch is written again");
  const uint64_t fork_seq = std::min(items.front().seq - 1, scopes_[j.scope].closes[j.origin].seq);
  for (const sync::AsideItem& item : items) GUANHU_RETURN_IF_ERROR(Reissue(tx, item, fork_seq, now).status());
  return true;
}

absl::StatusOr<Saved> Node::Reissue(Tx& tx, const sync::AsideItem& item, uint64_t fork_seq, absl::Time) {
  const JournalId& j = item.journal;
  const uint64_t hash = base::Prefix64(item.chain);
  Branch branch{j, fork_seq, {}, {}};
  for (auto it = aside_.lower_bound({j, 0, 0}); it != aside_.end() && std::get<0>(it->first) == j; ++it) {
    branch.hashes[std::get<1>(it->first)] = std::get<2>(it->first);
  }
  branch.hashes[item.seq] = hash;
  const auto mark = [&] {
    aside_[{j, item.seq, hash}].reissued = true;
    std::string key = KeyOf(Aside::kItem, j, item.seq);
    base::PutFixed64(key, hash);
    tx.Put(Table::kAside, std::move(key), EncodeAside(item, aside_[{j, item.seq, hash}]));
    tx.synced = true;
  };
  GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(item.entry, j, item.seq));
  const auto* old = std::get_if<model::Change>(&entry);
  if (old == nullptr) {
    mark();
    return Saved{};
  }
  OwnJournal(tx, j.scope);  // may open a new incarnation first
  model::Change change = *old;
  change.reissue = model::Reissue{j.origin, item.seq, hash};
  Saved saved;
  for (model::Edit& e : change.edits) {
    const bool created = e.id.origin == j.origin && e.id.seq == item.seq;
    if (const std::optional<base::RecordId> id = branch.Renamed(e.id)) e.id = *id;
    rules_->RenameReferences(e.type, e, [&](const base::RecordId& id) { return branch.Renamed(id); });
    GUANHU_ASSIGN_OR_RETURN(const CachedRecord* record, Record(tx, {e.type, e.id}, false));
    // All that the old author knew of the record: its earlier contexts, its own part of the shared branch, and this one.
    model::VersionVector knew;
    if (!e.full_context && !created) {
      if (const model::VersionVector* seen = record->state.SeenBy(j.origin)) knew = *seen;
    }
    for (const model::ContextEntry& c : e.context) model::Raise(knew, c);
    if (fork_seq > 0 && !created) {
      GUANHU_ASSIGN_OR_RETURN(const uint32_t at_fork, HashPrefix(tx, j, fork_seq));
      model::Raise(knew, {j.origin, fork_seq, at_fork});
    }
    std::erase_if(knew, [&](const model::ContextEntry& c) { return c.origin == origin_; });
    e.context = std::move(knew);
    e.full_context = created;  // else what this origin re-issued before stays seen
    saved.records.push_back(e.id);
  }
  mark();
  saved.journal = {j.scope, origin_};
  GUANHU_ASSIGN_OR_RETURN(saved.seq, Append(tx, j.scope, change));
  saved.journal.origin = origin_;
  Report(Events::kInfo, "reissued", absl::StrCat(base::ToText(j), " ", item.seq, " as ", base::ToText(origin_.value), " ", saved.seq));
  return saved;
}

absl::StatusOr<Saved> Node::AdoptAside(const JournalId& j, uint64_t seq, uint64_t hash, absl::Time now) {
  GUANHU_RETURN_IF_ERROR(failed_);
  const auto it = aside_.find({j, seq, hash});
  if (it == aside_.end()) return absl::NotFoundError("there is no such entry in quarantine here");
  if (!subscribed_.contains(j.scope)) return absl::PermissionDeniedError("its place is not held here: adopt it at the township or the city");
  std::string key = KeyOf(Aside::kItem, j, seq);
  base::PutFixed64(key, hash);
  GUANHU_ASSIGN_OR_RETURN(const std::optional<std::string> row, Row(Table::kAside, key));
  if (!row) return absl::DataLossError("the quarantined entry is not in the store");
  base::Reader in(*row);
  AsideInfo info;
  const sync::AsideItem item = DecodeAside(j, seq, in, &info);
  const ScopeState& scope = scopes_[j.scope];
  const auto close = scope.closes.find(j.origin);
  const uint64_t shared = close == scope.closes.end() ? 0 : std::min(close->second.seq, seq - 1);
  Tx tx;
  tx_ = &tx;
  absl::StatusOr<Saved> saved = Reissue(tx, item, shared, now);
  absl::Status status = saved.status();
  if (status.ok()) status = AfterIngest(tx, now);
  if (status.ok()) status = Commit(tx);
  tx_ = nullptr;
  GUANHU_RETURN_IF_ERROR(status);
  return saved;
}

}  // namespace guanhu::node
