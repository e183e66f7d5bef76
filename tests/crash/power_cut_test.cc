// Power cuts at any operation of RocksDB or the watermark: what was confirmed is there, what was not is there wholly or
// not at all. Two controls show that the harness would see a loss.
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/crash/crash_rig.h"

namespace guanhu::crash {
namespace {

struct Counts {
  uint64_t cuts = 0;
  uint64_t cuts_in_open = 0;
  uint64_t acked = 0;
  uint64_t lost = 0;            // cycles in which confirmed work is missing, or work is there in part
  uint64_t lost_unnoticed = 0;  // of these, without watermark_lost
  uint64_t refused = 0;         // openings that failed with the power on
  uint64_t alarms = 0;          // watermark_lost
  uint64_t repaired = 0;
  uint64_t torn = 0;
};

struct Trial {
  uint64_t cuts = 0;
  uint64_t seed = 0;
  std::string lie;  // PowerCutFs::LieFor
  store::Durability durability = store::Durability::kSynced;
  std::string print;
};

class Trials {
 public:
  explicit Trials(const Trial& trial) : trial_(trial), random_(trial.seed) {}

  Counts Run() {
    const auto start = std::chrono::steady_clock::now();
    while (counts_.cuts < trial_.cuts) {
      if (rig_ == nullptr || cycles_on_rig_ >= 15) NewRig();
      Cycle();
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    auto n = [](uint64_t v) { return static_cast<unsigned long long>(v); };
    std::printf(
        "%s: %llu cuts (%llu during opening), %llu confirmed commits, %llu cycles with loss, %llu of them "
        "unnoticed, %llu refused to open, %llu alarms, %llu repaired, %llu torn tails; %.0f cuts/s\n",
        trial_.print.c_str(), n(counts_.cuts), n(counts_.cuts_in_open), n(counts_.acked), n(counts_.lost),
        n(counts_.lost_unnoticed), n(counts_.refused), n(counts_.alarms), n(counts_.repaired), n(counts_.torn),
        static_cast<double>(counts_.cuts) / seconds);
    Watchdog(0);
    return counts_;
  }

 private:
  void NewRig() {
    rig_ = std::make_unique<Rig>();
    rig_->fs().LieFor(trial_.lie);
    cycles_on_rig_ = 0;
    value_bytes_ = std::vector<size_t>{100, 2000, 8000}[random_() % 3];
  }

  void PowerOn() {
    rig_->Drop();
    rig_->fs().PowerOn(static_cast<Tail>(random_() % 3), random_);
    ++counts_.cuts;
  }

  // False if the power went or the store refuses.
  bool OpenAndCheck() {
    if (random_() % 6 == 0) rig_->fs().CutAt(rig_->fs().ops() + 1 + random_() % 60);
    const absl::Status status = rig_->Open();
    if (rig_->fs().is_cut()) {
      ++counts_.cuts_in_open;
      PowerOn();
      return false;
    }
    if (!status.ok()) {
      ++counts_.refused;
      if (trial_.lie.empty()) std::printf("refused: %s\n", status.ToString().c_str());
      rig_ = nullptr;
      return false;
    }
    rig_->fs().CutAt(0);
    const store::OpenReport report = rig_->store()->report();
    counts_.alarms += report.watermark_lost;
    counts_.repaired += report.repaired;
    counts_.torn += report.torn_tail_dropped;
    if (report.watermark_lost && trial_.lie.empty()) std::printf("alarm: %s\n", report.detail.c_str());
    const Found found = rig_->Check();
    if (found == Found::kOther || found == Found::kUnreadable) {
      ++counts_.lost;
      if (!report.watermark_lost) ++counts_.lost_unnoticed;
      if (found == Found::kUnreadable) rig_ = nullptr;
    }
    return found != Found::kUnreadable;
  }

  void Cycle() {
    Watchdog(60);
    ++cycles_on_rig_;
    if (!OpenAndCheck()) return;
    const uint64_t before = rig_->acked();
    rig_->fs().CutAt(rig_->fs().ops() + 1 + random_() % (random_() % 4 == 0 ? 400 : 60));
    while (!rig_->fs().is_cut()) {
      const absl::Status status =
          random_() % 8 == 0 ? rig_->CommitBuffered() : rig_->CommitNext(value_bytes_, random_, trial_.durability);
      ASSERT_TRUE(status.ok() || rig_->fs().is_cut()) << status;
      if (!status.ok()) break;
    }
    counts_.acked += rig_->acked() - before;
    PowerOn();
  }

  const Trial trial_;
  std::mt19937_64 random_;
  Counts counts_;
  std::unique_ptr<Rig> rig_;
  int cycles_on_rig_ = 0;
  size_t value_bytes_ = 100;
};

TEST(PowerCut, LosesNothingThatWasConfirmed) {
  Trial trial;
  trial.cuts = TheArgs().cuts;
  trial.seed = TheArgs().seed;
  trial.print = "power cuts";
  const Counts counts = Trials(trial).Run();
  EXPECT_EQ(counts.lost, 0u);
  EXPECT_EQ(counts.refused, 0u);
  EXPECT_GT(counts.acked, counts.cuts);
  EXPECT_LE(counts.alarms, 5 + counts.cuts / 200);  // a false alarm costs a resync
}

TEST(PowerCut, ControlWithoutSyncingLoses) {
  Trial trial;
  trial.cuts = TheArgs().cuts / 10;
  trial.seed = TheArgs().seed;
  trial.durability = store::Durability::kBuffered;
  trial.print = "control, nothing synced";
  const Counts counts = Trials(trial).Run();
  EXPECT_GT(counts.lost, counts.cuts / 4);
}

TEST(PowerCut, ControlWithALyingDiskLosesAndTheWatermarkTells) {
  Trial trial;
  trial.cuts = TheArgs().cuts / 5;
  trial.seed = TheArgs().seed;
  trial.lie = "/store/db";
  trial.print = "control, syncing the database is a lie";
  const Counts counts = Trials(trial).Run();
  EXPECT_GT(counts.lost, counts.cuts / 4);
  EXPECT_EQ(counts.lost_unnoticed, 0u);
  // With the watermark lied about too nothing on this device can tell; the neighbours can.
  trial.lie = "/store";
  trial.print = "control, all syncing is a lie";
  EXPECT_GT(Trials(trial).Run().lost, counts.cuts / 4);
}

// Twelve commits with an opening in the middle, cut at every operation.
class Canonical {
 public:
  explicit Canonical(uint64_t seed) : random_(seed) {}

  // Returns false once the power went.
  bool Go(Rig& rig) {
    for (int part = 0; part < 2; ++part) {
      if (!rig.Open().ok()) return false;
      for (int i = 0; i < 6; ++i) {
        if (i == 3 && !rig.CommitBuffered().ok()) return false;
        if (!rig.CommitNext(i == 4 ? 30000 : 200, random_).ok()) return false;
      }
      rig.Drop();
    }
    return !rig.fs().is_cut();
  }

 private:
  std::mt19937_64 random_;
};

TEST(PowerCut, EveryOperationOfACanonicalWorkload) {
  uint64_t whole = 0;
  {
    Rig rig;
    ASSERT_TRUE(Canonical(7).Go(rig));
    whole = rig.fs().ops();
  }
  uint64_t cases = 0, alarms = 0;
  for (uint64_t op = 1; op <= whole; ++op) {
    for (const Tail tail : {Tail::kDropped, Tail::kTorn, Tail::kGarbage}) {
      if (!TheArgs().Long() && op % 3 != static_cast<uint64_t>(tail)) continue;
      Watchdog(60);
      SCOPED_TRACE("cut at " + std::to_string(op) + ", tail " + std::to_string(static_cast<int>(tail)));
      Rig rig;
      rig.fs().CutAt(op);
      Canonical(7).Go(rig);
      rig.Drop();
      std::mt19937_64 random(op);
      rig.fs().PowerOn(tail, random);
      const absl::Status status = rig.Open();
      ASSERT_TRUE(status.ok()) << status;
      alarms += rig.store()->report().watermark_lost;
      const Found found = rig.Check();
      ASSERT_TRUE(found == Found::kConfirmed || found == Found::kOneMore) << rig.store()->report().detail;
      ASSERT_TRUE(rig.CommitNext(100, random).ok());
      ++cases;
    }
  }
  std::printf("canonical workload: %llu operations, %llu cases, %llu alarms\n", static_cast<unsigned long long>(whole),
              static_cast<unsigned long long>(cases), static_cast<unsigned long long>(alarms));
  EXPECT_LE(alarms, cases / 50);
  Watchdog(0);
}

using Files = std::map<std::string, std::string>;

Files::iterator ManifestOf(Files& files) {
  std::string name = files.at("/store/db/CURRENT");
  name.pop_back();
  return files.find("/store/db/" + name);
}

// Opens `damaged` with a cut at operation `op`, then again. False if the first opening ended before that.
bool CutAndReopen(const Files& damaged, const Tables& tables, uint64_t op) {
  Watchdog(60);
  Rig rig;
  rig.fs().SetContents(damaged);
  rig.fs().CutAt(op);
  const bool opened = rig.Open().ok();
  const bool cut = rig.fs().is_cut();
  EXPECT_NE(opened, cut);
  rig.Drop();
  std::mt19937_64 random(op);
  rig.fs().PowerOn(static_cast<Tail>(op % 3), random);
  const absl::Status status = rig.Open();
  EXPECT_TRUE(status.ok()) << status;
  if (!status.ok()) return false;
  EXPECT_TRUE(rig.store()->report().watermark_lost);
  const absl::StatusOr<Tables> read = ReadAll(*rig.store());
  EXPECT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read.ok() && *read == tables);
  EXPECT_TRUE(rig.store()->Commit(store::Batch(), store::Durability::kSynced).ok());
  return cut;
}

TEST(PowerCut, ARepairCutAtAnyOperationLosesNeitherRowsNorTheAlarm) {
  Files files;
  Tables tables;
  {
    Rig rig;
    std::mt19937_64 random(5);
    ASSERT_TRUE(rig.Open().ok());
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(rig.CommitNext(4000, random).ok());
    rig.Drop();
    files = rig.fs().Contents();
    tables = rig.confirmed();
  }
  std::map<std::string, Files> damages;
  damages["CURRENT is gone"] = files;
  damages["CURRENT is gone"].erase("/store/db/CURRENT");
  damages["MANIFEST has a damaged end"] = files;
  ManifestOf(damages["MANIFEST has a damaged end"])->second += std::string("cccc\5\0\1hello", 12) + "and more";
  damages["MANIFEST is garbage"] = files;
  ManifestOf(damages["MANIFEST is garbage"])->second.assign(3000, 'x');
  uint64_t cases = 0;
  for (const auto& [what, damaged] : damages) {
    for (uint64_t op = 1;; op += TheArgs().Long() ? 1 : 5) {
      SCOPED_TRACE(what + ", cut at " + std::to_string(op));
      ++cases;
      if (!CutAndReopen(damaged, tables, op) || HasFailure()) break;
    }
  }
  std::printf("cuts during a repair: %llu cases\n", static_cast<unsigned long long>(cases));
  Watchdog(0);
}

}  // namespace
}  // namespace guanhu::crash
