#include "tools/sim/check_holding.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tools/sim/world.h"

namespace guanhu::sim {
namespace {

bool Quarantined(Device& d, const base::JournalId& j, uint64_t seq, uint64_t hash) {
  const std::vector<sync::AsideItem> aside = d.node->AsideAll();
  return std::any_of(aside.begin(), aside.end(), [&](const sync::AsideItem& a) {
    return a.journal == j && a.seq == seq && base::Prefix64(a.chain) == hash;
  });
}

bool Holds(Device& d, const base::JournalId& j, uint64_t seq, uint64_t hash) {
  return d.up() && (d.node->HashAt(j, seq) == hash || Quarantined(d, j, seq, hash));
}

bool CityHolds(World& w, Device& d, const base::JournalId& j, uint64_t seq, uint64_t hash) {
  if (!w.city().up() || Holds(w.city(), j, seq, hash)) return true;
  if (d.node->epoch() >= w.city().trust->self().epoch) return false;
  // It has not heard of the restored city yet, and speaks of the one before.
  return std::any_of(w.city_past().begin(), w.city_past().end(),
                     [&](const auto& past) { return past.first <= d.node->epoch() && past.second.contains(hash); });
}

bool AboveHolds(World& w, const base::JournalId& j, uint64_t seq, uint64_t hash) {
  for (const auto& t : w.devices()) {
    if (t->tier != domain::Tier::kVillage && Holds(*t, j, seq, hash)) return true;
  }
  if (w.township_past().contains(hash)) return true;
  return std::any_of(w.city_past().begin(), w.city_past().end(),
                     [&](const auto& past) { return past.second.contains(hash); });
}

void CheckOne(World& w, Device& d, const base::JournalId& j, uint64_t seq) {
  const node::Holding h = d.node->HoldingOf(j, seq);
  const std::optional<uint64_t> hash = d.node->HashAt(j, seq);
  if (!h.here || !hash) return;
  if (h.city && !d.city() && !CityHolds(w, d, j, seq, *hash)) {
    w.Violation("I5", absl::StrCat(d.name, " says that ", base::ToText(j), " ", seq, " is at the city"));
  }
  if (h.township && d.tier == domain::Tier::kVillage && !AboveHolds(w, j, seq, *hash)) {
    w.Violation("I5", absl::StrCat(d.name, " says that ", base::ToText(j), " ", seq, " is at the township"));
  }
}

}  // namespace

void CheckHolding(World& w, Device& d) {
  if (!d.up() || !d.node->failed().ok()) return;
  for (size_t back = 1; back <= 3 && back <= d.own.size(); ++back) {
    const auto it = w.changes().find(d.own[d.own.size() - back]);
    if (it != w.changes().end() && d.node->HashAt(it->second.journal, it->second.seq) == it->second.hash) {
      CheckOne(w, d, it->second.journal, it->second.seq);
    }
  }
  for (const auto& [scope, state] : d.node->scopes_for_checking()) {
    for (const auto& [origin, js] : state.journals) {
      if (js.have.seq > 0) CheckOne(w, d, {scope, origin}, js.have.seq);
    }
  }
}

}  // namespace guanhu::sim
