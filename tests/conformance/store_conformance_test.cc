// What every Store must do, asked of each implementation in the same words.
#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/store/mem_store.h"
#include "common/store/rocks_store.h"
#include "common/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/crash/power_cut_fs.h"

namespace guanhu::store {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

// A store that can be closed and opened again.
class Bench {
 public:
  virtual ~Bench() = default;
  virtual Store& Open() = 0;  // closes the one that is open
};

class MemBench final : public Bench {
 public:
  Store& Open() override {
    store_ = MemStore::Open(&disk_);
    return *store_;
  }

 private:
  MemDisk disk_;
  std::unique_ptr<MemStore> store_;
};

class RocksBench final : public Bench {
 public:
  explicit RocksBench(Profile profile) : profile_(profile) {
    std::string name = (std::filesystem::temp_directory_path() / "guanhu_store_XXXXXX").string();
    dir_ = mkdtemp(name.data());
  }
  ~RocksBench() override {
    store_.reset();
    std::filesystem::remove_all(dir_);
  }
  Store& Open() override {
    store_.reset();
    RocksOptions options;
    options.profile = profile_;
    auto opened = RocksStore::Open((dir_ / "store").string(), options);
    if (!opened.ok()) {
      ADD_FAILURE() << opened.status();
      std::abort();
    }
    store_ = *std::move(opened);
    return *store_;
  }

 private:
  const Profile profile_;
  std::filesystem::path dir_;
  std::unique_ptr<RocksStore> store_;
};

// A bench whose disk can fail.
class FaultBench : public Bench {
 public:
  // The next commit meets this: the disk is full, or fails (in RocksDB's log).
  virtual void FailNext(bool full) = 0;
  // Power off and on. Of what was not synced nothing remains.
  virtual void Crash() = 0;
};

class FaultyMemBench final : public FaultBench {
 public:
  Store& Open() override {
    disk_.ClearFaults();
    store_ = MemStore::Open(&disk_);
    return *store_;
  }
  void FailNext(bool full) override {
    disk_.FailNext(full ? absl::ResourceExhaustedError("disk full") : absl::UnavailableError("disk fails"));
  }
  void Crash() override { disk_.Crash(); }

 private:
  MemDisk disk_;
  std::unique_ptr<MemStore> store_;
};

class FaultyRocksBench final : public FaultBench {
 public:
  FaultyRocksBench() : fs_(std::make_shared<crash::PowerCutFs>()), env_(crash::NewCrashEnv(fs_)) {}
  Store& Open() override {
    store_.reset();
    fs_->ClearFault();
    RocksOptions options;
    options.env = env_.get();
    auto opened = RocksStore::Open("/store", options);
    if (!opened.ok()) {
      ADD_FAILURE() << opened.status();
      std::abort();
    }
    store_ = *std::move(opened);
    return *store_;
  }
  void FailNext(bool full) override {
    crash::PowerCutFs::Fault fault;
    fault.full = full;
    fs_->Inject(fault);
  }
  void Crash() override {
    fs_->CutAt(1);
    store_.reset();
    std::mt19937_64 random(0);
    fs_->PowerOn(crash::Tail::kDropped, random);
  }

 private:
  const std::shared_ptr<crash::PowerCutFs> fs_;  // shared with the Env
  const std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<RocksStore> store_;
};

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Bench>()> make;
};

class StoreConformance : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    bench_ = GetParam().make();
    store_ = &bench_->Open();
  }
  void Reopen() { store_ = &bench_->Open(); }
  void Commit(const Batch& batch, Durability durability = Durability::kSynced) {
    const absl::Status status = store_->Commit(batch, durability);
    ASSERT_TRUE(status.ok()) << status;
  }
  void PutOne(Table table, const std::string& key, const std::string& value) {
    Batch batch;
    batch.Put(table, key, value);
    Commit(batch);
  }
  std::string At(Table table, const std::string& key) {
    auto got = store_->Get(table, key);
    if (!got.ok()) return got.status().ToString();
    return got->value_or("(absent)");
  }
  static Rows All(Iterator& it) {
    Rows rows;
    for (; it.Valid(); it.Next()) {
      rows.emplace_back(std::string(it.key().data(), it.key().size()),
                        std::string(it.value().data(), it.value().size()));
    }
    EXPECT_TRUE(it.status().ok()) << it.status();
    return rows;
  }
  Rows Scan(Table table, const std::string& lower, const std::string& upper) {
    return All(*store_->Scan(table, lower, upper));
  }

  std::unique_ptr<Bench> bench_;
  Store* store_ = nullptr;
};

TEST_P(StoreConformance, FirstOpeningSaysCreatedAndLaterOnesDoNot) {
  EXPECT_TRUE(store_->report().created);
  EXPECT_FALSE(store_->report().watermark_lost);
  EXPECT_EQ(store_->report().commits, 0u);
  PutOne(Table::kMeta, "a", "1");
  PutOne(Table::kMeta, "a", "2");
  Reopen();
  EXPECT_FALSE(store_->report().created);
  EXPECT_FALSE(store_->report().watermark_lost) << store_->report().detail;
  EXPECT_FALSE(store_->report().repaired);
  EXPECT_FALSE(store_->report().torn_tail_dropped);
  EXPECT_EQ(store_->report().commits, 2u);
  EXPECT_EQ(store_->report().detail, "");
}

TEST_P(StoreConformance, TablesAreSeparate) {
  Batch batch;
  for (size_t t = 0; t < kTableCount; ++t) batch.Put(static_cast<Table>(t), "key", std::to_string(t));
  Commit(batch);
  Reopen();
  for (size_t t = 0; t < kTableCount; ++t) EXPECT_EQ(At(static_cast<Table>(t), "key"), std::to_string(t));
  batch.Clear();
  batch.Delete(Table::kRecord, "key");
  Commit(batch);
  EXPECT_EQ(At(Table::kRecord, "key"), "(absent)");
  EXPECT_EQ(At(Table::kJournal, "key"), "1");
}

TEST_P(StoreConformance, LaterOperationsOnAKeyWin) {
  PutOne(Table::kMeta, "both", "old");
  Batch batch;
  batch.Put(Table::kMeta, "twice", "first");
  batch.Put(Table::kMeta, "twice", "second");
  batch.Put(Table::kMeta, "gone", "x");
  batch.Delete(Table::kMeta, "gone");
  batch.Delete(Table::kMeta, "both");
  batch.Put(Table::kMeta, "both", "new");
  batch.Delete(Table::kMeta, "never there");
  Commit(batch);
  EXPECT_EQ(Scan(Table::kMeta, "", ""), (Rows{{"both", "new"}, {"twice", "second"}}));
}

TEST_P(StoreConformance, KeysAndValuesAreAnyBytes) {
  const std::string zero("\0", 1), high("\xff\xff", 2), mixed("a\0b", 3);
  const std::string big(300'000, 'v');
  Batch batch;
  batch.Put(Table::kRecord, zero, high);
  batch.Put(Table::kRecord, high, zero);
  batch.Put(Table::kRecord, mixed, "");
  batch.Put(Table::kRecord, "a", big);
  batch.Put(Table::kRecord, "", "empty key");
  Commit(batch);
  Reopen();
  EXPECT_EQ(Scan(Table::kRecord, "", ""),
            (Rows{{"", "empty key"}, {zero, high}, {"a", big}, {mixed, ""}, {high, zero}}));
  EXPECT_EQ(At(Table::kRecord, mixed), "");
  EXPECT_EQ(At(Table::kRecord, ""), "empty key");
}

TEST_P(StoreConformance, ScanTakesLowerAndLeavesUpper) {
  Batch batch;
  for (const char* key : {"a", "b", "ba", "c", "d"}) batch.Put(Table::kView, key, key);
  Commit(batch);
  EXPECT_EQ(Scan(Table::kView, "b", "d"), (Rows{{"b", "b"}, {"ba", "ba"}, {"c", "c"}}));
  EXPECT_EQ(Scan(Table::kView, "bb", ""), (Rows{{"c", "c"}, {"d", "d"}}));
  EXPECT_EQ(Scan(Table::kView, "b", PrefixEnd("b")), (Rows{{"b", "b"}, {"ba", "ba"}}));
  EXPECT_EQ(Scan(Table::kView, "e", ""), Rows{});
  EXPECT_EQ(Scan(Table::kView, "c", "c"), Rows{});
  EXPECT_EQ(Scan(Table::kView, "d", "b"), Rows{});
}

TEST(PrefixEnd, IsTheSmallestKeyAbove) {
  EXPECT_EQ(PrefixEnd("ab"), "ac");
  EXPECT_EQ(PrefixEnd("a\xff\xff"), "b");
  EXPECT_EQ(PrefixEnd("\xff"), "");
  EXPECT_EQ(PrefixEnd(""), "");
}

TEST_P(StoreConformance, AnIteratorSeesTheStateOfItsMaking) {
  Batch batch;
  for (int i = 0; i < 100; ++i) batch.Put(Table::kRecord, "k" + std::to_string(100 + i), "old");
  Commit(batch);
  auto untouched = store_->Scan(Table::kRecord, "", "");
  auto half = store_->Scan(Table::kRecord, "k150", "");
  half->Next();
  batch.Clear();
  for (int i = 0; i < 100; i += 2) batch.Put(Table::kRecord, "k" + std::to_string(100 + i), "new");
  for (int i = 1; i < 100; i += 2) batch.Delete(Table::kRecord, "k" + std::to_string(100 + i));
  batch.Put(Table::kRecord, "k1505", "between");
  Commit(batch);
  EXPECT_EQ(half->key(), "k151");
  EXPECT_EQ(half->value(), "old");
  const Rows before = All(*untouched);
  ASSERT_EQ(before.size(), 100u);
  for (const auto& row : before) EXPECT_EQ(row.second, "old");
  EXPECT_EQ(All(*half).size(), 49u);
  EXPECT_EQ(Scan(Table::kRecord, "", "").size(), 51u);
}

TEST_P(StoreConformance, MultiGetAnswersInTheOrderAsked) {
  Batch batch;
  batch.Put(Table::kSigned, "a", "1");
  batch.Put(Table::kSigned, "b", "");
  batch.Put(Table::kSigned, "c", "3");
  Commit(batch);
  auto got = store_->MultiGet(Table::kSigned, {"c", "x", "a", "c", "b", ""});
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_THAT(*got, testing::ElementsAre("3", std::nullopt, "1", "3", "", std::nullopt));
  got = store_->MultiGet(Table::kJournal, {"a"});
  ASSERT_TRUE(got.ok());
  EXPECT_THAT(*got, testing::ElementsAre(std::nullopt));
  got = store_->MultiGet(Table::kSigned, {});
  ASSERT_TRUE(got.ok());
  EXPECT_TRUE(got->empty());
}

TEST_P(StoreConformance, BufferedIsVisibleAtOnceAndCountsNoCommit) {
  Batch batch;
  batch.Put(Table::kView, "a", "1");
  Commit(batch, Durability::kBuffered);
  EXPECT_EQ(At(Table::kView, "a"), "1");
  PutOne(Table::kMeta, "m", "1");
  Reopen();
  EXPECT_EQ(At(Table::kView, "a"), "1");  // the synced commit took it along
  EXPECT_EQ(store_->report().commits, 1u);
  EXPECT_FALSE(store_->report().watermark_lost) << store_->report().detail;
}

TEST_P(StoreConformance, AnEmptySyncedCommitMakesEarlierOnesDurable) {
  Batch batch;
  batch.Put(Table::kView, "a", "1");
  Commit(batch, Durability::kBuffered);
  Commit(Batch(), Durability::kSynced);
  Reopen();
  EXPECT_EQ(At(Table::kView, "a"), "1");
  Commit(Batch(), Durability::kBuffered);
}

TEST_P(StoreConformance, ReadersBesideTheWriterSeeWholeCommits) {
  PutOne(Table::kRecord, "a", "0");
  PutOne(Table::kRecord, "b", "0");
  std::atomic<bool> stop{false};
  std::atomic<int> looks{0};
  auto read = [&] {
    while (!stop) {
      const Rows rows = Scan(Table::kRecord, "", "");
      ASSERT_EQ(rows.size(), 2u);
      ASSERT_EQ(rows[0].second, rows[1].second);
      const std::string now = At(Table::kRecord, "a");
      ASSERT_GE(std::stoi(now), std::stoi(rows[0].second));
      ++looks;
    }
  };
  std::thread first(read), second(read);
  for (int i = 1; i <= 200 || (looks < 20 && i < 100'000); ++i) {
    Batch batch;
    batch.Put(Table::kRecord, "a", std::to_string(i));
    batch.Put(Table::kRecord, "b", std::to_string(i));
    Commit(batch, i % 10 == 0 ? Durability::kSynced : Durability::kBuffered);
  }
  stop = true;
  first.join();
  second.join();
  EXPECT_GT(looks, 0);
}

TEST_P(StoreConformance, AgreesWithAMapOverRandomHistories) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::array<std::map<std::string, std::string>, kTableCount> model;
    bench_ = GetParam().make();
    Reopen();
    for (int step = 0; step < 300; ++step) {
      Batch batch;
      for (unsigned i = random() % 8; i > 0; --i) {
        const size_t t = random() % kTableCount;
        const std::string key = "k" + std::to_string(random() % 200);
        if (random() % 3 == 0) {
          batch.Delete(static_cast<Table>(t), key);
          model[t].erase(key);
        } else {
          const std::string value = std::string(random() % 40, 'x') + std::to_string(step);
          batch.Put(static_cast<Table>(t), key, value);
          model[t][key] = value;
        }
      }
      const bool reopen = random() % 60 == 0;
      Commit(batch, reopen || random() % 5 == 0 ? Durability::kSynced : Durability::kBuffered);
      if (reopen) Reopen();
      const size_t t = random() % kTableCount;
      const std::string lower = "k" + std::to_string(random() % 200), upper = "k" + std::to_string(random() % 200);
      Rows expected;
      for (auto it = model[t].lower_bound(lower); it != model[t].end() && it->first < upper; ++it) {
        expected.push_back(*it);
      }
      ASSERT_EQ(Scan(static_cast<Table>(t), lower, upper), expected) << "step " << step;
    }
    for (size_t t = 0; t < kTableCount; ++t) {
      EXPECT_EQ(Scan(static_cast<Table>(t), "", ""), Rows(model[t].begin(), model[t].end()));
    }
  }
}

struct FaultKind {
  std::string name;
  std::function<std::unique_ptr<FaultBench>()> make;
};

class StoreFaults : public testing::TestWithParam<FaultKind> {
 protected:
  void SetUp() override {
    bench_ = GetParam().make();
    store_ = &bench_->Open();
  }
  absl::Status Put(Table table, const std::string& value, Durability durability = Durability::kSynced) {
    Batch batch;
    batch.Put(table, "key", value);
    batch.Put(Table::kMeta, "key", value);
    return store_->Commit(batch, durability);
  }
  std::string At(Table table) {
    auto got = store_->Get(table, "key");
    if (!got.ok()) return got.status().ToString();
    return got->value_or("(absent)");
  }
  void Reopen() { store_ = &bench_->Open(); }

  std::unique_ptr<FaultBench> bench_;
  Store* store_ = nullptr;
};

TEST_P(StoreFaults, AfterAFailedCommitTheStoreRefusesUntilItIsOpenedAgain) {
  for (const bool full : {true, false}) {
    ASSERT_TRUE(Put(Table::kJournal, "before").ok());
    bench_->FailNext(full);
    const absl::Status failed = Put(Table::kJournal, "failed");
    EXPECT_EQ(failed.code(), full ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kUnavailable) << failed;
    EXPECT_EQ(Put(Table::kJournal, "after").code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(Put(Table::kView, "after", Durability::kBuffered).code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(At(Table::kJournal), "before");  // reading goes on
    Reopen();
    EXPECT_FALSE(store_->report().watermark_lost) << store_->report().detail;
    EXPECT_EQ(At(Table::kMeta), At(Table::kJournal));  // wholly or not at all
    EXPECT_NE(At(Table::kJournal), "after");
    EXPECT_EQ(At(Table::kView), "(absent)");
    ASSERT_TRUE(Put(Table::kJournal, "again").ok());
    EXPECT_EQ(At(Table::kJournal), "again");
  }
}

TEST_P(StoreFaults, ACrashKeepsWhatWasSyncedAndDropsTheRest) {
  ASSERT_TRUE(Put(Table::kView, "carried", Durability::kBuffered).ok());
  ASSERT_TRUE(Put(Table::kJournal, "synced").ok());
  ASSERT_TRUE(Put(Table::kView, "lost", Durability::kBuffered).ok());
  EXPECT_EQ(At(Table::kView), "lost");
  bench_->Crash();
  Reopen();
  EXPECT_EQ(At(Table::kJournal), "synced");
  EXPECT_EQ(At(Table::kView), "carried");
  EXPECT_EQ(store_->report().commits, 1u);
  EXPECT_FALSE(store_->report().watermark_lost) << store_->report().detail;
}

INSTANTIATE_TEST_SUITE_P(All, StoreFaults,
                         testing::Values(FaultKind{"Mem", [] { return std::make_unique<FaultyMemBench>(); }},
                                         FaultKind{"Rocks", [] { return std::make_unique<FaultyRocksBench>(); }}),
                         [](const testing::TestParamInfo<FaultKind>& kind) { return kind.param.name; });

INSTANTIATE_TEST_SUITE_P(
    All, StoreConformance,
    testing::Values(Kind{"Mem", [] { return std::make_unique<MemBench>(); }},
                    Kind{"RocksTablet", [] { return std::make_unique<RocksBench>(Profile::kTablet); }},
                    Kind{"RocksServer", [] { return std::make_unique<RocksBench>(Profile::kServer); }}),
    [](const testing::TestParamInfo<Kind>& kind) { return kind.param.name; });

}  // namespace
}  // namespace guanhu::store
