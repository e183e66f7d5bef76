#include <algorithm>
#include <cstdarg>
#include <utility>

#include "common/store/rocks_db.h"
#include "rocksdb/cache.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/listener.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"

namespace guanhu::store {
namespace {

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;

struct Sizes {
  size_t new_rows;  // memory of all tables together before one is written to a file
  size_t log;       // of the write-ahead log before tables are flushed to shorten it
  size_t cache;
  size_t file;  // of one table file
  int open_files;
  int jobs;  // RocksDB 7.8 may fail to retry a flush with 8 or more
};

Sizes SizesOf(const RocksOptions& options) {
  Sizes sizes = {8 * kMiB, 12 * kMiB, 4 * kMiB, 4 * kMiB, 64, 2};
  if (options.profile == Profile::kServer) {
    sizes = {96 * kMiB, 128 * kMiB, 128 * kMiB, 32 * kMiB, 1024, 2};
  }
  if (options.cache_bytes > 0) sizes.cache = options.cache_bytes;
  if (options.write_buffer_bytes > 0) {
    sizes.new_rows = options.write_buffer_bytes;
    sizes.log = 3 * sizes.new_rows / 2;
    sizes.file = std::max(64 * kKiB, sizes.new_rows / 2);
  }
  return sizes;
}

// RocksDB's own log would cost an opened file, a rename and some 100 KiB at every start.
class Silence final : public rocksdb::Logger {
 public:
  Silence() : Logger(rocksdb::InfoLogLevel::FATAL_LEVEL) {}
  void LogHeader(const char*, va_list) override {}
  void Logv(const char*, va_list) override {}
  void Logv(const rocksdb::InfoLogLevel, const char*, va_list) override {}
};

// After an error RocksDB would try to revive itself. In 7.8 that can hang the closing of a full disk's database for
// ever, and after a failed sync it would go on with pages that the kernel has marked clean.
class Events final : public rocksdb::EventListener {
 public:
  explicit Events(FilesChanged changed) : changed_(std::move(changed)) {}
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override {
    *auto_recovery = false;
  }
  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { Changed(); }
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override { Changed(); }

 private:
  void Changed() {
    if (changed_ != nullptr) changed_->store(true);
  }
  const FilesChanged changed_;
};

rocksdb::ColumnFamilyOptions MakeFamily(const Sizes& sizes, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;  // so that the cache bounds them too
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;
  table.block_size = 8 * kKiB;
  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // A table alone never fills its buffer; new_rows and log decide when one is written. When two tables fill theirs in
  // one batch and the disk fails in that moment, RocksDB 7.8 leaks references and aborts when it is closed.
  family.write_buffer_size = 4 * sizes.new_rows;
  family.arena_block_size = std::min(64 * kKiB, std::max(4 * kKiB, sizes.new_rows / 64));
  family.max_write_buffer_number = 2;
  family.target_file_size_base = sizes.file;
  family.max_bytes_for_level_base = 4 * sizes.file;
  family.level_compaction_dynamic_level_bytes = true;
  family.compression = rocksdb::kLZ4Compression;  // cheap while data are moved often
  family.bottommost_compression = rocksdb::kZSTD;
  return family;
}

}  // namespace

rocksdb::Env* EnvOf(const RocksOptions& options) {
  return options.env != nullptr ? options.env : rocksdb::Env::Default();
}

rocksdb::DBOptions MakeDbOptions(const RocksOptions& options, FilesChanged changed) {
  const Sizes sizes = SizesOf(options);
  rocksdb::DBOptions db;
  db.env = EnvOf(options);
  db.create_missing_column_families = true;
  db.paranoid_checks = true;
  db.info_log = std::make_shared<Silence>();
  db.listeners.push_back(std::make_shared<Events>(std::move(changed)));
  db.max_bgerror_resume_count = 0;
  db.max_background_jobs = sizes.jobs;
  db.max_open_files = sizes.open_files;
  db.max_total_wal_size = sizes.log;
  db.db_write_buffer_size = sizes.new_rows;
  db.recycle_log_file_num = 0;  // a recycled log cannot be opened with kAbsoluteConsistency
  db.manual_wal_flush = false;
  db.track_and_verify_wals_in_manifest = true;  // sees that a log is missing which is not the last one
  db.skip_stats_update_on_db_open = true;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.avoid_unnecessary_blocking_io = true;
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  return db;
}

std::vector<rocksdb::ColumnFamilyDescriptor> MakeFamilies(const RocksOptions& options) {
  const Sizes sizes = SizesOf(options);
  const auto cache = rocksdb::NewLRUCache(sizes.cache, 2);
  const rocksdb::ColumnFamilyOptions family = MakeFamily(sizes, cache);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.reserve(kFamilyCount);
  for (const char* name :
       {"default", "meta", "journal", "signed", "record", "aside", "command", "view"}) {  // as enum Table
    families.emplace_back(name, family);
  }
  // Journals grow at their ends, and so do the records that they make: a new row's place is found from the one before.
  constexpr size_t kJournalBytes = 17, kRecordBytes = 21;  // of a key, without the number that grows
  families[FamilyOf(Table::kJournal)].options.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(kJournalBytes));
  families[FamilyOf(Table::kRecord)].options.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(kRecordBytes));
  return families;
}

}  // namespace guanhu::store
