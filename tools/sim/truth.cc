#include "tools/sim/truth.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/node/keys.h"

namespace guanhu::sim {
namespace {

uint64_t VarintOf(absl::string_view raw) {
  base::Reader in(raw);
  in.Varint();
  const uint64_t v = in.Varint();
  return in.ok() ? v : 0;
}

void Describe(EntryInfo& info, absl::string_view bytes) {
  absl::StatusOr<model::Entry> entry = model::Decode(bytes, info.journal, info.seq);
  if (!entry.ok()) return;
  info.entry = *std::move(entry);
  const auto* change = std::get_if<model::Change>(&info.entry);
  if (change == nullptr) return;
  info.change = true;
  info.reissue = change->reissue.has_value();
  for (const model::Edit& e : change->edits) {
    EditInfo& edit = info.edits.emplace_back(EditInfo{e.type, e.id, {}, e.cleared, UidOf(e)});
    for (const model::Field& f : e.set) edit.set.push_back(f.number);
    info.uid = edit.uid;
  }
}

}  // namespace

uint64_t UidOf(const model::Edit& edit) {
  for (const model::Field& f : edit.set) {
    if (f.number == kMarkerField) return VarintOf(f.raw);
  }
  return 0;
}

const EntryInfo* Archive::Intern(const base::JournalId& j, uint64_t seq, const base::Hash256& previous,
                                 const base::Hash256& chain, absl::string_view bytes, bool* sound) {
  std::unique_ptr<EntryInfo>& slot = entries_[base::Prefix64(chain)];
  if (slot != nullptr) {
    *sound = slot->chain == chain && slot->journal == j && slot->seq == seq;
    return slot.get();
  }
  *sound = model::ChainNext(previous, bytes) == chain;
  slot = std::make_unique<EntryInfo>();
  slot->journal = j;
  slot->seq = seq;
  slot->chain = chain;
  slot->hash = base::Prefix64(chain);
  Describe(*slot, bytes);
  return slot.get();
}

const EntryInfo* Archive::InternAside(const sync::AsideItem& item) {
  // Kept apart from what journals hold: nothing vouches for the chain of a quarantined entry.
  std::unique_ptr<EntryInfo>& slot = aside_[base::Prefix64(base::Sha256(base::View(item.chain), item.entry))];
  if (slot != nullptr) return slot.get();
  slot = std::make_unique<EntryInfo>();
  slot->journal = item.journal;
  slot->seq = item.seq;
  slot->chain = item.chain;
  slot->hash = base::Prefix64(item.chain);
  Describe(*slot, item.entry);
  return slot.get();
}

std::string JournalCache::Refresh(const node::Node& node, const store::Store& store, Archive& archive,
                                  const base::ScopeId& scope) {
  const auto& scopes = node.scopes_for_checking();
  const auto state = scopes.find(scope);
  if (state == scopes.end()) return "";
  for (const auto& [origin, js] : state->second.journals) {
    const base::JournalId j{scope, origin};
    std::vector<const EntryInfo*>& held = journals[j];
    if (held.size() > js.have.seq) held.resize(js.have.seq);
    if (held.size() == js.have.seq && (held.empty() || held.back()->chain == js.have.hash)) continue;
    if (!held.empty() && node.HashAt(j, held.size()) != held.back()->hash) held.clear();
    auto it =
        store.Scan(store::Table::kJournal, node::EntryKey(j, held.size() + 1), node::EntryKey(j, js.have.seq + 1));
    base::Hash256 previous = held.empty() ? model::ChainStart(j) : held.back()->chain;
    for (; it->Valid(); it->Next()) {
      const uint64_t seq = held.size() + 1;
      if (it->key() != node::EntryKey(j, seq) || it->value().size() < 33)
        return absl::StrCat("journal ", base::ToText(j), " has a hole at ", seq);
      base::Hash256 chain{};
      std::copy(it->value().begin(), it->value().begin() + 32, chain.begin());
      bool sound = true;
      held.push_back(archive.Intern(j, seq, previous, chain, it->value().substr(32), &sound));
      if (!sound) return absl::StrCat("journal ", base::ToText(j), " has a broken chain at ", seq);
      previous = chain;
    }
    if (held.size() != js.have.seq || (!held.empty() && held.back()->chain != js.have.hash)) {
      return absl::StrCat("journal ", base::ToText(j), " holds ", held.size(), " entries and says ", js.have.seq);
    }
  }
  return "";
}

std::string JournalCache::RefreshAll(const node::Node& node, const store::Store& store, Archive& archive) {
  for (const auto& [scope, state] : node.scopes_for_checking()) {
    std::string wrong = Refresh(node, store, archive, scope);
    if (!wrong.empty()) return wrong;
  }
  return "";
}

bool JournalCache::Holds(const base::JournalId& j, uint64_t seq, uint64_t hash) const {
  const auto it = journals.find(j);
  return it != journals.end() && seq >= 1 && it->second.size() >= seq && it->second[seq - 1]->hash == hash;
}

}  // namespace guanhu::sim
