#include "tools/sim/check_end.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tools/sim/world.h"

namespace guanhu::sim {
namespace {

std::set<uint64_t> CityUids(World& w) {
  std::set<uint64_t> uids;
  for (const auto& [j, entries] : w.city().cache.journals) {
    for (const EntryInfo* e : entries) uids.insert(e->uid);
  }
  for (const sync::AsideItem& item : w.city().node->AsideAll()) uids.insert(w.archive().InternAside(item)->uid);
  return uids;
}

void CheckLost(World& w) {
  const std::set<uint64_t> at_city = CityUids(w);
  for (const auto& [uid, change] : w.changes()) {
    if (!change.acked || at_city.contains(uid)) continue;
    if (change.excused) {
      w.Probe("change lost with its only store");
      continue;
    }
    w.Violation("I1", absl::StrCat("change ", uid, " of ", change.author, " was saved as ",
                                   base::ToText(change.journal), " ", change.seq, " and is not at the city"));
    return;
  }
}

std::string Vector(const sync::Have& have) {
  std::string out;
  for (const sync::Point& p : have.points) absl::StrAppend(&out, p.journal.origin.value, ":", p.seq, ":", p.hash, " ");
  return out;
}

void CheckSame(World& w, Device& d) {
  const std::vector<base::ScopeId> want = w.city().node->directory().ScopesOf(d.node->place());
  if (d.node->Scopes() != want)
    return w.Violation("I2", absl::StrCat(d.name, " holds other scopes than the tree gives it"));
  for (const base::ScopeId& s : d.node->Scopes()) {
    if (Vector(d.node->HaveOf(s)) != Vector(w.city().node->HaveOf(s))) {
      return w.Violation("I2", absl::StrCat(d.name, " and the city hold different journals of ", base::ToText(s)));
    }
    if (d.node->StatesOf(s) != w.city().node->StatesOf(s)) {
      return w.Violation("I2", absl::StrCat(d.name, " and the city show different records of ", base::ToText(s)));
    }
  }
}

void CheckPrivacy(World& w, Device& d) {
  if (d.tier != domain::Tier::kVillage) return;
  for (const base::ScopeId& s : d.node->Scopes()) d.ever_held.insert(s);
  for (const auto& [scope, state] : d.node->scopes_for_checking()) {
    if (d.ever_held.contains(scope)) continue;
    for (const auto& [origin, js] : state.journals) {
      const auto author = d.node->Author(origin);
      if (author && author->node == d.id()) continue;  // its own, written while its program was bent
      if (js.have.seq > 0)
        return w.Violation("I7",
                           absl::StrCat(d.name, " holds ", base::ToText(scope), ", which it was never assigned to"));
    }
  }
}

bool HeldSomewhere(World& w, const base::JournalId& j, uint64_t seq) {
  return std::any_of(w.devices().begin(), w.devices().end(),
                     [&](const auto& d) { return d->node->PositionOf(j).seq >= seq; });
}

// A stamp from the future has moved nobody's clock: after the heal it is the parent's.
void CheckClock(World& w, Device& d) {
  constexpr int64_t kDayMs = 86'400'000;
  const int64_t off = d.node->corrected_wall_ms(w.now_ms()) - w.now_ms();
  if (off > kDayMs || off < -kDayMs)
    w.Violation("clock", absl::StrCat(d.name, " is ", off, " ms off after meeting its parent"));
}

void CountEntries(World& w) {
  for (const auto& [hash, e] : w.archive().all()) {
    if (e->reissue) w.Probe("entry re-issue");
    if (std::holds_alternative<model::Close>(e->entry)) w.Probe("entry close");
    if (const auto* v = std::get_if<model::Verdict>(&e->entry))
      w.Probe(v->adopt ? "entry verdict adopt" : "entry verdict void");
    if (std::holds_alternative<model::Cut>(e->entry)) w.Probe("entry revocation");
    if (std::holds_alternative<model::Kept>(e->entry)) w.Probe("entry kept");
    if (std::holds_alternative<model::Opaque>(e->entry)) w.Probe("entry of an unknown kind");
  }
}

void CheckDevice(World& w, Device& d, bool revoked) {
  if (!d.events.errors.empty()) return w.Violation("R14", absl::StrCat(d.name, ": ", d.events.errors.front()));
  const std::string wrong = w.RefreshDurable(d);
  if (!wrong.empty()) return w.Violation("I4", absl::StrCat(d.name, ": ", wrong));
  CheckPrivacy(w, d);
  if (revoked) return;
  // What a node has left behind rests as it was.
  const std::vector<base::ScopeId> scopes = d.node->Scopes();
  for (const auto& [scope, state] : d.node->scopes_for_checking()) {
    if (!std::binary_search(scopes.begin(), scopes.end(), scope)) continue;
    for (const auto& [place, waiting] : state.waiting) {
      // Its cause may itself wait, or may be lost with every store that held it: then it can only wait.
      if (state.waiting.contains({waiting.cause.origin, waiting.cause.seq})) continue;
      if (!HeldSomewhere(w, {scope, waiting.cause.origin}, waiting.cause.seq)) {
        w.Probe("waits for a destroyed change");
        continue;
      }
      w.Violation("I6", absl::StrCat(d.name, ": ", base::ToText(base::JournalId{scope, place.first}), " ", place.second,
                                     " still waits for ", base::ToText(waiting.cause.origin.value), " ",
                                     waiting.cause.seq, waiting.cause.branch ? " (branch)" : ""));
    }
  }
  for (const node::HeldItem& h : d.node->Held()) {
    if (h.verdict || !std::binary_search(scopes.begin(), scopes.end(), h.journal.scope)) continue;
    return w.Violation(
        "R10", absl::StrCat(d.name, " holds ", base::ToText(h.journal), " ", h.seq, " without a verdict: ", h.reason));
  }
  if (!d.city()) CheckSame(w, d);
  CheckClock(w, d);
}

}  // namespace

void CheckEnd(World& w) {
  for (const auto& d : w.devices()) {
    CheckDevice(w, *d, w.city().node->ViewOf(d->id()).hand_in_only);
    if (!w.violations().empty()) return;
  }
  CountEntries(w);
  CheckLost(w);
  if (w.violations().empty()) CheckValues(w);
  for (const auto& d : w.devices()) {
    if (!w.violations().empty()) return;
    if (absl::Status s = d->node->VerifyAgainstJournals(); !s.ok())
      w.Violation("R14", absl::StrCat(d->name, ": ", s.ToString()));
  }
}

}  // namespace guanhu::sim
