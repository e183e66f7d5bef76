#include "common/store/rocks_files.h"

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace guanhu::store {
namespace {

using rocksdb::FileOptions;
using rocksdb::IOOptions;

}  // namespace

absl::Status ToStatus(const rocksdb::Status& status, absl::string_view what) {
  if (status.ok()) return absl::OkStatus();
  const std::string cause = status.ToString();
  const std::string text = absl::StrCat("store: ", what, ": ", cause);
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(absl::StrCat(text, "; free space, then open it again"));
  if (absl::StartsWith(cause, "IO error: lock ") || absl::StartsWith(cause, "IO error: While lock file")) {
    return absl::FailedPreconditionError(absl::StrCat(text, "; another process has this store open"));
  }
  if (IsDamage(status)) return absl::DataLossError(text);
  if (status.IsInvalidArgument()) return absl::FailedPreconditionError(text);
  return absl::UnavailableError(text);
}

bool IsDamage(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsPathNotFound() || status.IsNotFound();
}

absl::StatusOr<std::string> ReadFile(rocksdb::FileSystem& fs, const std::string& path) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  GUANHU_RETURN_IF_ERROR(ToStatus(fs.NewSequentialFile(path, FileOptions(), &file, nullptr), "opening " + path));
  std::string bytes;
  std::string buffer(1 << 16, '\0');
  for (;;) {
    rocksdb::Slice part;
    GUANHU_RETURN_IF_ERROR(
        ToStatus(file->Read(buffer.size(), IOOptions(), &part, buffer.data(), nullptr), "reading " + path));
    if (part.empty()) return bytes;
    bytes.append(part.data(), part.size());
  }
}

absl::Status WriteFile(rocksdb::FileSystem& fs, const std::string& path, absl::string_view bytes) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  GUANHU_RETURN_IF_ERROR(ToStatus(fs.NewWritableFile(path, FileOptions(), &file, nullptr), "creating " + path));
  GUANHU_RETURN_IF_ERROR(ToStatus(file->Append(ToSlice(bytes), IOOptions(), nullptr), "writing " + path));
  GUANHU_RETURN_IF_ERROR(ToStatus(file->Fsync(IOOptions(), nullptr), "syncing " + path));
  return ToStatus(file->Close(IOOptions(), nullptr), "closing " + path);
}

absl::Status SyncDir(rocksdb::FileSystem& fs, const std::string& dir) {
  std::unique_ptr<rocksdb::FSDirectory> handle;
  GUANHU_RETURN_IF_ERROR(ToStatus(fs.NewDirectory(dir, IOOptions(), &handle, nullptr), "opening " + dir));
  return ToStatus(handle->Fsync(IOOptions(), nullptr), "syncing " + dir);
}

absl::Status MakeDir(rocksdb::FileSystem& fs, const std::string& dir) {
  GUANHU_ASSIGN_OR_RETURN(const bool exists, FileExists(fs, dir));
  if (exists) return absl::OkStatus();
  GUANHU_RETURN_IF_ERROR(ToStatus(fs.CreateDirIfMissing(dir, IOOptions(), nullptr), "creating " + dir));
  const size_t slash = dir.rfind('/');
  if (slash == std::string::npos) return SyncDir(fs, ".");
  return SyncDir(fs, slash == 0 ? "/" : dir.substr(0, slash));
}

absl::StatusOr<bool> FileExists(rocksdb::FileSystem& fs, const std::string& path) {
  const rocksdb::IOStatus status = fs.FileExists(path, IOOptions(), nullptr);
  if (status.ok()) return true;
  if (status.IsNotFound() || status.IsPathNotFound()) return false;
  return ToStatus(status, "looking for " + path);
}

}  // namespace guanhu::store
