// A full or failing disk, once or for good, at every operation of a workload: the commit is refused with a clear
// status, nothing confirmed is lost, nothing hangs, and opening works once the disk does.
#include <cstdio>

#include "gtest/gtest.h"
#include "tests/crash/crash_rig.h"

namespace guanhu::crash {
namespace {

struct Seen {
  uint64_t cases = 0;
  uint64_t commit_failed = 0;
  uint64_t open_failed = 0;
};

void ExpectClear(const absl::Status& status, bool full) {
  EXPECT_EQ(status.code(), full ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kUnavailable) << status;
}

void OneCase(PowerCutFs::Fault fault, Seen& seen) {
  ++seen.cases;
  Watchdog(60);
  std::mt19937_64 random(3);
  Rig rig;
  ASSERT_TRUE(rig.Open().ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(rig.CommitNext(3000, random).ok());
  fault.at += rig.fs().ops();
  rig.fs().Inject(fault);
  absl::Status status;
  for (int i = 0; i < 60 && status.ok(); ++i) status = rig.CommitNext(6000, random);
  if (!status.ok()) {
    ++seen.commit_failed;
    ExpectClear(status, fault.full);
    EXPECT_EQ(rig.store()->Commit(store::Batch(), store::Durability::kSynced).code(),
              absl::StatusCode::kFailedPrecondition);
    const auto row = rig.store()->Get(store::Table::kJournal, "j00000001");  // reading goes on
    EXPECT_TRUE(row.ok() && row->has_value()) << row.status();
  }
  rig.Drop();
  status = rig.Open();
  if (!status.ok()) {
    ++seen.open_failed;
    EXPECT_TRUE(fault.for_ever || !rig.fs().fault_hit()) << status;
    ExpectClear(status, fault.full);
  } else {
    rig.Drop();
  }
  rig.fs().ClearFault();
  status = rig.Open();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_FALSE(rig.store()->report().watermark_lost) << rig.store()->report().detail;
  const Found found = rig.Check();
  EXPECT_TRUE(found == Found::kConfirmed || found == Found::kOneMore) << rig.store()->report().detail;
  EXPECT_TRUE(rig.CommitNext(100, random).ok());
  Watchdog(0);
}

void Sweep(bool full, bool for_ever) {
  Seen seen;
  const uint64_t stride = TheArgs().Long() ? 1 : 6;
  for (uint64_t at = for_ever ? 1 : 2; at <= 240 && !testing::Test::HasFailure(); at += stride) {
    SCOPED_TRACE("operation " + std::to_string(at));
    PowerCutFs::Fault fault;
    fault.at = at;
    fault.full = full;
    fault.for_ever = for_ever;
    OneCase(fault, seen);
  }
  std::printf("%s, %s: %llu cases, %llu commits refused, %llu openings refused\n", full ? "disk full" : "EIO",
              for_ever ? "for good" : "once", static_cast<unsigned long long>(seen.cases),
              static_cast<unsigned long long>(seen.commit_failed), static_cast<unsigned long long>(seen.open_failed));
  EXPECT_GT(seen.commit_failed, 0u);
}

TEST(DiskFault, FullOnce) { Sweep(true, false); }
TEST(DiskFault, FullForGood) { Sweep(true, true); }
TEST(DiskFault, ErrorOnce) { Sweep(false, false); }
TEST(DiskFault, ErrorForGood) { Sweep(false, true); }

}  // namespace
}  // namespace guanhu::crash
