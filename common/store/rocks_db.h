// How RocksDB is set up and opened. Internal to common/store.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/store/rocks_store.h"
#include "common/store/watermark.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/options.h"

namespace guanhu::store {

// Column families: the default one holds the store's own row, then one for each Table.
inline constexpr size_t kFamilyCount = kTableCount + 1;
inline size_t FamilyOf(Table table) { return static_cast<size_t>(table) + 1; }

rocksdb::Env* EnvOf(const RocksOptions& options);
// Set when table files came or went. Shared: RocksDB's threads may report while the database closes.
using FilesChanged = std::shared_ptr<std::atomic<bool>>;

// `changed` may be nullptr.
rocksdb::DBOptions MakeDbOptions(const RocksOptions& options, FilesChanged changed);
std::vector<rocksdb::ColumnFamilyDescriptor> MakeFamilies(const RocksOptions& options);

// An open database. Iterators must be gone before it is destroyed.
struct RocksDb {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;  // owned by db, kFamilyCount of them
  FilesChanged files_changed = std::make_shared<std::atomic<bool>>(true);

  ~RocksDb();
  rocksdb::Status Close();
};

// The ladder of RocksStore::Open. Fills in what it can of `report`.
absl::StatusOr<std::unique_ptr<RocksDb>> OpenByLadder(const RocksOptions& options, const std::string& db_dir,
                                                      Watermark& watermark, OpenReport& report);

}  // namespace guanhu::store
