#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/store/log_file.h"
#include "common/store/rocks_db.h"
#include "common/store/rocks_files.h"
#include "common/store/salvage.h"

namespace guanhu::store {
namespace {

// One ascent of the ladder. Every step is tried only after the one before found damage; what changes files is preceded
// by a doubt in the watermark, so that a crash on the way cannot lose the alarm.
class Ladder {
 public:
  Ladder(const RocksOptions& options, const std::string& dir, Watermark& watermark, OpenReport& report)
      : options_(options), dir_(dir), watermark_(watermark), report_(report), fs_(*EnvOf(options)->GetFileSystem()) {}

  absl::StatusOr<std::unique_ptr<RocksDb>> Climb();

 private:
  absl::StatusOr<bool> FindDatabase();
  struct Manifest {
    std::string path;  // empty if there is none
    uint64_t number = 0;
    uint64_t bytes = 0;
  };
  absl::StatusOr<Manifest> FindManifest();
  // Writes a doubt if the list of files is not the one that the watermark saw, or a later one.
  absl::Status CheckManifest();
  rocksdb::Status Try(rocksdb::WALRecoveryMode mode, bool create);
  // Tries again after a step that is described by `detail`. True if it opened; false if there is still damage.
  absl::StatusOr<bool> TryAgain(absl::string_view detail);
  absl::Status WriteDoubt();
  // True if CURRENT named no list of files and now names the newest one.
  absl::StatusOr<bool> RestoreCurrent();
  // True if the list of files was damaged at its end and has been cut.
  absl::StatusOr<bool> CutManifest();
  // Every step that keeps the database as it is but for its ends. False if there is still damage.
  absl::StatusOr<bool> ClimbGently(bool exists);
  absl::StatusOr<std::unique_ptr<RocksDb>> Rebuild();

  const RocksOptions& options_;
  const std::string& dir_;
  Watermark& watermark_;
  OpenReport& report_;
  rocksdb::FileSystem& fs_;
  std::unique_ptr<RocksDb> opened_;
  rocksdb::Status first_damage_;
  bool miss_logs_ = false;  // open although a log is missing
};

constexpr auto kStrict = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
constexpr auto kTornTail = rocksdb::WALRecoveryMode::kPointInTimeRecovery;

// True if there is a database, whole or not.
absl::StatusOr<bool> Ladder::FindDatabase() {
  GUANHU_ASSIGN_OR_RETURN(const bool current, FileExists(fs_, dir_ + "/CURRENT"));
  if (current) return true;
  std::vector<std::string> names;
  GUANHU_RETURN_IF_ERROR(ToStatus(fs_.GetChildren(dir_, rocksdb::IOOptions(), &names, nullptr), "listing " + dir_));
  for (const std::string& name : names) {
    // Before CURRENT exists for the first time there is neither.
    if (absl::EndsWith(name, ".sst") || absl::EndsWith(name, ".log")) return true;
  }
  return false;
}

rocksdb::Status Ladder::Try(rocksdb::WALRecoveryMode mode, bool create) {
  auto opened = std::make_unique<RocksDb>();
  rocksdb::DBOptions db_options = MakeDbOptions(options_, opened->files_changed);
  db_options.wal_recovery_mode = mode;
  db_options.create_if_missing = create;
  if (miss_logs_) db_options.track_and_verify_wals_in_manifest = false;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(db_options, dir_, MakeFamilies(options_), &opened->families, &db);
  opened->db.reset(db);
  if (status.ok()) opened_ = std::move(opened);
  if (!status.ok() && first_damage_.ok()) first_damage_ = status;
  return status;
}

absl::Status Ladder::WriteDoubt() {
  if (watermark_.mark().doubt) return absl::OkStatus();
  Mark mark = watermark_.mark();
  mark.doubt = true;
  return watermark_.Write(mark);
}

absl::StatusOr<Ladder::Manifest> Ladder::FindManifest() {
  GUANHU_ASSIGN_OR_RETURN(const bool current, FileExists(fs_, dir_ + "/CURRENT"));
  if (!current) return Manifest();
  GUANHU_ASSIGN_OR_RETURN(const std::string name, ReadFile(fs_, dir_ + "/CURRENT"));
  absl::string_view digits = name;
  Manifest manifest;
  if (!absl::ConsumeSuffix(&digits, "\n") || !absl::ConsumePrefix(&digits, "MANIFEST-") ||
      !absl::SimpleAtoi(digits, &manifest.number)) {
    return Manifest();
  }
  const std::string path = absl::StrCat(dir_, "/", "MANIFEST-", digits);
  GUANHU_ASSIGN_OR_RETURN(const bool exists, FileExists(fs_, path));
  if (!exists) return Manifest();
  manifest.path = path;
  GUANHU_RETURN_IF_ERROR(
      ToStatus(fs_.GetFileSize(path, rocksdb::IOOptions(), &manifest.bytes, nullptr), "looking at " + path));
  return manifest;
}

absl::Status Ladder::CheckManifest() {
  const Mark& mark = watermark_.mark();
  GUANHU_ASSIGN_OR_RETURN(const Manifest found, FindManifest());
  const bool same_or_later = found.number > mark.manifest_number ||
                             (found.number == mark.manifest_number && found.bytes >= mark.manifest_bytes);
  return same_or_later ? absl::OkStatus() : WriteDoubt();
}

absl::StatusOr<bool> Ladder::TryAgain(absl::string_view detail) {
  const rocksdb::Status status = Try(kTornTail, false);
  if (!status.ok() && !IsDamage(status)) return ToStatus(status, "opening " + dir_);
  if (!status.ok()) return false;
  report_.torn_tail_dropped = true;
  report_.detail = std::string(detail.data(), detail.size());
  if (watermark_.mark().doubt) {
    absl::StrAppend(&report_.detail, " (", base::Printable(first_damage_.ToString()), ")");
  }
  return true;
}

absl::StatusOr<bool> Ladder::RestoreCurrent() {
  GUANHU_ASSIGN_OR_RETURN(const Manifest named, FindManifest());
  if (!named.path.empty()) return false;
  std::vector<std::string> names;
  GUANHU_RETURN_IF_ERROR(ToStatus(fs_.GetChildren(dir_, rocksdb::IOOptions(), &names, nullptr), "listing " + dir_));
  std::string newest;
  uint64_t newest_number = 0;
  for (const std::string& name : names) {
    absl::string_view digits = name;
    uint64_t number = 0;
    if (!absl::ConsumePrefix(&digits, "MANIFEST-") || !absl::SimpleAtoi(digits, &number)) continue;
    if (number < newest_number) continue;
    newest_number = number;
    newest = name;
  }
  if (newest.empty()) return false;
  GUANHU_RETURN_IF_ERROR(WriteDoubt());
  const std::string temporary = dir_ + "/CURRENT.dbtmp";
  GUANHU_RETURN_IF_ERROR(WriteFile(fs_, temporary, newest + "\n"));
  GUANHU_RETURN_IF_ERROR(
      ToStatus(fs_.RenameFile(temporary, dir_ + "/CURRENT", rocksdb::IOOptions(), nullptr), "renaming " + temporary));
  GUANHU_RETURN_IF_ERROR(SyncDir(fs_, dir_));
  return true;
}

absl::StatusOr<bool> Ladder::CutManifest() {
  GUANHU_ASSIGN_OR_RETURN(const Manifest manifest, FindManifest());
  const std::string& path = manifest.path;
  if (path.empty()) return false;
  GUANHU_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(fs_, path));
  const size_t valid = WalkLog(bytes, nullptr);
  if (valid == 0 || valid == bytes.size()) return false;
  GUANHU_RETURN_IF_ERROR(WriteDoubt());
  // The damaged file is kept for people, out of RocksDB's sight.
  GUANHU_RETURN_IF_ERROR(WriteFile(fs_, absl::StrCat(dir_, "/../damaged-MANIFEST-", manifest.number), bytes));
  const std::string temporary = path + ".dbtmp";
  GUANHU_RETURN_IF_ERROR(WriteFile(fs_, temporary, absl::string_view(bytes).substr(0, valid)));
  GUANHU_RETURN_IF_ERROR(
      ToStatus(fs_.RenameFile(temporary, path, rocksdb::IOOptions(), nullptr), "renaming " + temporary));
  GUANHU_RETURN_IF_ERROR(SyncDir(fs_, dir_));
  return true;
}

absl::StatusOr<std::unique_ptr<RocksDb>> Ladder::Rebuild() {
  GUANHU_RETURN_IF_ERROR(WriteDoubt());
  Salvage salvage(fs_, dir_);
  GUANHU_RETURN_IF_ERROR(salvage.SetAside());
  const rocksdb::Status repaired = rocksdb::RepairDB(dir_, MakeDbOptions(options_, nullptr), MakeFamilies(options_));
  const rocksdb::Status status = repaired.ok() ? Try(kTornTail, true) : repaired;
  if (!status.ok() && !IsDamage(status)) return ToStatus(status, "repairing " + dir_);
  if (!status.ok()) {
    return absl::DataLossError(absl::StrCat(
        "store: ", dir_, " is damaged beyond repair (", base::Printable(first_damage_.ToString()),
        "; after repair: ", base::Printable(status.ToString()),
        "); move the directory away, put a backup in its place or start empty, and sync with the neighbours"));
  }
  GUANHU_RETURN_IF_ERROR(salvage.Replay(*opened_));
  report_.repaired = true;
  report_.detail = absl::StrCat("the database was damaged (", base::Printable(first_damage_.ToString()),
                                ") and was rebuilt from what is readable");
  return std::move(opened_);
}

absl::StatusOr<bool> Ladder::ClimbGently(bool exists) {
  GUANHU_ASSIGN_OR_RETURN(const bool current, FileExists(fs_, dir_ + "/CURRENT"));
  if (exists && !current) {
    first_damage_ = rocksdb::Status::Corruption("the file CURRENT is missing");
  } else {
    const rocksdb::Status status = Try(kStrict, !exists);
    if (status.ok()) return true;
    if (!IsDamage(status)) return ToStatus(status, "opening " + dir_);
    GUANHU_ASSIGN_OR_RETURN(
        const bool open,
        TryAgain("the end of the log was torn, as a power cut does; unconfirmed changes in it were dropped"));
    if (open) return true;
  }
  GUANHU_ASSIGN_OR_RETURN(const bool named, RestoreCurrent());
  if (named) {
    GUANHU_ASSIGN_OR_RETURN(const bool open, TryAgain("the file that names the list of files was damaged"));
    if (open) return true;
  }
  GUANHU_ASSIGN_OR_RETURN(const bool cut, CutManifest());
  if (cut) {
    GUANHU_ASSIGN_OR_RETURN(const bool open, TryAgain("the end of the list of files was damaged and was cut off"));
    if (open) return true;
  }
  GUANHU_RETURN_IF_ERROR(WriteDoubt());
  miss_logs_ = true;
  return TryAgain("a log file is missing");
}

absl::StatusOr<std::unique_ptr<RocksDb>> Ladder::Climb() {
  GUANHU_ASSIGN_OR_RETURN(const bool exists, FindDatabase());
  report_.created = !exists;
  if (!exists && !options_.create_if_missing) {
    return absl::NotFoundError(absl::StrCat("store: there is no database in ", dir_));
  }
  GUANHU_RETURN_IF_ERROR(CheckManifest());
  GUANHU_ASSIGN_OR_RETURN(const bool interrupted, Salvage(fs_, dir_).Pending());
  if (interrupted) {
    first_damage_ = rocksdb::Status::Corruption("an earlier repair was interrupted");
    return Rebuild();
  }
  GUANHU_ASSIGN_OR_RETURN(const bool opened, ClimbGently(exists));
  if (opened) return std::move(opened_);
  return Rebuild();
}

}  // namespace

RocksDb::~RocksDb() {
  if (db != nullptr) Close().PermitUncheckedError();
}

rocksdb::Status RocksDb::Close() {
  for (rocksdb::ColumnFamilyHandle* family : families) {
    db->DestroyColumnFamilyHandle(family).PermitUncheckedError();  // fails only for nullptr
  }
  families.clear();
  const rocksdb::Status status = db->Close();
  db.reset();
  return status;
}

absl::StatusOr<std::unique_ptr<RocksDb>> OpenByLadder(const RocksOptions& options, const std::string& db_dir,
                                                      Watermark& watermark, OpenReport& report) {
  return Ladder(options, db_dir, watermark, report).Climb();
}

}  // namespace guanhu::store
