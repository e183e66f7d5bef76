// What people do: tablets, townships and the city write; the city edits the tree, judges and revokes.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tools/sim/world.h"

namespace guanhu::sim {

using testing::Fixed;
using testing::kAssetType;
using testing::kDeviceType;
using testing::kOfficeType;
using testing::kPlaceType;
using testing::Varint;

namespace {
constexpr uint64_t kKeys = 6;
}  // namespace

TrueEdit World::SeenBy(Device& d, uint32_t type, const base::RecordId& id) {
  TrueEdit seen;
  const std::string wrong = d.cache.Refresh(*d.node, *d.mem, archive_, id.scope);
  if (!wrong.empty()) Violation("I4", absl::StrCat(d.name, ": ", wrong));
  const node::ScopeState& scope = d.node->scopes_for_checking().at(id.scope);
  for (auto it = d.cache.journals.lower_bound({id.scope, {}});
       it != d.cache.journals.end() && it->first.scope == id.scope; ++it) {
    const EntryInfo* last = nullptr;
    std::vector<const EntryInfo*> of_record;
    for (const EntryInfo* e : it->second) {
      if (std::none_of(e->edits.begin(), e->edits.end(),
                       [&](const EditInfo& x) { return x.type == type && x.id == id; }))
        continue;
      const std::pair at{e->journal.origin, e->seq};
      if (scope.waiting.contains(at)) {
        // The writer's own earlier edits count as seen even while they wait.
        if (e->journal.origin == d.node->origin()) seen.shown_held.insert(e->uid);
        continue;
      }
      if (scope.held.contains(at)) {
        seen.shown_held.insert(e->uid);
        continue;
      }
      of_record.push_back(last = e);
    }
    for (const EntryInfo* e : of_record) seen.seen[e->uid] = {e->hash, e->journal, last->seq, last->hash};
  }
  return seen;
}

node::Command::Edit World::MakeEdit(Device& d, const base::ScopeId& scope, uint64_t uid) {
  node::Command::Edit edit;
  edit.type = kAssetType;
  const auto& known = records_[scope];
  if (Chance(0.72) && !known.empty()) {
    for (int tries = 0; tries < 4 && !edit.record; ++tries) {
      const auto& [type, id] = known[Chance(hot_share_) ? std::min<size_t>(known.size() - 1, random_.Below(2))
                                                        : random_.Below(known.size())];
      const auto state = d.node->Get(type, id);
      if (type == kPlaceType || type == kDeviceType || !state.ok() || !*state) continue;
      edit.type = type;
      edit.record = id;
    }
  }
  if (!edit.record && Chance(0.12)) {
    const uint64_t k = random_.Below(kKeys);
    edit.key = absl::StrCat("task", k);
    edit.set = {Varint(5, 1000 + k)};
  } else {
    if (!edit.record && Chance(0.1)) edit.type = kOfficeType;
    for (uint32_t f = 1; f <= 4; ++f) {
      if (!Chance(f == 4 ? 0.08 : 0.4)) continue;
      if (edit.record && Chance(0.12)) {
        edit.cleared.push_back(f);
      } else {
        edit.set.push_back(Varint(f, uid));
      }
    }
  }
  edit.set.push_back(Varint(kMarkerField, uid));
  return edit;
}

std::optional<node::Command> World::MakeCommand(Device& d, uint64_t uid) {
  std::vector<base::ScopeId> scopes = d.node->Scopes();
  std::erase_if(scopes, [&](const base::ScopeId& s) {
    return s == d.node->county_scope() || (!d.city() && !d.node->directory().MayAuthor(d.id(), s));
  });
  if (scopes.empty()) return std::nullopt;
  node::Command c;
  c.scope = scopes[random_.Below(scopes.size())];
  c.person = base::PersonId{1 + random_.Below(5)};
  if (Chance(0.3)) c.id = absl::StrCat("command ", uid);
  const uint64_t edits = Chance(0.15) ? 2 + random_.Below(2) : 1;
  std::set<std::pair<uint32_t, base::RecordId>> used;
  for (uint64_t i = 0; i < edits; ++i) {
    node::Command::Edit e = MakeEdit(d, c.scope, uid);
    const base::RecordId id = e.key.empty() ? e.record : model::DerivedId(c.scope, e.type, e.key);
    if (id && !used.insert({e.type, id}).second) continue;
    c.edits.push_back(std::move(e));
  }
  return c.edits.empty() ? std::nullopt : std::optional(std::move(c));
}

void World::Write(Device& d) {
  if (!d.up()) return;
  const uint64_t uid = next_uid_++;
  const std::optional<node::Command> c = MakeCommand(d, uid);
  if (c) Execute(d, *c, uid);
}

void World::Execute(Device& d, const node::Command& c, uint64_t uid) {
  TrueChange change;
  change.uid = uid;
  change.author = d.name;
  change.undeliverable = static_cast<bool>(d.rules.believes_in);
  for (const node::Command::Edit& e : c.edits) {
    const bool office = e.type == kOfficeType && d.tier == domain::Tier::kVillage;
    change.forbidden |= office;
    TrueEdit& seen = change.edits.emplace_back();
    const base::RecordId id = e.record        ? e.record
                              : e.key.empty() ? base::RecordId{}
                                              : model::DerivedId(c.scope, e.type, e.key);
    if (id && d.node->scopes_for_checking().contains(c.scope)) seen = SeenBy(d, e.type, id);
  }
  if (change.undeliverable && !change.forbidden && !city().node->directory().MayAuthor(d.id(), c.scope))
    change.forbidden = change.foreign = true;
  changes_[uid] = change;
  const absl::StatusOr<node::Saved> saved = d.node->Execute(c, Now(d));
  TrueChange& kept = changes_[uid];
  Trace(uid, saved.ok() ? saved->seq : 0);
  if (!saved.ok()) {
    Probe(absl::StrCat("refused: ", absl::StatusCodeToString(saved.status().code())));
    if (!d.node->failed().ok()) return AfterRun(d, d.node->failed());
    changes_.erase(uid);
    return;
  }
  kept.acked = true;
  kept.journal = saved->journal;
  kept.seq = saved->seq;
  kept.hash = d.node->HashAt(saved->journal, saved->seq).value_or(0);
  Say(absl::StrCat(d.name, " writes ", uid, " as ", base::ToText(saved->journal), " ", saved->seq));
  if (saved->records.size() != c.edits.size()) Violation("I3", "a command's result does not name its records");
  for (size_t i = 0; i < saved->records.size(); ++i) {
    if (c.edits[i].record) continue;
    auto& known = records_[c.scope];
    const std::pair made{c.edits[i].type, saved->records[i]};
    if (c.edits[i].key.empty() || std::find(known.begin(), known.end(), made) == known.end()) known.push_back(made);
  }
  const auto& journals = d.node->scopes_for_checking().at(c.scope).journals;
  if (const auto js = journals.find(saved->journal.origin); js != journals.end() && js->second.forked) {
    Violation("R8",
              absl::StrCat(d.name, " writes on in ", base::ToText(saved->journal), ", of which it saw two branches"));
  }
  d.own.push_back(uid);
  if (!c.id.empty()) d.repeatable.push_back(c);
  Spread(d);
}

void World::RepeatCommand(Device& d) {
  if (!d.up() || d.repeatable.empty()) return;
  const node::Command& c = d.repeatable[random_.Below(d.repeatable.size())];
  const absl::StatusOr<node::Saved> again = d.node->Execute(c, Now(d));
  if (!d.node->failed().ok()) return AfterRun(d, d.node->failed());
  Probe("repeated command");
  if (again.ok() && !again->repeated) Violation("I3", absl::StrCat(d.name, " took ", c.id, " twice"));
  Spread(d);
}

void World::CityEdit(const base::RecordId& record, uint32_t type, std::vector<model::Field> set) {
  const auto state = city().node->Get(type, record);
  if (!state.ok() || !*state) return;
  const uint64_t uid = next_uid_++;
  set.push_back(Varint(kMarkerField, uid));
  Execute(city(), {"", city().node->county_scope(), {}, {{type, record, "", std::move(set), {}}}}, uid);
}

namespace {

// The list of former parents or places, with one more.
model::Field Longer(const std::optional<model::RecordState>& state, uint32_t field, uint64_t value) {
  model::Field out = Fixed(field, value);
  const model::FieldState* before = state ? state->Find(field) : nullptr;
  if (before != nullptr) out.raw = before->siblings.back().raw + out.raw;
  return out;
}

}  // namespace

void World::Reparent() {
  const base::PlaceId village = villages_[random_.Below(villages_.size())];
  const base::PlaceId to = townships_[random_.Below(townships_.size())];
  const auto state = city().node->Get(kPlaceType, place_records_[village]);
  if (!state.ok() || !*state) return;
  const uint64_t from = testing::Value(**state, 1);
  if (from == to.value) return;
  Probe("village re-parented");
  Say(absl::StrCat("village ", base::ToText(village.value), " goes to ", base::ToText(to.value)));
  CityEdit(place_records_[village], kPlaceType, {Fixed(1, to.value), Longer(*state, 3, from)});
}

void World::Merge() {
  const domain::Directory& county = city().node->directory();
  const base::PlaceId from = villages_[random_.Below(villages_.size())];
  const base::PlaceId into = county.Root(villages_[random_.Below(villages_.size())]);
  if (county.Root(from) != from || from == into || county.Place(into) == nullptr) return;
  Probe("village merged");
  CityEdit(place_records_[from], kPlaceType, {Fixed(2, into.value)});
}

void World::Reassign() {
  Device& d = AnyTablet();
  const base::RecordId record = device_records_[d.key];
  const base::PlaceId to = villages_[random_.Below(villages_.size())];
  const auto state = city().node->Get(kDeviceType, record);
  if (!state.ok() || !*state) return;
  const uint64_t from = testing::Value(**state, 2);
  if (from == to.value) return;
  Probe("device re-assigned");
  Say(absl::StrCat(d.name, " re-assigned"));
  for (const auto& other : devices_) {
    if (other->key == d.key) other->place = to;
  }
  CityEdit(record, kDeviceType, {Fixed(2, to.value), Longer(*state, 3, from)});
}

void World::Decide() {
  const std::vector<node::HeldItem> held = city().node->Held();
  if (held.empty()) return;
  const node::HeldItem& item = held[random_.Below(held.size())];
  const absl::Status s =
      city().node->Decide(item.journal, {item.seq}, Chance(0.5), "seen by a clerk", base::PersonId{7}, Now(city()));
  Probe("clerk decided");
  if (!s.ok() && city().node->failed().ok())
    return Violation("R10", absl::StrCat("the city cannot decide: ", s.ToString()));
  Spread(city());
}

void World::Adopt() {
  const std::vector<sync::AsideItem> aside = city().node->AsideAll();
  if (aside.empty()) return;
  const sync::AsideItem& item = aside[random_.Below(aside.size())];
  const EntryInfo* info = archive_.InternAside(item);
  // A clerk reads what he adopts: nothing forged, and only what is a change.
  if (!info->change || forged_.contains(info->uid)) return;
  const auto saved = city().node->AdoptAside(item.journal, item.seq, base::Prefix64(item.chain), Now(city()));
  Probe("clerk adopted from quarantine");
  if (!saved.ok() && city().node->failed().ok())
    return Violation("R9", absl::StrCat("the city cannot adopt: ", saved.status().ToString()));
  if (auto it = changes_.find(info->uid); it != changes_.end()) it->second.forbidden = false;
  Spread(city());
}

bool World::RevokedBefore(base::NodeId node, const base::JournalId& j, uint64_t seq) {
  const auto it = revoked_good_.find(node);
  if (it == revoked_good_.end() || !city().node->ViewOf(node).hand_in_only) return false;
  const auto good = it->second.find(j);
  return good == it->second.end() || seq > good->second;
}

void World::Revoke() {
  Device& d = AnyTablet();
  if (d.revoked || city().node->directory().Device(d.id()) == nullptr) return;
  int revoked = 0;
  for (const auto& x : devices_) revoked += x->revoked ? 1 : 0;
  if (revoked >= 2) return;
  for (const auto& x : devices_) x->revoked |= x->key == d.key;
  Probe("device revoked");
  Say(absl::StrCat(d.name, " revoked"));
  std::map<base::JournalId, uint64_t>& good = revoked_good_[d.id()];
  for (const auto& [scope, state] : city().node->scopes_for_checking()) {
    for (const auto& [origin, js] : state.journals) {
      const auto author = city().node->Author(origin);
      if (author && author->node == d.id()) good[{scope, origin}] = js.have.seq;
    }
  }
  const absl::Status s = city().node->Revoke(d.id(), "lost", Now(city()));
  if (!s.ok() && city().node->failed().ok())
    return Violation("R12", absl::StrCat("the city cannot revoke: ", s.ToString()));
  Spread(city());
}

}  // namespace guanhu::sim
