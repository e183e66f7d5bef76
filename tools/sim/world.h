// One seed's county: devices, wires between them, simulated time, faults, and the truth about what was written.
// Everything follows from the seed. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/codec/frame_codec.h"
#include "tools/sim/device.h"
#include "tools/sim/options.h"
#include "tools/sim/truth.h"

namespace guanhu::sim {

// One connection. Frames keep their order in each direction; either end may learn late that it is gone.
struct Wire {
  uint64_t id = 0;
  Device* end[2] = {nullptr, nullptr};
  node::Exchange::Id exchange[2] = {0, 0};
  bool open[2] = {false, false};
  int64_t ready_ms[2] = {0, 0};  // when the last frame towards this end arrives
  int64_t latency_ms_max = 20;
  size_t frames_left = ~size_t{0};  // the wire is cut when they have been delivered
  size_t delivered = 0;
  bool lasting = false;
  bool forged[2] = {false, false};  // a frame of this end was changed on the way
  bool coded = false;               // frames go as bytes
  codec::FrameEncoder encoder[2];   // by sender
  codec::FrameDecoder decoder[2];
  std::unique_ptr<Device> ghost;  // an old copy of a device that only sends; its disk is thrown away
};

// A device's disk as it was at some time.
struct Backup {
  Device* of = nullptr;
  store::MemDisk disk;
  uint64_t epoch = 0;
};

class World {
 public:
  World(uint64_t seed, const Options& options, Probes* probes);
  // Runs the seed to its end: work under faults, then the heal, then every check. True if all invariants held.
  bool Run();

  const std::vector<std::string>& violations() const { return violations_; }
  uint64_t trace() const { return trace_; }

  // ---- for the checkers
  void Violation(absl::string_view invariant, absl::string_view what);
  void Say(const std::string& line) const;  // with --trace
  void Probe(const std::string& name) { ++(*probes_)[name]; }
  Device& city() { return *devices_.front(); }
  const std::vector<std::unique_ptr<Device>>& devices() const { return devices_; }
  std::map<uint64_t, TrueChange>& changes() { return changes_; }
  Archive& archive() { return archive_; }
  const Options& options() const { return options_; }
  bool On(Fault f) const { return on_[static_cast<size_t>(f)]; }
  // Whatever a city store of an earlier epoch, or a township's store that was destroyed, held at its end.
  const std::map<uint64_t, std::set<uint64_t>>& city_past() const { return city_past_; }
  const std::set<uint64_t>& township_past() const { return township_past_; }
  const std::set<uint64_t>& forged() const { return forged_; }
  int64_t now_ms() const { return now_ms_; }
  bool healing() const { return healing_; }
  // Whether the city had revoked the device before it could know of this entry.
  bool RevokedBefore(base::NodeId node, const base::JournalId& j, uint64_t seq);
  // Reads the device's durable journals. A disk that lies about its syncs is taken at its word.
  std::string RefreshDurable(Device& d);

 private:
  // world.cc
  void Setup();
  void MakePlace(base::PlaceId parent, std::vector<base::PlaceId>* into);
  Device& MakeDevice(const std::string& key, base::PlaceId place, domain::Tier tier);
  bool Chance(double p) { return static_cast<double>(random_.Below(1'000'000)) < p * 1e6; }
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_.Below(static_cast<uint64_t>(high - low + 1)));
  }
  absl::Time Now(Device& d) { return d.clock.At(now_ms_, random_); }
  Device& AnyDevice();
  Device& AnyTablet();
  Device& AnyTownship();
  Device* RelayOf(Device& d);
  void Step();
  void Trace(uint64_t a, uint64_t b = 0, uint64_t c = 0);

  // work.cc
  void Write(Device& d);
  std::optional<node::Command> MakeCommand(Device& d, uint64_t uid);
  node::Command::Edit MakeEdit(Device& d, const base::ScopeId& scope, uint64_t uid);
  void Execute(Device& d, const node::Command& command, uint64_t uid);
  TrueEdit SeenBy(Device& d, uint32_t type, const base::RecordId& id);
  void RepeatCommand(Device& d);
  void CityEdit(const base::RecordId& record, uint32_t type, std::vector<model::Field> set);
  void Reparent();
  void Merge();
  void Reassign();
  void Decide();
  void Adopt();
  void Revoke();

  // wires.cc
  Wire* Connect(Device& a, Device& b);
  void ConnectFor(Device& a, Device& b);
  void Send(Wire& wire, int from, sync::Frame frame);
  void Deliver(uint64_t id, int to, const std::optional<sync::Frame>& frame, const std::string& bytes);
  void CloseEnd(Wire& wire, int end);
  void CloseWire(uint64_t id);
  void CloseWiresOf(Device& d);
  void RunDevice(Device& d);
  void PlanRun(Device& d, int64_t delay_ms);
  void Spread(Device& d);
  void AfterRun(Device& d, const absl::Status& status);
  void Pump(int64_t until_ms);
  size_t PumpAll(size_t frames_max);
  void CheckSend(Wire& wire, int from, const sync::Frame& frame);

  // faults.cc
  void MaybeFault();
  void Do(Fault f);
  void Bend();
  void RememberPast(Device& d);
  void Restart(Device& d, bool new_incarnation);
  void Crash(Device& d);
  void FailCommit(Device& d);
  void TakeBackup();
  void TakeSnapshot();
  void Wipe(Device& d);
  void Restore(Device& d, const Backup& backup, bool noticed);
  void RestoreCity(const Backup& backup);
  void Clone();
  void Together();
  void StaleMeeting();
  void AppendOpaque(Device& d);
  void Destroyed(Device& d, const std::set<uint64_t>& held_before);
  std::set<uint64_t> UidsOf(Device& d);
  const Backup* BackupOf(Device& d);

  // forge.cc
  bool Forge(Device& to, sync::Frame& frame);
  std::optional<sync::AsideItem> ForgedAside(Device& to);
  bool ForgeBatch(model::EntryBatch& batch);
  model::EntryBatch ForgedJournal(const base::ScopeId& scope);
  std::string ForgedChange(const base::JournalId& j, uint64_t seq);

  // heal.cc
  void Heal();
  size_t Round();
  size_t Meet(Device& a, Device& b);
  void AllConnected();

  struct Event {
    enum Kind { kFrame, kRun, kClose, kCloseEnd } kind = kFrame;
    uint64_t wire = 0;
    int end = 0;
    Device* device = nullptr;
    std::optional<sync::Frame> frame;
    std::string bytes;
  };
  void At(int64_t at_ms, Event event);
  void Handle(Event& event);

  const uint64_t seed_;
  const Options& options_;
  Probes* const probes_;
  testing::SeededRandom random_;
  std::array<bool, kFaultCount> on_{};
  std::array<double, kFaultCount> weight_{};
  uint64_t trace_ = 0xcbf29ce484222325u;
  int64_t now_ms_ = 1'790'000'000'000;
  uint64_t serial_ = 0;
  std::map<std::pair<int64_t, uint64_t>, Event> queue_;
  std::map<uint64_t, std::unique_ptr<Wire>> wires_;
  uint64_t next_wire_ = 1;
  std::unique_ptr<Device> pending_ghost_;  // taken by the wire that is made next
  size_t frames_ = 0;
  bool healing_ = false;
  size_t meeting_frames_ = 0;

  const base::PlaceId county_{1000};
  std::vector<base::PlaceId> townships_, villages_;
  std::map<base::PlaceId, base::RecordId> place_records_;
  std::map<std::string, base::RecordId> device_records_;
  std::vector<std::unique_ptr<Device>> devices_;  // the city first
  uint64_t epoch_ = 1;
  std::vector<Backup> backups_;
  std::deque<Backup> snapshots_;
  int64_t last_city_restore_ = 0;

  uint64_t next_uid_ = 1;
  std::map<uint64_t, TrueChange> changes_;
  std::map<base::ScopeId, std::vector<std::pair<uint32_t, base::RecordId>>> records_;
  Archive archive_;
  std::map<uint64_t, std::set<uint64_t>> city_past_;
  std::set<uint64_t> township_past_;
  std::set<uint64_t> forged_;
  std::map<base::NodeId, std::map<base::JournalId, uint64_t>> revoked_good_;  // what the city held when it revoked
  std::vector<std::string> violations_;
  double slow_share_ = 0.1, lasting_share_ = 0.1, hot_share_ = 0.2, merge_runs_ = 0.3;
};

}  // namespace guanhu::sim
