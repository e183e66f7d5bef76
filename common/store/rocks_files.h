// Small helpers over RocksDB's file system. Internal to common/store.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rocksdb/file_system.h"
#include "rocksdb/status.h"

namespace guanhu::store {

inline rocksdb::Slice ToSlice(absl::string_view s) { return rocksdb::Slice(s.data(), s.size()); }
inline absl::string_view ToView(const rocksdb::Slice& s) { return absl::string_view(s.data(), s.size()); }

// The house's meaning of a RocksDB status; `what` says what was being done.
absl::Status ToStatus(const rocksdb::Status& status, absl::string_view what);
// True if stored bytes are damaged or missing, as against a disk that is full or does not answer.
bool IsDamage(const rocksdb::Status& status);

absl::StatusOr<std::string> ReadFile(rocksdb::FileSystem& fs, const std::string& path);
// Durable when it returns, but the entry in the directory is not: call SyncDir.
absl::Status WriteFile(rocksdb::FileSystem& fs, const std::string& path, absl::string_view bytes);
absl::Status SyncDir(rocksdb::FileSystem& fs, const std::string& dir);
absl::Status MakeDir(rocksdb::FileSystem& fs, const std::string& dir);
// kNotFound is false; other errors are passed on.
absl::StatusOr<bool> FileExists(rocksdb::FileSystem& fs, const std::string& path);

}  // namespace guanhu::store
