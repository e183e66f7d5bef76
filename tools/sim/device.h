// One device of a simulated county: its disk survives stops; its clock is wrong in its own way. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/node/exchange.h"
#include "common/node/node.h"
#include "common/store/mem_store.h"
#include "tests/support/toy_county.h"
#include "tools/sim/truth.h"

namespace guanhu::sim {

// Counts of rare paths, over all seeds.
using Probes = std::map<std::string, uint64_t>;

class CountedEvents final : public node::Events {
 public:
  explicit CountedEvents(Probes* probes) : probes_(probes) {}
  void Report(Severity severity, absl::string_view name, absl::string_view detail) override;

  std::vector<std::string> errors;
  std::string trace_as;  // not empty: every event goes to stderr under this name

 private:
  Probes* const probes_;
};

// The county's rules, and what a device with a bent program makes of them.
class BentRules final : public node::Rules {
 public:
  explicit BentRules(base::PlaceId county) : true_(county) {}
  absl::Status CheckEdit(const model::Edit& edit, bool creates, domain::Tier tier) const override;
  bool IsDirectoryType(uint32_t type) const override { return true_.IsDirectoryType(type); }
  std::optional<domain::PlaceRow> ReadPlace(uint32_t type, const base::RecordId& id,
                                            const model::RecordState& state) const override {
    return true_.ReadPlace(type, id, state);
  }
  std::optional<domain::DeviceRow> ReadDevice(uint32_t type, const base::RecordId& id,
                                              const model::RecordState& state) const override;
  void RenameReferences(uint32_t, model::Edit&,
                        const std::function<std::optional<base::RecordId>(const base::RecordId&)>&) const override {}

  bool writes_anything = false;  // the device's own program does not check what villages may write
  base::NodeId self;             // with `believes_in`: the device takes itself to be assigned there
  base::PlaceId believes_in;

 private:
  testing::ToyRules true_;
};

struct Clock {
  enum Mode { kRight, kSkewed, kFrozen, kJumping } mode = kRight;
  int64_t skew_ms = 0;
  absl::Time At(int64_t now_ms, base::Random& random) const;
};

struct Device {
  Device(std::string key, int number, bool city, uint64_t epoch, base::PlaceId county_place, base::PlaceId at,
         domain::Tier t, uint64_t seed, Probes* probes);

  // Errors: whatever Node::Open says.
  absl::Status Start(bool new_incarnation);
  void Stop();
  bool up() const { return node != nullptr; }
  base::NodeId id() const { return trust->self().node; }
  bool city() const { return trust->self().city; }
  std::string Refresh(Archive& archive) { return cache.RefreshAll(*node, *mem, archive); }

  const std::string key;
  const std::string name;  // key and number: clones share the key
  std::unique_ptr<testing::ToyTrust> trust;
  BentRules rules;
  testing::SeededRandom random;
  CountedEvents events;
  Probes* const probes;
  store::MemDisk disk;
  const base::PlaceId county;
  base::PlaceId place;  // as enrolled
  const domain::Tier tier;
  Clock clock;
  std::unique_ptr<store::MemStore> mem;
  std::unique_ptr<node::Node> node;
  std::unique_ptr<node::Exchange> exchange;
  JournalCache cache;
  std::set<uint64_t> wires;
  std::set<base::ScopeId> ever_held;  // scopes it was ever subscribed to
  uint64_t seen_directory = 0;
  bool run_planned = false;
  bool revoked = false;
  bool disk_lied = false;     // confirmed commits may be missing after a crash
  std::vector<uint64_t> own;  // uids written here, in order
  std::vector<node::Command> repeatable;
};

}  // namespace guanhu::sim
