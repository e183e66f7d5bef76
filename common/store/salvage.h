// The write-ahead logs of a database that is being repaired. RocksDB's own repair makes table files of them whose rows
// may be in other table files too, which it then refuses to open; so they are set aside, and replayed after the repair.
// Internal to common/store.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/store/rocks_db.h"
#include "rocksdb/file_system.h"

namespace guanhu::store {

// Not thread-safe.
class Salvage {
 public:
  // The logs of the database in `db_dir`, which goes into the directory "salvage" beside it.
  Salvage(rocksdb::FileSystem& fs, const std::string& db_dir);

  // True if logs were set aside and not replayed: a repair was interrupted.
  absl::StatusOr<bool> Pending();
  // After an interrupted repair, what is in the database's own logs came from it and is not wanted.
  absl::Status SetAside();
  // Applies the readable batches, oldest first, and keeps the logs under another name for people to look at. A batch
  // behind damage in the same log is not readable.
  absl::Status Replay(RocksDb& db);

 private:
  absl::StatusOr<std::vector<std::string>> LogsIn(const std::string& dir);

  rocksdb::FileSystem& fs_;
  const std::string db_dir_;
  const std::string dir_;
  const std::string complete_;  // a file that exists from when all logs were set aside until all were replayed
};

}  // namespace guanhu::store
