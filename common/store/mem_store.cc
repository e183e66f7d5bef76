#include "common/store/mem_store.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace guanhu::store {
namespace {

class MemIterator final : public Iterator {
 public:
  MemIterator(const CowMap& map, absl::string_view lower, absl::string_view upper)
      : cursor_(map, lower), upper_(upper.data(), upper.size()) {
    Stop();
  }
  bool Valid() const override { return entry_ != nullptr; }
  void Next() override {
    cursor_.Next();
    Stop();
  }
  absl::string_view key() const override { return entry_->key; }
  absl::string_view value() const override { return entry_->value; }
  absl::Status status() const override { return absl::OkStatus(); }

 private:
  void Stop() {
    entry_ = cursor_.entry();
    if (entry_ != nullptr && !upper_.empty() && entry_->key >= upper_) entry_ = nullptr;
  }

  CowMap::Cursor cursor_;
  const std::string upper_;
  const CowMap::Entry* entry_ = nullptr;
};

uint64_t ChainAfter(uint64_t chain, const Batch& batch) {
  uint64_t h = chain ^ 0x9e3779b97f4a7c15u;
  for (const Batch::Op& op : batch.ops()) {
    h = (h ^ static_cast<uint64_t>(op.table)) * 0x100000001b3u;
    for (char c : op.key) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    h = (h ^ op.value.size()) * 0x9e3779b97f4a7c15u;
    h ^= h >> 31;
  }
  return h;
}

}  // namespace

MemDisk::MemDisk(const MemDisk& other) : durable_(other.durable_), mark_(other.mark_), formatted_(other.formatted_) {}

MemDisk& MemDisk::operator=(const MemDisk& other) {
  if (this == &other) return *this;
  Crash();
  durable_ = other.durable_;
  mark_ = other.mark_;
  formatted_ = other.formatted_;
  return *this;
}

void MemDisk::Crash(size_t keep) {
  ++holder_;
  if (keep > 0 && !unsynced_.empty()) durable_ = unsynced_[std::min(keep, unsynced_.size()) - 1];
  unsynced_.clear();
}

void MemDisk::RestoreContents(const MemDisk& backup) {
  Crash();
  durable_ = backup.durable_;
}

void MemDisk::FailNext(absl::Status status) {
  fail_ = std::move(status);
  fail_all_ = false;
}

void MemDisk::FailAll(absl::Status status) {
  fail_ = std::move(status);
  fail_all_ = true;
}

void MemDisk::CutInNext(bool applied) { cut_ = applied ? Cut::kApplied : Cut::kNotApplied; }

void MemDisk::ClearFaults() {
  fail_ = absl::OkStatus();
  fail_all_ = false;
  cut_ = Cut::kNone;
  lie_ = false;
}

std::unique_ptr<MemStore> MemStore::Open(MemDisk* disk) {
  disk->Crash();
  return std::unique_ptr<MemStore>(new MemStore(disk));
}

MemStore::MemStore(MemDisk* disk) : disk_(disk), holder_(disk->holder_), visible_(disk->durable_) {
  report_.created = !disk->formatted_;
  disk->formatted_ = true;
  report_.commits = visible_.commits;
  const bool behind = visible_.commits < disk->mark_.commits;
  if (behind || (visible_.commits == disk->mark_.commits && visible_.chain != disk->mark_.chain)) {
    report_.watermark_lost = true;
    report_.detail = absl::StrCat("the disk confirmed ", disk->mark_.commits, " synced commits and holds ",
                                  visible_.commits, behind ? "" : " of another history");
  }
}

CowMap MemStore::Snapshot(Table table) const {
  std::lock_guard<std::mutex> lock(mutex_);
  return visible_.tables[static_cast<size_t>(table)];
}

absl::Status MemStore::CheckUsable() {
  if (disk_->holder_ != holder_) {
    return absl::FailedPreconditionError("store: the disk lost power or was opened again; open the store again");
  }
  if (failed_) {
    return absl::FailedPreconditionError("store: an earlier commit failed; open the store again before writing");
  }
  return absl::OkStatus();
}

bool MemStore::PassFaults(const Batch& batch, Durability durability, absl::Status& result) {
  if (!disk_->fail_.ok()) {
    result = disk_->fail_;
    if (!disk_->fail_all_) disk_->fail_ = absl::OkStatus();
    failed_ = true;
    return false;
  }
  if (disk_->cut_ == MemDisk::Cut::kNone) return true;
  const bool applied = std::exchange(disk_->cut_, MemDisk::Cut::kNone) == MemDisk::Cut::kApplied;
  // The watermark is written after the batch, so a cut leaves it where it was.
  if (applied) disk_->durable_ = After(batch, durability);
  disk_->Crash();
  failed_ = true;
  result = absl::UnavailableError("store: the power went during a commit; open the store again");
  return false;
}

MemDisk::Image MemStore::After(const Batch& batch, Durability durability) const {
  MemDisk::Image next = visible_;
  ++next.edit;
  for (const Batch::Op& op : batch.ops()) {
    CowMap& map = next.tables[static_cast<size_t>(op.table)];
    if (op.remove) {
      map.Delete(op.key, next.edit);
    } else {
      map.Put(op.key, op.value, next.edit);
    }
  }
  if (durability == Durability::kSynced) {
    next.commits = std::max(next.commits, disk_->mark_.commits) + 1;
    next.chain = ChainAfter(next.chain, batch);
  }
  return next;
}

void MemStore::Persist(const MemDisk::Image& next, Durability durability) {
  if (durability == Durability::kBuffered || disk_->lie_) {
    disk_->unsynced_.push_back(next);
    if (disk_->unsynced_.size() > MemDisk::kUnsyncedMax) disk_->unsynced_.pop_front();
  } else {
    disk_->durable_ = next;
    disk_->unsynced_.clear();
  }
  if (durability == Durability::kSynced) disk_->mark_ = {next.commits, next.chain};
}

absl::Status MemStore::Commit(const Batch& batch, Durability durability) {
  absl::Status result = CheckUsable();
  if (!result.ok() || !PassFaults(batch, durability, result)) return result;
  MemDisk::Image next = After(batch, durability);
  Persist(next, durability);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    std::swap(visible_, next);
  }
  return absl::OkStatus();  // the previous state is freed here, outside the lock
}

absl::StatusOr<std::optional<std::string>> MemStore::Get(Table table, absl::string_view key) const {
  const CowMap map = Snapshot(table);
  const CowMap::Entry* entry = map.Find(key);
  if (entry == nullptr) return std::optional<std::string>();
  return std::optional<std::string>(entry->value);
}

absl::StatusOr<std::vector<std::optional<std::string>>> MemStore::MultiGet(Table table,
                                                                           const std::vector<std::string>& keys) const {
  const CowMap map = Snapshot(table);
  std::vector<std::optional<std::string>> values(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    const CowMap::Entry* entry = map.Find(keys[i]);
    if (entry != nullptr) values[i] = entry->value;
  }
  return values;
}

std::unique_ptr<Iterator> MemStore::Scan(Table table, absl::string_view lower, absl::string_view upper) const {
  return std::make_unique<MemIterator>(Snapshot(table), lower, upper);
}

}  // namespace guanhu::store
