#include "common/store/rocks_store.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/store/rocks_db.h"
#include "common/store/rocks_files.h"
#include "common/store/watermark.h"
#include "rocksdb/iterator.h"
#include "rocksdb/utilities/checkpoint.h"
#include "rocksdb/write_batch.h"

namespace guanhu::store {
namespace {

// The store's own row, in the default column family; written by every synced commit, in its batch.
constexpr char kTallyKey[] = "commits";

struct Tally {
  uint64_t commits = 0;
  uint64_t chain = 0;
  uint64_t chain_before = 0;
};

std::string EncodeTally(const Tally& tally) {
  std::string out;
  base::PutFixed64(out, tally.commits);
  base::PutFixed64(out, tally.chain);
  base::PutFixed64(out, tally.chain_before);
  return out;
}

absl::StatusOr<Tally> ReadTally(RocksDb& db) {
  std::string bytes;
  const rocksdb::Status status = db.db->Get(rocksdb::ReadOptions(), db.families[0], kTallyKey, &bytes);
  if (status.IsNotFound()) return Tally{};
  GUANHU_RETURN_IF_ERROR(ToStatus(status, "reading the number of commits"));
  base::Reader in(bytes);
  Tally tally;
  tally.commits = in.Fixed64();
  tally.chain = in.Fixed64();
  tally.chain_before = in.Fixed64();
  if (!in.done()) return absl::DataLossError("store: the row with the number of commits is damaged");
  return tally;
}

// What is wrong, in one sentence; empty if the database has all that the watermark confirmed.
std::string Compare(const Tally& tally, const Watermark& watermark) {
  const Mark& mark = watermark.mark();
  if (mark.doubt || (tally.commits > 0 && watermark.state() != Watermark::State::kRead)) {
    return watermark.state() == Watermark::State::kRead
               ? "the database was repaired or its watermark was lost, so confirmed changes may be missing"
               : "the watermark file is missing or damaged, so confirmed changes may be missing";
  }
  if (tally.commits < mark.commits) {
    return absl::StrCat("the disk confirmed ", mark.commits, " synced commits and holds ", tally.commits);
  }
  const bool same = tally.commits == mark.commits && tally.chain == mark.chain;
  const bool next = tally.commits == mark.commits + 1 && tally.chain_before == mark.chain;
  if (same || next || tally.commits > mark.commits + 1) return "";
  return absl::StrCat("the database and its watermark tell different histories of ", mark.commits, " commits");
}

class RocksIterator final : public Iterator {
 public:
  RocksIterator(const RocksDb& db, Table table, absl::string_view lower, absl::string_view upper)
      : upper_(upper.data(), upper.size()), upper_slice_(upper_) {
    rocksdb::ReadOptions read;
    // RocksDB 7.8 minds deleted ranges while it goes from file to file, and on that way it skips a damaged file and
    // says that all is well. The house deletes no ranges.
    read.ignore_range_deletions = true;
    if (!upper_.empty()) read.iterate_upper_bound = &upper_slice_;
    iterator_.reset(db.db->NewIterator(read, db.families[FamilyOf(table)]));
    iterator_->Seek(ToSlice(lower));
  }
  bool Valid() const override { return iterator_->Valid(); }
  void Next() override { iterator_->Next(); }
  absl::string_view key() const override { return ToView(iterator_->key()); }
  absl::string_view value() const override { return ToView(iterator_->value()); }
  absl::Status status() const override { return ToStatus(iterator_->status(), "scanning a table"); }

 private:
  const std::string upper_;
  const rocksdb::Slice upper_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

class FailedIterator final : public Iterator {
 public:
  explicit FailedIterator(absl::Status status) : status_(std::move(status)) {}
  bool Valid() const override { return false; }
  void Next() override {}
  absl::string_view key() const override { return {}; }
  absl::string_view value() const override { return {}; }
  absl::Status status() const override { return status_; }

 private:
  const absl::Status status_;
};

size_t BatchBytes(const Batch& batch) {
  size_t bytes = 64;
  for (const Batch::Op& op : batch.ops()) bytes += op.key.size() + op.value.size() + 12;
  return bytes;
}

absl::Status ClosedError() { return absl::FailedPreconditionError("store: it was closed; open it again"); }

}  // namespace

struct RocksStore::Impl {
  std::string dir;
  std::shared_ptr<rocksdb::FileSystem> fs;  // shared with the Env
  std::unique_ptr<Watermark> watermark;
  std::unique_ptr<RocksDb> db;  // nullptr once closed
  OpenReport report;
  Tally tally;
  std::atomic<uint64_t> commits{0};
  bool failed = false;

  absl::Status Write(const Batch& batch, bool synced);
  // Marks `next` as confirmed, with the list of files if that changed.
  absl::Status Confirm(const Tally& next);
};

absl::Status RocksStore::Impl::Confirm(const Tally& next) {
  Mark mark = watermark->mark();
  mark.commits = next.commits;
  mark.chain = next.chain;
  mark.doubt = false;
  if (db->files_changed->exchange(false)) {
    std::vector<std::string> files;
    GUANHU_RETURN_IF_ERROR(ToStatus(db->db->GetLiveFiles(files, &mark.manifest_bytes, false), "listing files"));
    for (const std::string& file : files) {
      absl::string_view digits = file;
      if (absl::ConsumePrefix(&digits, "/MANIFEST-")) (void)absl::SimpleAtoi(digits, &mark.manifest_number);
    }
  }
  return watermark->Write(mark);
}

absl::Status RocksStore::Impl::Write(const Batch& batch, bool synced) {
  rocksdb::WriteBatch out(BatchBytes(batch), 0, 8, 0);  // 8: every row carries a checksum until it is in the log
  for (const Batch::Op& op : batch.ops()) {
    rocksdb::ColumnFamilyHandle* family = db->families[FamilyOf(op.table)];
    const rocksdb::Status status = op.remove ? out.Delete(family, op.key) : out.Put(family, op.key, op.value);
    GUANHU_RETURN_IF_ERROR(ToStatus(status, "building a batch"));
  }
  Tally next = tally;
  if (synced) {
    next.commits = std::max(tally.commits, watermark->mark().commits) + 1;
    next.chain_before = tally.chain;
    next.chain = ChainAfter(tally.chain, out.Data());
    GUANHU_RETURN_IF_ERROR(ToStatus(out.Put(db->families[0], kTallyKey, EncodeTally(next)), "building a batch"));
  }
  rocksdb::WriteOptions write;
  write.sync = synced;
  GUANHU_RETURN_IF_ERROR(ToStatus(db->db->Write(write, &out), "writing a batch"));
  if (!synced) return absl::OkStatus();
  GUANHU_RETURN_IF_ERROR(Confirm(next));
  tally = next;
  commits.store(next.commits, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RocksStore>> RocksStore::Open(const std::string& dir, const RocksOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->dir = dir;
  impl->fs = EnvOf(options)->GetFileSystem();
  rocksdb::FileSystem& fs = *impl->fs;
  const std::string db_dir = dir + "/db";
  GUANHU_ASSIGN_OR_RETURN(const bool exists, FileExists(fs, db_dir + "/CURRENT"));
  if (!exists && !options.create_if_missing) {
    GUANHU_ASSIGN_OR_RETURN(const bool any, FileExists(fs, db_dir));
    if (!any) return absl::NotFoundError(absl::StrCat("store: there is none in ", dir));
  }
  GUANHU_RETURN_IF_ERROR(MakeDir(fs, dir));
  // The watermark comes first, so that a database without one is always a sign of loss.
  GUANHU_ASSIGN_OR_RETURN(impl->watermark, Watermark::Open(impl->fs, dir + "/watermark", exists));
  GUANHU_RETURN_IF_ERROR(MakeDir(fs, db_dir));
  OpenReport& report = impl->report;
  GUANHU_ASSIGN_OR_RETURN(impl->db, OpenByLadder(options, db_dir, *impl->watermark, report));
  GUANHU_ASSIGN_OR_RETURN(impl->tally, ReadTally(*impl->db));
  report.commits = impl->tally.commits;
  impl->commits = impl->tally.commits;
  const std::string loss = Compare(impl->tally, *impl->watermark);
  if (!loss.empty()) {
    report.watermark_lost = true;
    report.detail = report.detail.empty() ? loss : absl::StrCat(report.detail, "; ", loss);
  }
  return std::unique_ptr<RocksStore>(new RocksStore(std::move(impl)));
}

RocksStore::RocksStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

RocksStore::~RocksStore() { Close().IgnoreError(); }  // an error here has no consequence for what was confirmed

absl::Status RocksStore::Commit(const Batch& batch, Durability durability) {
  if (impl_->db == nullptr) return ClosedError();
  if (impl_->failed) {
    return absl::FailedPreconditionError("store: an earlier commit failed; open the store again before writing");
  }
  const absl::Status status = impl_->Write(batch, durability == Durability::kSynced);
  if (!status.ok()) impl_->failed = true;
  return status;
}

absl::StatusOr<std::optional<std::string>> RocksStore::Get(Table table, absl::string_view key) const {
  if (impl_->db == nullptr) return ClosedError();
  std::string value;
  const rocksdb::Status status =
      impl_->db->db->Get(rocksdb::ReadOptions(), impl_->db->families[FamilyOf(table)], ToSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  GUANHU_RETURN_IF_ERROR(ToStatus(status, "reading a row"));
  return std::optional<std::string>(std::move(value));
}

absl::StatusOr<std::vector<std::optional<std::string>>> RocksStore::MultiGet(
    Table table, const std::vector<std::string>& keys) const {
  if (impl_->db == nullptr) return ClosedError();
  const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> found(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  impl_->db->db->MultiGet(rocksdb::ReadOptions(), impl_->db->families[FamilyOf(table)], slices.size(), slices.data(),
                          found.data(), statuses.data());
  std::vector<std::optional<std::string>> values(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    GUANHU_RETURN_IF_ERROR(ToStatus(statuses[i], "reading rows"));
    values[i].emplace(found[i].data(), found[i].size());
  }
  return values;
}

std::unique_ptr<Iterator> RocksStore::Scan(Table table, absl::string_view lower, absl::string_view upper) const {
  if (impl_->db == nullptr) return std::make_unique<FailedIterator>(ClosedError());
  return std::make_unique<RocksIterator>(*impl_->db, table, lower, upper);
}

const OpenReport& RocksStore::report() const { return impl_->report; }

uint64_t RocksStore::commits() const { return impl_->commits.load(std::memory_order_relaxed); }

absl::Status RocksStore::Verify() const {
  if (impl_->db == nullptr) return ClosedError();
  rocksdb::ReadOptions read;
  read.fill_cache = false;
  return ToStatus(impl_->db->db->VerifyChecksum(read), "checking every block");
}

absl::Status RocksStore::Checkpoint(const std::string& dir) const {
  if (impl_->db == nullptr) return ClosedError();
  GUANHU_ASSIGN_OR_RETURN(const bool exists, FileExists(*impl_->fs, dir));
  if (exists) return absl::FailedPreconditionError(absl::StrCat("store: ", dir, " exists; name a new directory"));
  GUANHU_RETURN_IF_ERROR(MakeDir(*impl_->fs, dir));
  rocksdb::Checkpoint* raw = nullptr;
  GUANHU_RETURN_IF_ERROR(ToStatus(rocksdb::Checkpoint::Create(impl_->db->db.get(), &raw), "making a copy"));
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  GUANHU_RETURN_IF_ERROR(ToStatus(checkpoint->CreateCheckpoint(dir + "/db"), "making a copy in " + dir));
  GUANHU_ASSIGN_OR_RETURN(std::unique_ptr<Watermark> mark, Watermark::Open(impl_->fs, dir + "/watermark", false));
  // An alarm that nobody has answered yet goes with the copy.
  const bool doubt = impl_->report.watermark_lost && impl_->tally.commits == impl_->report.commits;
  GUANHU_RETURN_IF_ERROR(mark->Write({impl_->tally.commits, impl_->tally.chain, doubt, 0, 0}));
  return mark->Close();
}

uint64_t RocksStore::ApproximateBytes() const {
  if (impl_->db == nullptr) return 0;
  uint64_t files = 0;
  uint64_t memory = 0;
  impl_->db->db->GetAggregatedIntProperty(rocksdb::DB::Properties::kLiveSstFilesSize, &files);
  impl_->db->db->GetAggregatedIntProperty(rocksdb::DB::Properties::kSizeAllMemTables, &memory);
  return files + memory;
}

absl::Status RocksStore::Close() {
  if (impl_->db == nullptr) return absl::OkStatus();
  const absl::Status status = ToStatus(impl_->db->Close(), "closing");
  impl_->db.reset();
  const absl::Status mark = impl_->watermark->Close();
  return status.ok() ? mark : status;
}

}  // namespace guanhu::store
