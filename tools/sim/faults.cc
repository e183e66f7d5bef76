// What goes wrong: power, disks, lost, restored, copied and replaced machines, and people who mean harm.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/node/codec_rows.h"
#include "common/node/keys.h"
#include "tools/sim/check_holding.h"
#include "tools/sim/world.h"

namespace guanhu::sim {
namespace {

constexpr Fault kActs[] = {Fault::kStale,     Fault::kWipe,    Fault::kRestore,  Fault::kRewind,   Fault::kClone,
                           Fault::kTogether,  Fault::kCity,    Fault::kMerge,    Fault::kReparent, Fault::kReassign,
                           Fault::kCrash,     Fault::kFail,    Fault::kPowerCut, Fault::kLie,      Fault::kRevoke,
                           Fault::kForbidden, Fault::kForeign, Fault::kOpaque};

}  // namespace

void World::MaybeFault() {
  if (Chance(0.25)) return TakeBackup();
  if (Chance(0.15)) return TakeSnapshot();
  double sum = 0;
  for (Fault f : kActs) sum += On(f) ? weight_[static_cast<size_t>(f)] : 0;
  double x = static_cast<double>(random_.Below(1'000'000)) / 1e6 * sum;
  for (Fault f : kActs) {
    if (!On(f)) continue;
    x -= weight_[static_cast<size_t>(f)];
    if (x <= 0) return Do(f);
  }
}

void World::Do(Fault f) {
  Say(absl::StrCat("fault ", kFaultNames[static_cast<size_t>(f)]));
  switch (f) {
    case Fault::kStale:
      return StaleMeeting();
    case Fault::kWipe:
      return Wipe(Chance(0.5) ? AnyTablet() : AnyTownship());
    case Fault::kRestore:
    case Fault::kRewind: {
      Device& d = Chance(0.5) ? AnyTablet() : AnyTownship();
      const Backup* backup = BackupOf(d);
      if (backup != nullptr) Restore(d, *backup, f == Fault::kRestore);
      return;
    }
    case Fault::kClone:
      return Clone();
    case Fault::kTogether:
      return Together();
    case Fault::kCity: {
      const Backup* backup = BackupOf(city());
      if (backup != nullptr && now_ms_ - last_city_restore_ > 20'000'000) RestoreCity(*backup);
      return;
    }
    case Fault::kMerge:
      return Chance(0.5) ? Merge() : void();
    case Fault::kReparent:
      return Reparent();
    case Fault::kReassign:
      return Reassign();
    case Fault::kCrash:
      return Crash(AnyDevice());
    case Fault::kFail:
      return FailCommit(AnyDevice());
    case Fault::kPowerCut: {
      Device& d = AnyDevice();
      d.disk.CutInNext(Chance(0.5));
      return Probe("power cut armed");
    }
    case Fault::kLie: {
      Device& d = AnyTablet();
      d.disk_lied = true;
      return d.disk.LieAboutSync(true);
    }
    case Fault::kRevoke:
      return Chance(0.3) ? Revoke() : void();
    case Fault::kForbidden:
      if (Chance(0.5)) AnyTablet().rules.writes_anything = true;
      return;
    case Fault::kForeign:
      return Bend();
    case Fault::kOpaque:
      return AppendOpaque(AnyDevice());
    default:
      return;
  }
}

void World::Restart(Device& d, bool new_incarnation) {
  std::set<uint64_t> before;
  if (d.disk_lied && d.up()) {
    before.insert(d.own.begin(), d.own.end());
    for (const auto& [j, entries] : d.cache.journals) {
      for (const EntryInfo* e : entries) before.insert(e->uid);
    }
    for (const sync::AsideItem& item : d.node->AsideAll()) before.insert(archive_.InternAside(item)->uid);
  }
  CloseWiresOf(d);
  d.disk.ClearFaults();
  d.disk.LieAboutSync(d.disk_lied && !healing_);
  if (absl::Status s = d.Start(new_incarnation); !s.ok()) {
    return Violation("engine", absl::StrCat(d.name, " does not open again: ", s.ToString()));
  }
  d.cache.Clear();
  if (d.mem->report().watermark_lost) Probe("opened behind its watermark");
  if (!d.disk_lied) {
    const std::string wrong = RefreshDurable(d);
    if (!wrong.empty()) Violation("I4", absl::StrCat(d.name, " after opening: ", wrong));
  }
  if (d.disk_lied) {
    d.repeatable.clear();
    Destroyed(d, before);
  }
  CheckHolding(*this, d);
}

std::set<uint64_t> World::UidsOf(Device& d) {
  std::set<uint64_t> uids;
  if (!d.up()) return uids;
  const std::string wrong = d.Refresh(archive_);
  if (!wrong.empty()) Violation("I4", absl::StrCat(d.name, ": ", wrong));
  for (const auto& [j, entries] : d.cache.journals) {
    for (const EntryInfo* e : entries) {
      if (e->uid != 0) uids.insert(e->uid);
    }
  }
  for (const sync::AsideItem& item : d.node->AsideAll()) {
    if (const uint64_t uid = archive_.InternAside(item)->uid; uid != 0) uids.insert(uid);
  }
  return uids;
}

// What only the lost contents held is lost with them, and nothing else may be.
void World::Destroyed(Device& d, const std::set<uint64_t>& held_before) {
  std::set<uint64_t> held;
  for (const auto& other : devices_) {
    const std::set<uint64_t> uids = UidsOf(*other);
    held.insert(uids.begin(), uids.end());
  }
  for (uint64_t uid : held_before) {
    if (held.contains(uid)) continue;
    if (auto it = changes_.find(uid); it != changes_.end() && !it->second.excused) {
      it->second.excused = true;
      Probe("change destroyed before its first contact");
      Say(absl::StrCat("change ", uid, " was only at ", d.name));
    }
  }
}

void World::RememberPast(Device& d) {
  std::set<uint64_t>& past = d.city() ? city_past_[epoch_] : township_past_;
  if (d.tier == domain::Tier::kVillage) return;
  for (const auto& [j, entries] : d.cache.journals) {
    for (const EntryInfo* e : entries) past.insert(e->hash);
  }
  for (const sync::AsideItem& item : d.node->AsideAll()) past.insert(base::Prefix64(item.chain));
}

void World::Crash(Device& d) {
  if (!d.up()) return;
  Probe("power cut");
  if (d.disk_lied) UidsOf(d);
  d.disk.Crash(random_.Below(4));
  Restart(d, false);
}

void World::FailCommit(Device& d) {
  d.disk.FailNext(Chance(0.5) ? absl::ResourceExhaustedError("disk full") : absl::UnavailableError("disk error"));
  Probe("commit failure armed");
}

void World::TakeBackup() {
  Device& d = Chance(0.35) ? city() : AnyDevice();
  backups_.push_back({&d, d.disk, epoch_});
  if (backups_.size() > 24) backups_.erase(backups_.begin());
}

void World::TakeSnapshot() {
  Device& d = AnyDevice();
  snapshots_.push_back({&d, d.disk, epoch_});
  if (snapshots_.size() > 12) snapshots_.pop_front();
}

const Backup* World::BackupOf(Device& d) {
  std::vector<const Backup*> found;
  for (const Backup& b : backups_) {
    if (b.of == &d) found.push_back(&b);
  }
  return found.empty() ? nullptr : found[random_.Below(found.size())];
}

void World::Wipe(Device& d) {
  Probe(d.tier == domain::Tier::kVillage ? "tablet wiped" : "township wiped");
  Say(absl::StrCat(d.name, " wiped"));
  const std::set<uint64_t> before = UidsOf(d);
  RememberPast(d);
  CloseWiresOf(d);
  d.Stop();
  d.disk = store::MemDisk();
  d.disk.ClearFaults();
  d.disk_lied = false;
  d.repeatable.clear();
  Restart(d, false);
  Destroyed(d, before);
}

void World::Restore(Device& d, const Backup& backup, bool noticed) {
  Probe(absl::StrCat(d.tier == domain::Tier::kVillage ? "tablet " : "township ", noticed ? "restored" : "rewound"));
  Say(absl::StrCat(d.name, noticed ? " restored" : " rewound"));
  const std::set<uint64_t> before = UidsOf(d);
  RememberPast(d);
  CloseWiresOf(d);
  d.Stop();
  d.disk_lied = false;
  d.repeatable.clear();
  const bool marked = noticed && Chance(0.5);  // the watermark file was left in place and tells
  if (marked) {
    d.disk.RestoreContents(backup.disk);
  } else {
    d.disk = backup.disk;
  }
  d.disk.ClearFaults();
  Restart(d, noticed);
  Destroyed(d, before);
}

void World::RestoreCity(const Backup& backup) {
  Probe("city restored");
  Say("the city is restored");
  Device& d = city();
  last_city_restore_ = now_ms_;
  const std::set<uint64_t> before = UidsOf(d);
  RememberPast(d);
  CloseWiresOf(d);
  d.Stop();
  d.disk = backup.disk;
  d.disk.ClearFaults();
  d.repeatable.clear();
  ++epoch_;
  d.trust = std::make_unique<testing::ToyTrust>("city", true, epoch_);
  Restart(d, true);
  Destroyed(d, before);
}

void World::Clone() {
  Device& d = AnyTablet();
  const auto same = std::count_if(devices_.begin(), devices_.end(), [&](const auto& x) { return x->key == d.key; });
  if (devices_.size() > 24 || same > 2) return;
  Probe("tablet cloned");
  auto clone = std::make_unique<Device>(d.key, static_cast<int>(same), false, 0, county_, d.place, d.tier,
                                        random_.Next64(), probes_);
  if (options_.trace) clone->events.trace_as = clone->name;
  const Backup* backup = Chance(0.3) ? BackupOf(d) : nullptr;
  clone->disk = backup != nullptr ? backup->disk : d.disk;
  clone->clock = d.clock;
  clone->revoked = d.revoked;
  clone->rules.writes_anything = d.rules.writes_anything;
  clone->rules.believes_in = d.rules.believes_in;
  clone->ever_held = d.ever_held;
  devices_.push_back(std::move(clone));
  Restart(*devices_.back(), false);
}

void World::Together() {
  Device& d = AnyTablet();
  Device* relay = RelayOf(d);
  if (relay == nullptr) return;
  Probe("device and township lost together");
  for (Device* x : {&d, relay}) {
    const Backup* backup = BackupOf(*x);
    const uint64_t how = random_.Below(3);
    if (backup == nullptr || how == 0) {
      Wipe(*x);
    } else {
      Restore(*x, *backup, how == 1);
    }
  }
}

void World::StaleMeeting() {
  if (snapshots_.empty()) TakeSnapshot();
  const Backup& old = snapshots_[random_.Below(snapshots_.size())];
  Device& reader = AnyDevice();
  if (!reader.up() || old.of->key == reader.key) return;
  auto ghost = std::make_unique<Device>(old.of->key, 0, old.of->city(), old.epoch, county_, old.of->place, old.of->tier,
                                        random_.Next64(), probes_);
  ghost->disk = old.disk;
  ghost->rules.writes_anything = old.of->rules.writes_anything;
  ghost->revoked = false;
  if (absl::Status s = ghost->Start(false); !s.ok()) {
    return Violation("engine", absl::StrCat("an old copy of ", old.of->name, " does not open: ", s.ToString()));
  }
  Probe("stale bundle read");
  Device& giver = *ghost;
  pending_ghost_ = std::move(ghost);
  ConnectFor(reader, giver);
  pending_ghost_.reset();
}

void World::Bend() {
  Device& d = AnyTablet();
  if (!Chance(0.4) || d.rules.believes_in || d.revoked) return;
  for (const auto& x : devices_) {
    if (x->rules.believes_in) return;  // one is enough
  }
  Probe("device bent to a foreign place");
  d.rules.believes_in = villages_[random_.Below(villages_.size())];
  Restart(d, false);
}

void World::AppendOpaque(Device& d) {
  if (d.disk_lied) return;
  std::vector<base::JournalId> own;
  for (const auto& [scope, state] : d.node->scopes_for_checking()) {
    const auto js = state.journals.find(d.node->origin());
    if (js != state.journals.end() && js->second.have.seq > 0 && !js->second.forked &&
        !state.closes.contains(d.node->origin())) {
      own.push_back({scope, d.node->origin()});
    }
  }
  if (own.empty()) return;
  const base::JournalId j = own[random_.Below(own.size())];
  node::JournalState js = d.node->scopes_for_checking().at(j.scope).journals.at(j.origin);
  CloseWiresOf(d);
  d.Stop();
  std::string bytes =
      Chance(0.5) ? "\x7f" : "\x01";  // a kind that this program does not know, or a change of a later format
  bytes += random_.Bytes(20);
  const base::Hash256 chain = model::ChainNext(js.have.hash, bytes);
  js.have = {js.have.seq + 1, chain};
  store::Batch batch;
  batch.Put(store::Table::kJournal, node::EntryKey(j, js.have.seq), std::string(base::View(chain)) + bytes);
  batch.Put(store::Table::kMeta, node::KeyOf(node::Meta::kJournal, j), node::EncodeJournal(js));
  auto mem = store::MemStore::Open(&d.disk);
  if (mem->Commit(batch, store::Durability::kSynced).ok()) Probe("entry of a newer program");
  mem.reset();
  Restart(d, false);
}

}  // namespace guanhu::sim
