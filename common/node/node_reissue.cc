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

std::optional<base::RecordId> Renamed(const CutBranch& branch, const base::RecordId& id) {
  if (id.scope != branch.journal.scope || id.origin != branch.journal.origin) return std::nullopt;
  const auto hash = branch.hashes.find(id.seq);
  if (hash == branch.hashes.end()) return std::nullopt;
  return model::ReissuedId(id.scope, hash->second, id.index);
}

void TakeIn(CutBranch& branch, const model::Entry& entry) {
  const auto* change = std::get_if<model::Change>(&entry);
  if (change == nullptr) return;
  for (const model::Edit& e : change->edits) {
    model::VersionVector& seen = branch.seen[{e.type, e.id}];
    if (e.full_context) seen.clear();
    for (const model::ContextEntry& c : e.context) model::Raise(seen, c);
  }
}

void TakeIn(CutBranch& branch, const sync::AsideItem& item, const model::Entry& entry) {
  TakeIn(branch, entry);
  branch.hashes[item.seq] = base::Prefix64(item.chain);
  branch.tip = item.chain;
}

}  // namespace

absl::StatusOr<sync::AsideItem> Node::AsideAt(const AsideKey& at) const {
  std::string key = KeyOf(Aside::kItem, std::get<0>(at), std::get<1>(at));
  base::PutFixed64(key, std::get<2>(at));
  GUANHU_ASSIGN_OR_RETURN(const std::optional<std::string> row, Row(Table::kAside, key));
  if (!row) return absl::DataLossError("a quarantined entry is not in the store: run `guanhuctl doctor`");
  base::Reader in(*row);
  AsideInfo info;
  return DecodeAside(std::get<0>(at), std::get<1>(at), in, &info);
}

absl::StatusOr<std::optional<sync::AsideItem>> Node::AsideBefore(const sync::AsideItem& item) const {
  for (auto it = aside_.lower_bound({item.journal, item.seq - 1, 0}); it != aside_.end(); ++it) {
    const auto& [journal, seq, hash] = it->first;
    if (journal != item.journal || seq != item.seq - 1) break;
    GUANHU_ASSIGN_OR_RETURN(sync::AsideItem before, AsideAt(it->first));
    if (before.chain == item.previous) return std::optional(std::move(before));
  }
  return std::optional<sync::AsideItem>();
}

absl::StatusOr<CutBranch> Node::BranchBefore(const sync::AsideItem& item) const {
  const JournalId& j = item.journal;
  CutBranch branch;
  branch.journal = j;
  std::vector<sync::AsideItem> path;  // backwards
  for (const sync::AsideItem* at = &item; at->seq > 1; at = &path.back()) {
    const JournalState* js = FindJournal(j);
    if (js != nullptr && js->have.seq >= at->seq - 1) {
      GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, at->seq - 1));
      if (row.chain == at->previous) {
        branch.fork_seq = at->seq - 1;
        branch.tip = row.chain;
        break;
      }
    }
    GUANHU_ASSIGN_OR_RETURN(std::optional<sync::AsideItem> before, AsideBefore(*at));
    if (!before) break;  // what came before is not here: nothing is known to have been seen
    path.push_back(*std::move(before));
  }
  for (uint64_t seq = 1; seq <= branch.fork_seq; ++seq) {
    GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, seq));
    if (!model::IsChange(row.entry)) continue;
    GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(row.entry, j, seq));
    TakeIn(branch, entry);
  }
  for (auto it = path.rbegin(); it != path.rend(); ++it) {
    GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(it->entry, j, it->seq));
    TakeIn(branch, *it, entry);
  }
  return branch;
}

namespace {

std::string NameKey(const base::ScopeId& scope, const model::Reissue& name) {
  std::string key = KeyOf(Aside::kReissued, JournalId{scope, name.origin}, name.seq);
  base::PutFixed64(key, name.hash);
  return key;
}

}  // namespace

absl::StatusOr<bool> Node::StandsAs(const JournalId& j, uint64_t seq, const model::Reissue& name) const {
  const JournalState* js = FindJournal(j);
  if (js == nullptr || js->have.seq < seq) return false;
  const ScopeState& scope = scopes_.at(j.scope);
  const auto verdict = scope.verdicts.find({j.origin, seq});
  if (verdict != scope.verdicts.end() && !verdict->second.adopt) return false;
  GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, seq));
  GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(row.entry, j, seq));
  const auto* change = std::get_if<model::Change>(&entry);
  return change != nullptr && change->reissue == name;
}

// An entry of a closed journal comes (back) in: was it written again meanwhile?
absl::Status Node::NoteReissued(Tx& tx, const JournalId& j, uint64_t seq, uint64_t hash) {
  const model::Reissue name{j.origin, seq, hash};
  GUANHU_ASSIGN_OR_RETURN(const std::optional<std::string> place, Row(Table::kAside, NameKey(j.scope, name)));
  if (!place) return absl::OkStatus();
  base::Reader in(*place);
  const JournalId again{j.scope, base::Origin{in.Fixed64()}};
  const uint64_t again_seq = in.Varint();
  GUANHU_ASSIGN_OR_RETURN(const bool stands, StandsAs(again, again_seq, name));
  if (stands) tx.reissued.insert({again, again_seq});
  return absl::OkStatus();
}

// Two clones hold the same cut branch and both write it again; a clerk may have adopted it before: it counts once.
absl::Status Node::VoidSecondReissues(Tx& tx) {
  for (const auto& [j, seq] : std::exchange(tx.reissued, {})) {
    GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, seq));
    GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(row.entry, j, seq));
    const model::Reissue& name = *std::get<model::Change>(entry).reissue;
    const JournalId old{j.scope, name.origin};
    if (HashAt(old, name.seq) == name.hash) {  // a later cut kept it after all
      GUANHU_RETURN_IF_ERROR(
          Append(tx, j.scope, model::Verdict{false, j.origin, {seq}, "the first writing stands", {}}).status());
      continue;
    }
    const std::string key = NameKey(j.scope, name);
    GUANHU_ASSIGN_OR_RETURN(const std::optional<std::string> first, Row(Table::kAside, key));
    if (first) {
      base::Reader in(*first);
      const JournalId other{j.scope, base::Origin{in.Fixed64()}};
      const uint64_t other_seq = in.Varint();
      if (other == j && other_seq == seq) continue;
      GUANHU_ASSIGN_OR_RETURN(const bool stands, StandsAs(other, other_seq, name));
      if (stands) {
        GUANHU_RETURN_IF_ERROR(
            Append(tx, j.scope, model::Verdict{false, j.origin, {seq}, "written again already", {}}).status());
        continue;
      }
    }
    std::string value;
    base::PutFixed64(value, j.origin.value);
    base::PutVarint(value, seq);
    tx.Put(Table::kAside, key, std::move(value));
  }
  return absl::OkStatus();
}

absl::Status Node::ReissueCut(Tx& tx) {
  std::set<JournalId> journals;
  for (const auto& [key, info] : aside_) {
    if (!info.reissued && info.proven) journals.insert(std::get<0>(key));
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
    GUANHU_ASSIGN_OR_RETURN(const bool any, ReissueJournal(tx, j));
    if (any) return absl::OkStatus();  // the caller comes back when the new changes have taken effect
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Node::ReissueJournal(Tx& tx, const JournalId& j) {
  std::vector<sync::AsideItem> items;
  for (auto it = aside_.lower_bound({j, 0, 0}); it != aside_.end() && std::get<0>(it->first) == j; ++it) {
    if (it->second.reissued || !it->second.proven) continue;  // nobody makes this device write what it did not write
    GUANHU_ASSIGN_OR_RETURN(sync::AsideItem item, AsideAt(it->first));
    items.push_back(std::move(item));
  }
  if (items.empty()) return false;
  std::multimap<base::Hash256, const sync::AsideItem*> after;  // by the chain before
  for (const sync::AsideItem& item : items) after.emplace(item.previous, &item);
  while (!after.empty()) {
    // The first of a branch, then what follows it: two branches of one journal may lie here.
    const auto first = std::min_element(after.begin(), after.end(),
                                        [](const auto& x, const auto& y) { return x.second->seq < y.second->seq; });
    GUANHU_ASSIGN_OR_RETURN(CutBranch branch, BranchBefore(*first->second));
    // An author's later edits overrule its earlier ones, and what is written again is older than anything that the
    // present origin wrote: every branch needs an origin of its own.
    const JournalState* own = FindJournal({j.scope, origin_});
    if (own != nullptr && own->have.seq > 0) NewIncarnation(tx, "work of a cut branch is written again");
    for (auto next = first; next != after.end(); next = after.find(branch.tip)) {
      GUANHU_RETURN_IF_ERROR(Reissue(tx, branch, *next->second).status());
      after.erase(next);
    }
  }
  return true;
}

absl::StatusOr<Saved> Node::Reissue(Tx& tx, CutBranch& branch, const sync::AsideItem& item) {
  const JournalId& j = item.journal;
  const AsideKey at{j, item.seq, base::Prefix64(item.chain)};
  GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(item.entry, j, item.seq));
  TakeIn(branch, item, entry);
  aside_[at].reissued = true;
  std::string key = KeyOf(Aside::kItem, j, item.seq);
  base::PutFixed64(key, std::get<2>(at));
  tx.Put(Table::kAside, std::move(key), EncodeAside(item, aside_[at]));
  tx.synced = true;
  const auto* old = std::get_if<model::Change>(&entry);
  if (old == nullptr) return Saved{};
  OwnJournal(tx, j.scope);  // may open a new incarnation first
  model::Change change = *old;
  if (!change.reissue)
    change.reissue = model::Reissue{j.origin, item.seq, std::get<2>(at)};  // else it keeps its first name
  Saved saved;
  for (model::Edit& e : change.edits) {
    // All that the old author knew of the record: its contexts so far, and its own part of the shared branch.
    model::VersionVector knew = branch.seen[{e.type, e.id}];
    const bool created = e.id.origin == j.origin && e.id.seq == item.seq;
    if (branch.fork_seq > 0 && !created) {
      GUANHU_ASSIGN_OR_RETURN(const uint32_t at_fork, HashPrefix(tx, j, branch.fork_seq));
      model::Raise(knew, {j.origin, branch.fork_seq, at_fork});
    }
    std::erase_if(knew, [&](const model::ContextEntry& c) { return c.origin == origin_; });
    if (const std::optional<base::RecordId> id = Renamed(branch, e.id)) e.id = *id;
    rules_->RenameReferences(e.type, e, [&](const base::RecordId& id) { return Renamed(branch, id); });
    e.context = std::move(knew);
    e.full_context = created;  // else what this origin re-issued before stays seen
    saved.records.push_back(e.id);
  }
  saved.journal = {j.scope, origin_};
  GUANHU_ASSIGN_OR_RETURN(saved.seq, Append(tx, j.scope, change));
  saved.journal.origin = origin_;
  Report(Events::kInfo, "reissued",
         absl::StrCat(base::ToText(j), " ", item.seq, " as ", base::ToText(origin_.value), " ", saved.seq));
  return saved;
}

absl::StatusOr<Saved> Node::AdoptInto(Tx& tx, CutBranch& branch, const sync::AsideItem& item) {
  GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(item.entry, item.journal, item.seq));
  if (const auto* change = std::get_if<model::Change>(&entry)) {
    // The adopter's own edits of a record are younger than what it adopts, and must not be overruled by it.
    CutBranch with = branch;
    TakeIn(with, item, entry);
    for (const model::Edit& e : change->edits) {
      const RecordKeyId key{e.type, Renamed(with, e.id).value_or(e.id)};
      GUANHU_ASSIGN_OR_RETURN(const CachedRecord* record, Record(tx, key, false));
      const auto& waiting = scopes_[item.journal.scope].waiting;
      const bool waits = std::any_of(waiting.lower_bound({origin_, 0}), waiting.upper_bound({origin_, ~uint64_t{0}}),
                                     [&](const auto& w) { return w.second.records.contains(key); });
      if (!waits && model::Find(record->state.version, origin_) == nullptr) continue;
      NewIncarnation(tx, "an entry from quarantine is written again");
      break;
    }
  }
  return Reissue(tx, branch, item);
}

absl::StatusOr<Saved> Node::AdoptAside(const JournalId& j, uint64_t seq, uint64_t hash, absl::Time) {
  GUANHU_RETURN_IF_ERROR(failed_);
  if (!aside_.contains({j, seq, hash})) return absl::NotFoundError("there is no such entry in quarantine here");
  if (!subscribed_.contains(j.scope))
    return absl::PermissionDeniedError("its place is not held here: adopt it at the township or the city");
  GUANHU_ASSIGN_OR_RETURN(const sync::AsideItem item, AsideAt({j, seq, hash}));
  GUANHU_ASSIGN_OR_RETURN(CutBranch branch, BranchBefore(item));
  Tx tx;
  tx_ = &tx;
  absl::StatusOr<Saved> saved = AdoptInto(tx, branch, item);
  absl::Status status = saved.status();
  if (status.ok()) status = AfterIngest(tx);
  if (status.ok()) status = Commit(tx);
  tx_ = nullptr;
  if (!status.ok()) failed_ = status;
  GUANHU_RETURN_IF_ERROR(status);
  return saved;
}

}  // namespace guanhu::node
