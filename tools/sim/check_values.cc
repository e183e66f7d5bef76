#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tools/sim/check_end.h"
#include "tools/sim/world.h"

namespace guanhu::sim {
namespace {

struct Effect {
  const EntryInfo* entry;
  const EditInfo* edit;
  const TrueEdit* truth;
  bool original;  // stands where its author wrote it
};
using Record = std::pair<uint32_t, base::RecordId>;

bool Writes(const Effect& e, uint32_t field) {
  return std::find(e.edit->set.begin(), e.edit->set.end(), field) != e.edit->set.end();
}
bool Touches(const Effect& e, uint32_t field) {
  return Writes(e, field) || std::find(e.edit->cleared.begin(), e.edit->cleared.end(), field) != e.edit->cleared.end();
}

// Everything that takes effect at the city, by record. Also: what must not.
std::map<Record, std::vector<Effect>> Effects(World& w) {
  std::map<Record, std::vector<Effect>> out;
  const auto& scopes = w.city().node->scopes_for_checking();
  for (const auto& [j, entries] : w.city().cache.journals) {
    const node::ScopeState& scope = scopes.at(j.scope);
    const auto author = w.city().node->Author(j.origin);
    for (const EntryInfo* e : entries) {
      if (!e->change || e->edits.empty()) continue;
      const auto it = w.changes().find(e->uid);
      if (it == w.changes().end() || w.forged().contains(e->uid)) {
        w.Violation("I7",
                    absl::StrCat("an entry that nobody wrote (", e->uid, w.forged().contains(e->uid) ? ", forged" : "",
                                 "): ", base::ToText(j), " ", e->seq));
        return {};
      }
      const std::pair at{j.origin, e->seq};
      if (scope.held.contains(at) || scope.waiting.contains(at)) continue;
      const auto verdict = scope.verdicts.find(at);
      const bool adopted = verdict != scope.verdicts.end() && verdict->second.adopt;
      const TrueChange& change = it->second;
      // Who is assigned to the place by now, or governs what it was merged into, is welcome with what he wrote before.
      const bool welcome = change.foreign && author && w.city().node->directory().MayAuthor(author->node, j.scope);
      if (change.forbidden && !welcome && !adopted && author && !author->city) {
        w.Violation("I7", absl::StrCat("change ", e->uid, " of ", change.author,
                                       " took effect, which it must not: ", base::ToText(j), " ", e->seq));
        return {};
      }
      if (author && w.RevokedBefore(author->node, j, e->seq) && !adopted) {
        w.Violation("I7", absl::StrCat("change ", e->uid, " of the revoked ", change.author,
                                       " took effect: ", base::ToText(j), " ", e->seq));
        return {};
      }
      for (size_t i = 0; i < e->edits.size() && i < change.edits.size(); ++i) {
        out[{e->edits[i].type, e->edits[i].id}].push_back(
            {e, &e->edits[i], &change.edits[i], change.acked && e->hash == change.hash});
      }
    }
  }
  return out;
}

void CheckOnce(World& w, const Record& record, const std::vector<Effect>& effects) {
  std::map<uint64_t, const EntryInfo*> seen;
  for (const Effect& e : effects) {
    const auto [it, first] = seen.emplace(e.entry->uid, e.entry);
    if (first) continue;
    w.Violation("I3", absl::StrCat("change ", e.entry->uid, " takes effect twice on ", base::ToText(record.second),
                                   ": as ", base::ToText(it->second->journal), " ", it->second->seq, " and ",
                                   base::ToText(e.entry->journal), " ", e.entry->seq));
    return;
  }
}

std::string Name(const Record& r, uint32_t field) {
  return absl::StrCat("field ", field, " of ", base::ToText(r.second));
}

void CheckField(World& w, const Record& record, uint32_t field, const std::vector<Effect>& on,
                const model::RecordState* state) {
  std::set<std::pair<base::Origin, uint64_t>> shown;
  std::set<uint64_t> shown_uids;
  const model::FieldState* f = state == nullptr ? nullptr : state->Find(field);
  if (f != nullptr) {
    for (const model::Sibling& s : f->siblings) shown.insert({s.origin, s.seq});
  }
  for (const Effect& v : on) {
    if (shown.contains({v.entry->journal.origin, v.entry->seq})) shown_uids.insert(v.entry->uid);
  }
  for (const Effect& v : on) {
    if (!Writes(v, field)) continue;
    const bool here = shown.contains({v.entry->journal.origin, v.entry->seq});
    if (here) w.Probe("value shown");
    bool overruled = false, perhaps = false;
    for (const Effect& o : on) {
      if (o.entry == v.entry) continue;
      const auto saw = o.truth->seen.find(v.entry->uid);
      perhaps |= o.truth->shown_held.contains(v.entry->uid);
      if (saw == o.truth->seen.end()) continue;
      overruled = true;
      // It stands where it was seen, and the branch that its overruler had seen is the one that is held.
      const bool exact = o.original && saw->second.hash == v.entry->hash &&
                         w.city().cache.Holds(saw->second.journal, saw->second.last_seq, saw->second.last_hash);
      if (here && exact) {
        w.Violation("I8", absl::StrCat("change ", o.entry->uid, " had seen change ", v.entry->uid,
                                       ", which still stands beside it: ", Name(record, field)));
        return;
      }
    }
    if (!here && !overruled && !perhaps && !shown_uids.contains(v.entry->uid)) {
      std::string beside;
      for (const Effect& o : on) {
        absl::StrAppend(&beside, shown.contains({o.entry->journal.origin, o.entry->seq}) ? " [" : " ", o.entry->uid,
                        "@", base::ToText(o.entry->journal.origin.value), ":", o.entry->seq,
                        o.entry->reissue ? "r" : "",
                        shown.contains({o.entry->journal.origin, o.entry->seq}) ? "]" : "");
      }
      w.Say("the edits of that field, shown ones in brackets:" + beside);
      w.Violation(
          "I8", absl::StrCat("the value of change ", v.entry->uid, " (", base::ToText(v.entry->journal), " ",
                             v.entry->seq, ") is hidden, though nobody who wrote had seen it: ", Name(record, field)));
      return;
    }
  }
}

}  // namespace

void CheckValues(World& w) {
  const std::map<Record, std::vector<Effect>> all = Effects(w);
  for (const auto& [record, effects] : all) {
    if (!w.violations().empty()) return;
    CheckOnce(w, record, effects);
    const auto state = w.city().node->Get(record.first, record.second);
    std::set<uint32_t> fields;
    for (const Effect& e : effects) {
      fields.insert(e.edit->set.begin(), e.edit->set.end());
    }
    for (uint32_t field : fields) {
      std::vector<Effect> on;
      std::copy_if(effects.begin(), effects.end(), std::back_inserter(on),
                   [&](const Effect& e) { return Touches(e, field); });
      CheckField(w, record, field, on, state.ok() && *state ? &**state : nullptr);
    }
  }
}

}  // namespace guanhu::sim
