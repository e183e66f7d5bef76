#include "common/store/mem_store.h"

#include <map>
#include <random>
#include <string>

#include "common/store/cow_map.h"
#include "gtest/gtest.h"

namespace guanhu::store {
namespace {

absl::Status Put(Store& store, const std::string& value, Durability durability = Durability::kSynced) {
  Batch batch;
  batch.Put(Table::kMeta, "key", value);
  return store.Commit(batch, durability);
}

std::string At(const Store& store) {
  auto got = store.Get(Table::kMeta, "key");
  return got.ok() ? got->value_or("(absent)") : got.status().ToString();
}

std::string AtAfterOpening(MemDisk& disk) { return At(*MemStore::Open(&disk)); }

TEST(CowMap, CopiesStayAsTheyWereWhileTheMapChanges) {
  std::mt19937 random(1);
  CowMap map;
  std::map<std::string, std::string> model;
  std::vector<std::pair<CowMap, std::map<std::string, std::string>>> kept;
  for (uint64_t edit = 1; edit <= 400; ++edit) {
    for (int i = 0; i < 5; ++i) {
      const std::string key = std::to_string(random() % 300);
      if (random() % 3 == 0) {
        map.Delete(key, edit);
        model.erase(key);
      } else {
        map.Put(key, std::to_string(edit), edit);
        model[key] = std::to_string(edit);
      }
    }
    if (edit % 20 == 0) kept.emplace_back(map, model);
  }
  for (const auto& [copy, expected] : kept) {
    std::map<std::string, std::string> found;
    for (CowMap::Cursor cursor(copy, ""); cursor.entry() != nullptr; cursor.Next()) {
      found.emplace(cursor.entry()->key, cursor.entry()->value);
    }
    EXPECT_EQ(found, expected);
  }
}

TEST(MemDisk, ACopyIsAnIndependentDisk) {
  MemDisk disk;
  auto store = MemStore::Open(&disk);
  ASSERT_TRUE(Put(*store, "1").ok());
  ASSERT_TRUE(Put(*store, "buffered", Durability::kBuffered).ok());
  MemDisk copy = disk;
  ASSERT_TRUE(Put(*store, "2").ok());
  auto clone = MemStore::Open(&copy);
  EXPECT_EQ(At(*clone), "1");
  EXPECT_FALSE(clone->report().created);
  ASSERT_TRUE(Put(*clone, "3").ok());
  ASSERT_TRUE(Put(*clone, "4").ok());
  EXPECT_EQ(At(*store), "2");
  EXPECT_EQ(AtAfterOpening(disk), "2");
  EXPECT_EQ(AtAfterOpening(copy), "4");
}

TEST(MemDisk, PuttingBackAWholeDiskIsNotNoticed) {
  MemDisk disk;
  auto store = MemStore::Open(&disk);
  ASSERT_TRUE(Put(*store, "1").ok());
  const MemDisk backup = disk;
  ASSERT_TRUE(Put(*store, "2").ok());
  disk = backup;
  EXPECT_EQ(Put(*store, "3").code(), absl::StatusCode::kFailedPrecondition);
  store = MemStore::Open(&disk);
  EXPECT_EQ(At(*store), "1");
  EXPECT_FALSE(store->report().watermark_lost);
}

TEST(MemDisk, PuttingBackContentsAloneIsNoticedUntilTheNextSyncedCommit) {
  MemDisk disk;
  auto store = MemStore::Open(&disk);
  ASSERT_TRUE(Put(*store, "1").ok());
  const MemDisk backup = disk;
  ASSERT_TRUE(Put(*store, "2").ok());
  disk.RestoreContents(backup);
  for (int i = 0; i < 2; ++i) {
    store = MemStore::Open(&disk);
    EXPECT_TRUE(store->report().watermark_lost);
    EXPECT_EQ(At(*store), "1");
    ASSERT_TRUE(Put(*store, "buffered", Durability::kBuffered).ok());
  }
  ASSERT_TRUE(Put(*store, "new incarnation").ok());
  store = MemStore::Open(&disk);
  EXPECT_FALSE(store->report().watermark_lost) << store->report().detail;
  EXPECT_EQ(store->report().commits, 3u);
}

TEST(MemDisk, AnotherHistoryOfTheSameLengthIsNoticed) {
  MemDisk disk, other;
  auto store = MemStore::Open(&disk);
  ASSERT_TRUE(Put(*store, "1").ok());
  auto foreign = MemStore::Open(&other);
  ASSERT_TRUE(Put(*foreign, "one").ok());
  disk.RestoreContents(other);
  EXPECT_TRUE(MemStore::Open(&disk)->report().watermark_lost);
}

TEST(MemDisk, ACrashKeepsAsManyUnsyncedCommitsAsAsked) {
  for (size_t keep = 0; keep <= 3; ++keep) {
    MemDisk disk;
    auto store = MemStore::Open(&disk);
    ASSERT_TRUE(Put(*store, "0").ok());
    for (const char* value : {"1", "2", "3"}) ASSERT_TRUE(Put(*store, value, Durability::kBuffered).ok());
    EXPECT_EQ(disk.unsynced(), 3u);
    disk.Crash(keep);
    EXPECT_EQ(Put(*store, "dead").code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(AtAfterOpening(disk), std::to_string(keep));
  }
}

TEST(MemDisk, ACutDuringACommitAppliesItWhollyOrNotAtAll) {
  for (const bool applied : {false, true}) {
    MemDisk disk;
    auto store = MemStore::Open(&disk);
    ASSERT_TRUE(Put(*store, "1").ok());
    disk.CutInNext(applied);
    EXPECT_EQ(Put(*store, "2").code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(Put(*store, "3").code(), absl::StatusCode::kFailedPrecondition);
    store = MemStore::Open(&disk);
    EXPECT_EQ(At(*store), applied ? "2" : "1");
    EXPECT_FALSE(store->report().watermark_lost) << store->report().detail;
    EXPECT_TRUE(Put(*store, "4").ok());
  }
}

TEST(MemDisk, FailingAllGoesOnAfterOpeningUntilCleared) {
  MemDisk disk;
  auto store = MemStore::Open(&disk);
  disk.FailAll(absl::ResourceExhaustedError("full"));
  EXPECT_EQ(Put(*store, "1").code(), absl::StatusCode::kResourceExhausted);
  store = MemStore::Open(&disk);
  EXPECT_EQ(Put(*store, "1").code(), absl::StatusCode::kResourceExhausted);
  disk.ClearFaults();
  store = MemStore::Open(&disk);
  EXPECT_TRUE(Put(*store, "1").ok());
}

TEST(MemDisk, ALyingDiskLosesAndTheWatermarkTells) {
  MemDisk disk;
  auto store = MemStore::Open(&disk);
  ASSERT_TRUE(Put(*store, "1").ok());
  disk.LieAboutSync(true);
  ASSERT_TRUE(Put(*store, "2").ok());
  store = MemStore::Open(&disk);
  EXPECT_EQ(At(*store), "1");
  EXPECT_TRUE(store->report().watermark_lost);
}

}  // namespace
}  // namespace guanhu::store
