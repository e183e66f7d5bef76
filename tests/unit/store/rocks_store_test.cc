// What RocksStore finds when its files were changed behind its back, and what it offers beyond Store.
#include "common/store/rocks_store.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace guanhu::store {
namespace {

namespace fs = std::filesystem;

class RocksStoreTest : public testing::Test {
 protected:
  RocksStoreTest() {
    std::string name = (fs::temp_directory_path() / "guanhu_rocks_XXXXXX").string();
    dir_ = fs::path(mkdtemp(name.data()));
    options_.write_buffer_bytes = 128 << 10;
  }
  ~RocksStoreTest() override {
    store_.reset();
    fs::remove_all(dir_);
  }

  std::string path() const { return (dir_ / "store").string(); }
  fs::path db() const { return dir_ / "store" / "db"; }
  RocksStore& Open() {
    store_.reset();
    auto opened = RocksStore::Open(path(), options_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    if (opened.ok()) store_ = *std::move(opened);
    return *store_;
  }
  void Commit(int count) {
    for (int i = 0; i < count; ++i) {
      Batch batch;
      batch.Put(Table::kMeta, "last", std::to_string(++written_));
      batch.Put(Table::kJournal, "j" + std::to_string(100000 + written_), std::string(3000, 'v'));
      const absl::Status status = store_->Commit(batch, Durability::kSynced);
      ASSERT_TRUE(status.ok()) << status;
    }
  }
  bool HasTables() const {
    for (const auto& file : fs::directory_iterator(db())) {
      if (file.path().extension() == ".sst") return true;
    }
    return false;
  }
  // Rows beyond the buffers are written to table files beside the commits: closing would give up one that has not
  // begun.
  void Make(int commits) {
    Open();
    Commit(commits);
    for (int i = 0; commits >= 60 && !HasTables() && i < 1000; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    store_.reset();
  }
  std::string Last() {
    auto got = store_->Get(Table::kMeta, "last");
    return got.ok() ? got->value_or("(absent)") : got.status().ToString();
  }
  // The alarm stands until a synced commit answers it.
  void ExpectAlarm() {
    EXPECT_TRUE(Open().report().watermark_lost);
    EXPECT_NE(store_->report().detail, "");
    Batch batch;
    batch.Put(Table::kView, "a", "1");
    ASSERT_TRUE(store_->Commit(batch, Durability::kBuffered).ok());
    EXPECT_TRUE(Open().report().watermark_lost);
    ASSERT_TRUE(store_->Commit(batch, Durability::kSynced).ok());
    EXPECT_FALSE(Open().report().watermark_lost) << store_->report().detail;
  }
  fs::path Newest(const std::string& prefix, const std::string& suffix) {
    fs::path found;
    for (const auto& file : fs::directory_iterator(db())) {
      const std::string name = file.path().filename().string();
      if (name.rfind(prefix, 0) == 0 && file.path().extension() == suffix && file.path() > found) found = file.path();
    }
    EXPECT_FALSE(found.empty()) << prefix << suffix;
    return found;
  }

  fs::path dir_;
  RocksOptions options_;
  std::unique_ptr<RocksStore> store_;
  int written_ = 0;
};

TEST_F(RocksStoreTest, DoesNotMakeAStoreUnlessAllowed) {
  options_.create_if_missing = false;
  EXPECT_EQ(RocksStore::Open(path(), options_).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(RocksStoreTest, ASecondOpeningIsRefusedAndHarmless) {
  Open();
  Commit(3);
  EXPECT_EQ(RocksStore::Open(path(), options_).status().code(), absl::StatusCode::kFailedPrecondition);
  Commit(1);
  EXPECT_FALSE(Open().report().watermark_lost);
  EXPECT_EQ(Last(), "4");
}

TEST_F(RocksStoreTest, ADatabasePutBackFromACopyRaisesTheAlarm) {
  Make(5);
  fs::copy(db(), dir_ / "old", fs::copy_options::recursive);
  Make(5);
  fs::remove_all(db());
  fs::rename(dir_ / "old", db());
  ExpectAlarm();
  EXPECT_EQ(Last(), "5");
}

TEST_F(RocksStoreTest, ALostDatabaseRaisesTheAlarm) {
  Make(5);
  fs::remove_all(db());
  EXPECT_TRUE(Open().report().created);
  ExpectAlarm();
}

TEST_F(RocksStoreTest, ALostWatermarkRaisesTheAlarm) {
  Make(5);
  fs::remove(path() + "/watermark");
  ExpectAlarm();
  EXPECT_EQ(Last(), "5");
}

TEST_F(RocksStoreTest, ADeletedLogRaisesTheAlarm) {
  Make(5);
  fs::remove(Newest("0", ".log"));
  ExpectAlarm();
}

TEST_F(RocksStoreTest, AListOfFilesWithGarbageBehindIsCut) {
  Make(40);
  // A whole record but for its checksum.
  std::ofstream(Newest("MANIFEST-", ""), std::ios::app) << std::string("cccc\5\0\1hello", 12) << std::string(100, 'x');
  ExpectAlarm();  // nothing is lost, but that cannot be known
  EXPECT_FALSE(store_->report().repaired);
  EXPECT_EQ(Last(), "40");
}

TEST_F(RocksStoreTest, ALostOrDamagedCurrentFileIsMadeAgain) {
  Make(40);
  for (const char* contents : {"", "MANIFEST-000001\n", "MANIFEST-9", "garbage"}) {
    fs::remove(db() / "CURRENT");
    if (*contents != '\0') std::ofstream(db() / "CURRENT") << contents;
    ExpectAlarm();  // nothing is lost, but that cannot be known
    EXPECT_FALSE(store_->report().repaired);
    EXPECT_EQ(Last(), "40");
    store_.reset();
  }
}

TEST_F(RocksStoreTest, ADamagedListOfFilesIsMadeAgainFromTheTableFiles) {
  Make(40);  // some tables are in files, some in the log only, some in both
  std::ofstream(Newest("MANIFEST-", ""), std::ios::trunc) << std::string(3000, 'x');
  EXPECT_TRUE(Open().report().repaired);
  EXPECT_TRUE(store_->report().watermark_lost);
  EXPECT_EQ(Last(), "40");
  size_t rows = 0;
  for (auto it = store_->Scan(Table::kJournal, "", ""); it->Valid(); it->Next()) ++rows;
  EXPECT_EQ(rows, 40u);
  ExpectAlarm();
}

TEST_F(RocksStoreTest, AMissingTableFileIsSurvivedWithAnAlarm) {
  Make(60);
  fs::remove(Newest("0", ".sst"));
  EXPECT_TRUE(Open().report().repaired);
  EXPECT_TRUE(store_->report().watermark_lost);
  Commit(1);
  EXPECT_FALSE(Open().report().watermark_lost);
}

TEST_F(RocksStoreTest, VerifyNamesADamagedTableFile) {
  Make(60);
  const fs::path file = Newest("0", ".sst");
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(20);
  bytes.put('\x55');
  bytes.close();
  const absl::Status status = Open().Verify();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(std::string(status.message()).find(file.filename().string()), std::string::npos) << status;
}

TEST_F(RocksStoreTest, VerifyAcceptsAGoodStore) {
  Make(60);
  const absl::Status status = Open().Verify();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_GT(store_->ApproximateBytes(), 1000u);
}

TEST_F(RocksStoreTest, ACheckpointIsAStore) {
  Open();
  Commit(30);
  const std::string copy = (dir_ / "copy").string();
  absl::Status status = store_->Checkpoint(copy);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(store_->Checkpoint(copy).code(), absl::StatusCode::kFailedPrecondition);
  Commit(10);
  auto opened = RocksStore::Open(copy, options_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_FALSE((*opened)->report().watermark_lost) << (*opened)->report().detail;
  EXPECT_EQ((*opened)->commits(), 30u);
  EXPECT_EQ((*opened)->Get(Table::kMeta, "last")->value_or(""), "30");
  EXPECT_EQ(Last(), "40");
}

TEST_F(RocksStoreTest, ACheckpointCarriesAnUnansweredAlarm) {
  Make(5);
  fs::remove(path() + "/watermark");
  ASSERT_TRUE(Open().Checkpoint((dir_ / "copy").string()).ok());
  auto opened = RocksStore::Open((dir_ / "copy").string(), options_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_TRUE((*opened)->report().watermark_lost);
}

TEST_F(RocksStoreTest, AfterCloseEveryCallIsRefused) {
  Open();
  Commit(1);
  ASSERT_TRUE(store_->Close().ok());
  ASSERT_TRUE(store_->Close().ok());
  EXPECT_EQ(store_->Commit(Batch(), Durability::kSynced).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->Get(Table::kMeta, "last").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->MultiGet(Table::kMeta, {"last"}).status().code(), absl::StatusCode::kFailedPrecondition);
  auto it = store_->Scan(Table::kMeta, "", "");
  EXPECT_FALSE(it->Valid());
  EXPECT_EQ(it->status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->Verify().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace guanhu::store
