#include "common/store/salvage.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/store/log_file.h"
#include "common/store/rocks_files.h"
#include "rocksdb/write_batch.h"

namespace guanhu::store {
namespace {

constexpr size_t kBatchHeaderBytes = 12;

// Copies a batch for a database in which column families may have other numbers. The numbers in the log are those of
// a database that was made with all of MakeFamilies, in that order.
class Copier final : public rocksdb::WriteBatch::Handler {
 public:
  Copier(const RocksDb& db, rocksdb::WriteBatch& out) : db_(db), out_(out) {}
  rocksdb::Status PutCF(uint32_t family, const rocksdb::Slice& key, const rocksdb::Slice& value) override {
    return family < kFamilyCount ? out_.Put(db_.families[family], key, value) : rocksdb::Status::OK();
  }
  rocksdb::Status DeleteCF(uint32_t family, const rocksdb::Slice& key) override {
    return family < kFamilyCount ? out_.Delete(db_.families[family], key) : rocksdb::Status::OK();
  }

 private:
  const RocksDb& db_;
  rocksdb::WriteBatch& out_;
};

}  // namespace

Salvage::Salvage(rocksdb::FileSystem& fs, const std::string& db_dir)
    : fs_(fs), db_dir_(db_dir), dir_(db_dir.substr(0, db_dir.rfind('/')) + "/salvage"), complete_(dir_ + "/complete") {}

absl::StatusOr<std::vector<std::string>> Salvage::LogsIn(const std::string& dir) {
  std::vector<std::string> names;
  GUANHU_ASSIGN_OR_RETURN(const bool exists, FileExists(fs_, dir));
  if (!exists) return names;
  GUANHU_RETURN_IF_ERROR(ToStatus(fs_.GetChildren(dir, rocksdb::IOOptions(), &names, nullptr), "listing " + dir));
  names.erase(
      std::remove_if(names.begin(), names.end(), [](const std::string& name) { return !absl::EndsWith(name, ".log"); }),
      names.end());
  std::sort(names.begin(), names.end());  // by number: RocksDB pads them
  return names;
}

absl::StatusOr<bool> Salvage::Pending() {
  GUANHU_ASSIGN_OR_RETURN(const std::vector<std::string> logs, LogsIn(dir_));
  GUANHU_ASSIGN_OR_RETURN(const bool complete, FileExists(fs_, complete_));
  return complete || !logs.empty();
}

absl::Status Salvage::SetAside() {
  GUANHU_ASSIGN_OR_RETURN(const std::vector<std::string> logs, LogsIn(db_dir_));
  GUANHU_ASSIGN_OR_RETURN(const bool complete, FileExists(fs_, complete_));
  const std::string suffix = complete ? ".discarded" : "";
  GUANHU_RETURN_IF_ERROR(MakeDir(fs_, dir_));
  for (const std::string& log : logs) {
    GUANHU_RETURN_IF_ERROR(ToStatus(fs_.RenameFile(absl::StrCat(db_dir_, "/", log),
                                                   absl::StrCat(dir_, "/", log, suffix), rocksdb::IOOptions(), nullptr),
                                    "setting aside " + log));
  }
  GUANHU_RETURN_IF_ERROR(SyncDir(fs_, dir_));
  if (!complete) GUANHU_RETURN_IF_ERROR(WriteFile(fs_, complete_, ""));
  GUANHU_RETURN_IF_ERROR(SyncDir(fs_, dir_));
  return SyncDir(fs_, db_dir_);
}

absl::Status Salvage::Replay(RocksDb& db) {
  GUANHU_ASSIGN_OR_RETURN(const std::vector<std::string> logs, LogsIn(dir_));
  for (const std::string& log : logs) {
    GUANHU_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(fs_, absl::StrCat(dir_, "/", log)));
    rocksdb::Status status;
    WalkLog(bytes, [&](const std::string& record) {
      if (!status.ok() || record.size() < kBatchHeaderBytes) return;
      rocksdb::WriteBatch out;
      Copier copier(db, out);
      const rocksdb::Status read = rocksdb::WriteBatch(record).Iterate(&copier);
      if (read.ok()) status = db.db->Write(rocksdb::WriteOptions(), &out);
    });
    GUANHU_RETURN_IF_ERROR(ToStatus(status, "replaying " + log));
  }
  GUANHU_RETURN_IF_ERROR(ToStatus(db.db->Flush(rocksdb::FlushOptions(), db.families), "replaying logs"));
  for (const std::string& log : logs) {
    const std::string path = absl::StrCat(dir_, "/", log);
    GUANHU_RETURN_IF_ERROR(
        ToStatus(fs_.RenameFile(path, path + ".replayed", rocksdb::IOOptions(), nullptr), "renaming " + log));
  }
  GUANHU_RETURN_IF_ERROR(SyncDir(fs_, dir_));
  GUANHU_RETURN_IF_ERROR(
      ToStatus(fs_.DeleteFile(complete_, rocksdb::IOOptions(), nullptr), "ending the salvage of logs"));
  return SyncDir(fs_, dir_);
}

}  // namespace guanhu::store
