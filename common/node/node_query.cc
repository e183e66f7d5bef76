// Reading: records, history, where a change is held, checks.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/node/keys.h"
#include "common/node/node.h"

namespace guanhu::node {

using base::JournalId;
using base::ScopeId;
using store::Table;

absl::StatusOr<std::optional<std::string>> Node::Row(Table table, const std::string& key) const {
  if (tx_ != nullptr) {
    if (const store::Batch::Op* pending = tx_->Find(table, key))
      return pending->remove ? std::nullopt : std::optional<std::string>(pending->value);
  }
  return store_->Get(table, key);
}

absl::StatusOr<JournalRow> Node::EntryAt(const JournalId& j, uint64_t seq) const {
  GUANHU_ASSIGN_OR_RETURN(const std::optional<std::string> row, Row(Table::kJournal, EntryKey(j, seq)));
  if (!row || row->size() < 33) {
    return absl::DataLossError(
        absl::StrCat("entry ", seq, " of journal ", base::ToText(j), " is missing or damaged: run `guanhuctl doctor`"));
  }
  JournalRow out;
  std::copy(row->begin(), row->begin() + 32, out.chain.begin());
  out.entry = row->substr(32);
  return out;
}

absl::StatusOr<base::Hash256> Node::ChainAt(const JournalId& j, uint64_t seq) const {
  if (seq == 0) return model::ChainStart(j);
  GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, seq));
  return row.chain;
}

JournalState* Node::FindJournal(const JournalId& j) {
  return const_cast<JournalState*>(static_cast<const Node*>(this)->FindJournal(j));
}

const JournalState* Node::FindJournal(const JournalId& j) const {
  const auto scope = scopes_.find(j.scope);
  if (scope == scopes_.end()) return nullptr;
  const auto it = scope->second.journals.find(j.origin);
  return it == scope->second.journals.end() ? nullptr : &it->second;
}

const AuthorInfo* Node::AuthorOf(base::Origin origin) const {
  const auto it = authors_.find(origin);
  return it == authors_.end() ? nullptr : &it->second;
}

std::optional<AuthorInfo> Node::Author(base::Origin origin) const {
  const AuthorInfo* author = AuthorOf(origin);
  return author == nullptr ? std::nullopt : std::optional<AuthorInfo>(*author);
}

domain::Tier Node::AuthorTier(base::Origin origin) const {
  const AuthorInfo* author = AuthorOf(origin);
  if (author == nullptr) return domain::Tier::kUnknown;
  if (author->city) return domain::Tier::kCity;
  return author->node == node() ? config_.tier : directory_.TierOf(author->node);
}

void Node::Report(Events::Severity severity, absl::string_view name, absl::string_view detail) const {
  if (events_ != nullptr) events_->Report(severity, name, detail);
}

absl::StatusOr<std::optional<model::RecordState>> Node::Get(uint32_t type, const base::RecordId& id) const {
  GUANHU_ASSIGN_OR_RETURN(const std::optional<std::string> bytes, Row(Table::kRecord, RecordKey(type, id)));
  if (!bytes) return std::optional<model::RecordState>();
  GUANHU_ASSIGN_OR_RETURN(model::RecordState state, model::DecodeState(*bytes));
  if (state.version.empty()) return std::optional<model::RecordState>();
  return std::optional<model::RecordState>(std::move(state));
}

absl::Status Node::Visit(
    const ScopeId& scope, uint32_t type,
    const std::function<bool(uint32_t, const base::RecordId&, const model::RecordState&)>& visit) const {
  std::string prefix;
  if (type == 0) {
    PutScope(prefix, scope);
  } else {
    prefix = RecordPrefix(scope, type);
  }
  auto it = store_->Scan(Table::kRecord, prefix, store::PrefixEnd(prefix));
  for (; it->Valid(); it->Next()) {
    uint32_t record_type = 0;
    const base::RecordId id = RecordOfKey(it->key(), &record_type);
    GUANHU_ASSIGN_OR_RETURN(const model::RecordState state, model::DecodeState(it->value()));
    if (state.version.empty()) continue;  // nothing took effect: only held edits
    if (!visit(record_type, id, state)) break;
  }
  return it->status();
}

absl::Status Node::VisitIds(const ScopeId& scope,
                            const std::function<bool(uint32_t, const base::RecordId&)>& visit) const {
  std::string prefix;
  PutScope(prefix, scope);
  auto it = store_->Scan(Table::kRecord, prefix, store::PrefixEnd(prefix));
  for (; it->Valid(); it->Next()) {
    uint32_t type = 0;
    const base::RecordId id = RecordOfKey(it->key(), &type);
    if (!visit(type, id)) break;
  }
  return it->status();
}

absl::StatusOr<std::vector<HistoryItem>> Node::History(uint32_t type, const base::RecordId& id) const {
  std::vector<HistoryItem> items;
  const auto scope = scopes_.find(id.scope);
  if (scope == scopes_.end()) return items;
  for (const auto& [origin, js] : scope->second.journals) {
    const JournalId j{id.scope, origin};
    auto it = store_->Scan(Table::kJournal, EntryKey(j, 1), EntryKey(j, js.have.seq + 1));
    for (uint64_t seq = 1; it->Valid(); it->Next(), ++seq) {
      if (it->value().size() < 33 || !model::IsChange(it->value().substr(32))) continue;
      GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(it->value().substr(32), j, seq));
      const auto* change = std::get_if<model::Change>(&entry);
      if (change == nullptr) continue;
      for (const model::Edit& e : change->edits) {
        if (e.id != id || e.type != type) continue;
        const AuthorInfo* author = AuthorOf(origin);
        HistoryItem item{
            origin, seq, author == nullptr ? base::NodeId{} : author->node, change->stamp, change->person, e, true, {}};
        if (const auto held = scope->second.held.find({origin, seq}); held != scope->second.held.end()) {
          item.effective = false;
          item.note = absl::StrCat("held: ", held->second);
        } else if (scope->second.waiting.contains({origin, seq})) {
          item.effective = false;
          item.note = "waits for changes that it builds on";
        } else if (change->reissue) {
          item.note = absl::StrCat("written before as ", base::ToText(change->reissue->origin.value), " ",
                                   change->reissue->seq);
        }
        items.push_back(std::move(item));
      }
    }
    GUANHU_RETURN_IF_ERROR(it->status());
  }
  std::stable_sort(items.begin(), items.end(),
                   [](const HistoryItem& a, const HistoryItem& b) { return a.stamp < b.stamp; });
  return items;
}

Holding Node::HoldingOf(const JournalId& j, uint64_t seq) const {
  Holding h;
  const JournalState* js = FindJournal(j);
  h.here = js != nullptr && js->have.seq >= seq;
  h.city = (IsCity() && h.here) || (h.here && AckedSeq(j) >= seq);
  const auto parent = parent_has_.find(j);
  h.township = (config_.tier == domain::Tier::kTownship && h.here) ||
               (parent != parent_has_.end() && h.here && parent->second >= seq);
  const auto scope = scopes_.find(j.scope);
  if (scope == scopes_.end()) return h;
  if (const auto held = scope->second.held.find({j.origin, seq}); held != scope->second.held.end()) {
    h.attention = absl::StrCat("held: ", held->second);
  } else if (js != nullptr && js->forked && !scope->second.closes.contains(j.origin)) {
    h.attention = "this device's journal has two branches; the city has to decide which one stands";
  }
  return h;
}

Holding Node::HoldingOf(const base::RecordId& id, const model::RecordState& state) const {
  Holding all{true, true, true, {}};
  bool own = false;
  for (const model::ContextEntry& e : state.version) {
    const AuthorInfo* author = AuthorOf(e.origin);
    if (author == nullptr || (author->node != node() && config_.tier == domain::Tier::kVillage)) continue;
    own = true;
    const Holding h = HoldingOf(JournalId{id.scope, e.origin}, e.seq);
    all.here &= h.here;
    all.township &= h.township;
    all.city &= h.city;
    if (all.attention.empty()) all.attention = h.attention;
  }
  if (!own && !IsCity()) {
    // Nothing of it was written here: it came from the tiers above or from a neighbour, whose word is all there is.
    for (const model::ContextEntry& e : state.version) {
      const JournalId j{id.scope, e.origin};
      const AuthorInfo* author = AuthorOf(e.origin);
      all.city &= (author != nullptr && OfPresentCity(*author)) || AckedSeq(j) >= e.seq;
      all.township &= AuthorTier(e.origin) >= domain::Tier::kTownship || HoldingOf(j, e.seq).township;
    }
  }
  return all;
}

std::vector<OwnProgress> Node::OwnWork() const {
  std::vector<OwnProgress> out;
  for (const auto& [scope_id, scope] : scopes_) {
    for (const auto& [origin, js] : scope.journals) {
      const AuthorInfo* author = AuthorOf(origin);
      if (author == nullptr || author->node != node() || js.have.seq < 2) continue;
      const JournalId j{scope_id, origin};
      // The first entry only introduces the author.
      OwnProgress p{j, js.have.seq - 1, 0, 0};
      const uint64_t acked = IsCity() ? js.have.seq : AckedSeq(j);
      const auto parent = parent_has_.find(j);
      const uint64_t up = config_.tier >= domain::Tier::kTownship
                              ? js.have.seq
                              : std::max(acked, parent == parent_has_.end() ? 0 : parent->second);
      p.at_city = std::max<uint64_t>(acked, 1) - 1;
      p.at_township = std::max<uint64_t>(std::min(up, js.have.seq), 1) - 1;
      out.push_back(p);
    }
  }
  return out;
}

std::vector<HeldItem> Node::Held() const {
  std::vector<HeldItem> out;
  for (const auto& [scope_id, scope] : scopes_) {
    for (const auto& [place, reason] : scope.held) {
      const AuthorInfo* author = AuthorOf(place.first);
      HeldItem item{{scope_id, place.first},
                    place.second,
                    author == nullptr ? base::NodeId{} : author->node,
                    reason,
                    std::nullopt};
      if (const auto v = scope.verdicts.find(place); v != scope.verdicts.end()) item.verdict = v->second;
      out.push_back(std::move(item));
    }
  }
  return out;
}

model::StateDigest Node::StatesOf(const ScopeId& s) const {
  const auto it = scopes_.find(s);
  return it == scopes_.end() ? model::StateDigest{} : it->second.states;
}

size_t Node::WaitingCount() const {
  size_t n = 0;
  for (const auto& [scope, state] : scopes_) n += state.waiting.size();
  return n;
}

absl::StatusOr<std::string> Node::EntryBytes(const JournalId& j, uint64_t seq) const {
  GUANHU_ASSIGN_OR_RETURN(JournalRow row, EntryAt(j, seq));
  return std::move(row.entry);
}

AsideInfo Node::AsideStateOf(const sync::AsideItem& item) const {
  const AsideKey key{item.journal, item.seq, base::Prefix64(item.chain)};
  const auto it = aside_.find(key);
  AsideInfo info = it == aside_.end() ? AsideInfo{} : it->second;
  info.kept = Kept(key);
  return info;
}

bool Node::AsideAtCity(const sync::AsideItem& item) const {
  return IsCity() || Kept({item.journal, item.seq, base::Prefix64(item.chain)});
}

absl::Status Node::VerifyChains() const {
  for (const auto& [scope_id, scope] : scopes_) {
    for (const auto& [origin, js] : scope.journals) {
      const JournalId j{scope_id, origin};
      base::Hash256 chain = model::ChainStart(j);
      for (uint64_t seq = 1; seq <= js.have.seq; ++seq) {
        GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, seq));
        chain = model::ChainNext(chain, row.entry);
        if (chain != row.chain)
          return absl::DataLossError(
              absl::StrCat("entry ", seq, " of journal ", base::ToText(j), " does not fit its hash chain"));
      }
      if (js.have.seq > 0 && chain != js.have.hash)
        return absl::DataLossError(absl::StrCat("journal ", base::ToText(j), " does not end at its head"));
    }
  }
  return absl::OkStatus();
}

absl::Status Node::VerifyAgainstJournals() {
  for (const ScopeId& s : subscribed_) {
    const auto it = scopes_.find(s);
    if (it == scopes_.end()) continue;
    Tx before_tx;
    GUANHU_ASSIGN_OR_RETURN(const auto before, StoredStates(before_tx, s));
    const ScopeState saved = it->second;
    Tx tx;
    tx_ = &tx;
    const absl::Status status = Rebuild(tx, s);
    absl::StatusOr<std::map<RecordKeyId, std::string>> after = StoredStates(tx, s);
    tx_ = nullptr;
    const model::StateDigest digest = it->second.states;
    it->second = saved;
    GUANHU_RETURN_IF_ERROR(status);
    GUANHU_RETURN_IF_ERROR(after.status());
    if (before != *after || digest != saved.states) {
      return absl::DataLossError(
          absl::StrCat("the records of ", base::ToText(s),
                       " differ from its journals: tell whoever keeps this program, and keep the folder"));
    }
  }
  return absl::OkStatus();
}

}  // namespace guanhu::node
