#include "tools/sim/world.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "tools/sim/check_end.h"

namespace guanhu::sim {

using testing::Fixed;
using testing::kDeviceType;
using testing::kPlaceType;
using testing::Varint;

World::World(uint64_t seed, const Options& options, Probes* probes)
    : seed_(seed),
      options_(options),
      probes_(probes),
      random_(base::Prefix64(base::Sha256("guanhu-sim", std::to_string(seed)))) {
  // Swarm: every seed leaves some faults out and likes others, so that rare combinations come up.
  const bool all = Chance(0.2);
  for (size_t i = 0; i < kFaultCount; ++i) {
    on_[i] = options.allowed[i] && (all || Chance(0.65));
    weight_[i] = static_cast<double>(Between(2, 30)) / 10.0;
  }
  slow_share_ = static_cast<double>(Between(0, 6)) / 10.0;
  lasting_share_ = static_cast<double>(Between(0, 4)) / 10.0;
  hot_share_ = static_cast<double>(Between(0, 8)) / 10.0;
  if (On(Fault::kMany) && Chance(0.3)) hot_share_ = 0.95;  // one record, edited by everybody
  merge_runs_ = static_cast<double>(Between(0, 8)) / 10.0;
}

void World::Violation(absl::string_view invariant, absl::string_view what) {
  violations_.push_back(absl::StrCat(invariant, ": ", what));
  Say(absl::StrCat("VIOLATION ", violations_.back()));
}

void World::Say(const std::string& line) const {
  if (options_.trace)
    std::fprintf(stderr, "%10.1f %s\n", static_cast<double>(now_ms_ - 1'790'000'000'000) / 1000.0, line.c_str());
}

void World::Trace(uint64_t a, uint64_t b, uint64_t c) {
  for (uint64_t v : {a, b, c, static_cast<uint64_t>(now_ms_)})
    trace_ = (trace_ ^ v) * 0x100000001b3u, trace_ ^= trace_ >> 29;
}

void World::MakePlace(base::PlaceId parent, std::vector<base::PlaceId>* into) {
  const node::Command c{"",
                        city().node->county_scope(),
                        {},
                        {{kPlaceType, {}, "", {Fixed(1, parent.value), Varint(kMarkerField, next_uid_)}, {}}}};
  const uint64_t uid = next_uid_++;
  Execute(city(), c, uid);
  const base::RecordId id = records_[city().node->county_scope()].back().second;
  into->push_back(testing::PlaceOf(county_, id));
  place_records_[into->back()] = id;
}

Device& World::MakeDevice(const std::string& key, base::PlaceId place, domain::Tier tier) {
  devices_.push_back(std::make_unique<Device>(key, 0, false, 0, county_, place, tier, random_.Next64(), probes_));
  Device& d = *devices_.back();
  if (options_.trace) d.events.trace_as = d.name;
  const uint64_t uid = next_uid_++;
  const node::Command c{"",
                        city().node->county_scope(),
                        {},
                        {{kDeviceType,
                          {},
                          key,
                          {Fixed(1, d.id().value), Fixed(2, place.value), Varint(4, static_cast<uint64_t>(tier)),
                           Varint(kMarkerField, uid)},
                          {}}}};
  Execute(city(), c, uid);
  device_records_[key] = records_[city().node->county_scope()].back().second;
  if (On(Fault::kClock)) {
    d.clock.mode = static_cast<Clock::Mode>(random_.Below(4));
    d.clock.skew_ms = d.clock.mode == Clock::kFrozen ? 1'500'000'000'000 : Between(-100'000'000'000, 300'000'000'000);
  }
  if (absl::Status s = d.Start(false); !s.ok())
    Violation("engine", absl::StrCat(d.name, " does not open: ", s.ToString()));
  return d;
}

void World::Setup() {
  devices_.push_back(
      std::make_unique<Device>("city", 0, true, 1, county_, county_, domain::Tier::kCity, random_.Next64(), probes_));
  if (options_.trace) city().events.trace_as = "city";
  if (absl::Status s = city().Start(false); !s.ok())
    return Violation("engine", absl::StrCat("the city does not open: ", s.ToString()));
  const uint64_t root = next_uid_++;
  Execute(city(),
          {"",
           city().node->county_scope(),
           {},
           {{kPlaceType, {}, "county", {Fixed(1, 0), Varint(kMarkerField, root)}, {}}}},
          root);
  const int64_t large = options_.large ? 3 : 1;
  const int64_t townships = Between(2, 3) * large;
  const int64_t villages = Between(3, 5) * large;
  for (int64_t i = 0; i < townships; ++i) {
    MakePlace(county_, &townships_);
    MakeDevice(absl::StrCat("t", i), townships_.back(), domain::Tier::kTownship);
  }
  for (int64_t i = 0; i < villages; ++i) {
    MakePlace(townships_[static_cast<size_t>(i % townships)], &villages_);
    const int64_t tablets = Between(1, 2) + (Chance(0.2) ? 1 : 0);
    for (int64_t k = 0; k < tablets; ++k)
      MakeDevice(absl::StrCat("v", i, std::string(1, "abc"[k])), villages_.back(), domain::Tier::kVillage);
  }
}

Device& World::AnyDevice() { return *devices_[random_.Below(devices_.size())]; }

Device& World::AnyTablet() {
  for (;;) {
    Device& d = AnyDevice();
    if (d.tier == domain::Tier::kVillage) return d;
  }
}

Device& World::AnyTownship() {
  for (;;) {
    Device& d = AnyDevice();
    if (d.tier == domain::Tier::kTownship) return d;
  }
}

Device* World::RelayOf(Device& d) {
  const domain::Directory& county = city().node->directory();
  const domain::DeviceRow* row = county.Device(d.id());
  if (row == nullptr) return nullptr;
  const domain::PlaceRow* village = county.Place(county.Root(row->place));
  if (village == nullptr) return nullptr;
  for (const auto& t : devices_) {
    const domain::DeviceRow* at = t->tier == domain::Tier::kTownship ? county.Device(t->id()) : nullptr;
    if (at != nullptr && at->place == village->parent) return t.get();
  }
  return nullptr;
}

void World::Step() {
  const double x = static_cast<double>(random_.Below(1000)) / 1000.0;
  if (x < 0.40) {
    Write(Chance(0.75) ? AnyTablet() : AnyDevice());
  } else if (x < 0.58) {
    Device& d = AnyTablet();
    if (Device* relay = RelayOf(d)) ConnectFor(d, *relay);
  } else if (x < 0.64) {
    if (On(Fault::kPair)) ConnectFor(AnyTablet(), AnyTablet());
  } else if (x < 0.68) {
    if (On(Fault::kDirect)) ConnectFor(AnyTablet(), city());
  } else if (x < 0.82) {
    ConnectFor(AnyTownship(), city());
  } else if (x < 0.84) {
    if (On(Fault::kRepeat)) RepeatCommand(AnyDevice());
  } else if (x < 0.86) {
    if (On(Fault::kDecide)) Decide();
    if (On(Fault::kAdopt) && Chance(0.5)) Adopt();
  } else if (x < 0.88) {
    if (!wires_.empty()) {
      auto it = wires_.begin();
      std::advance(it, random_.Below(wires_.size()));
      for (int end : {0, 1}) {
        if (it->second->open[end] && it->second->end[end]->up()) {
          it->second->end[end]->exchange->Probe(it->second->exchange[end], Now(*it->second->end[end]));
          break;
        }
      }
    }
  } else {
    MaybeFault();
  }
}

bool World::Run() {
  Setup();
  for (int i = 0; i < options_.steps && violations_.empty(); ++i) {
    Pump(now_ms_ + Between(1, Chance(0.3) ? 50 : 1'200'000));
    if (violations_.empty()) Step();
    Trace(static_cast<uint64_t>(i));
  }
  if (violations_.empty()) Heal();
  if (options_.canary) {
    TrueChange& canary = changes_[next_uid_];
    canary.author = "the canary";
    canary.acked = true;
  }
  if (violations_.empty()) CheckEnd(*this);
  wires_.clear();
  return violations_.empty();
}

std::string World::RefreshDurable(Device& d) {
  store::MemDisk copy(d.disk);
  const std::unique_ptr<store::MemStore> durable = store::MemStore::Open(&copy);
  return d.cache.RefreshAll(*d.node, *durable, archive_);
}

}  // namespace guanhu::sim
