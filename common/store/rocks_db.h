// How RocksDB is set up and opened. Internal to common/store.
#pragma once

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
rocksdb::DBOptions MakeDbOptions(const RocksOptions& options);
std::vector<rocksdb::ColumnFamilyDescriptor> MakeFamilies(const RocksOptions& options);

// An open database. Iterators must be gone before it is destroyed.
struct RocksDb {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;  // owned by db, kFamilyCount of them

  ~RocksDb();
  rocksdb::Status Close();
};

// The ladder of RocksStore::Open. Fills in what it can of `report`.
absl::StatusOr<std::unique_ptr<RocksDb>> OpenByLadder(const RocksOptions& options, const std::string& db_dir,
                                                      Watermark& watermark, OpenReport& report);

}  // namespace guanhu::store
