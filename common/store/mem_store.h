// The Store of the simulator and of tests: ordered maps in memory, with a disk that can lose power, be copied and fail.
// Deterministic; makes no threads.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/store/cow_map.h"
#include "common/store/store.h"

namespace guanhu::store {

class MemStore;

// What outlives a MemStore. A copy is an independent disk with the durable contents (a backup or a clone) and costs
// O(1); it copies no faults and no open store. Not thread-safe; must outlive the stores opened on it.
class MemDisk {
 public:
  MemDisk() = default;
  MemDisk(const MemDisk& other);
  // Also shuts out the store that is open on this disk, as does every call below that replaces contents.
  MemDisk& operator=(const MemDisk& other);

  // The power goes: the open store (if any) is dead, of the unsynced commits the first `keep` survive (a real disk
  // may keep any number of them, in order).
  void Crash(size_t keep = 0);
  // Unsynced commits that Crash can keep; at most kUnsyncedMax, older ones can then only be lost together.
  size_t unsynced() const { return unsynced_.size(); }
  static constexpr size_t kUnsyncedMax = 16;

  // Puts back the contents of `backup` but leaves the watermark: what somebody does who copies an old database
  // directory into place. The next opening reports watermark_lost if anything is missing.
  void RestoreContents(const MemDisk& backup);

  uint64_t commits() const { return durable_.commits; }

  // The next commit (FailAll: every one) fails with `status` and changes nothing.
  void FailNext(absl::Status status);
  void FailAll(absl::Status status);
  // The power goes during the next commit: it is applied wholly or not at all, Commit returns kUnavailable, and the
  // store is dead as after Crash().
  void CutInNext(bool applied);
  // Synced commits are acknowledged and not made durable, as by cheap flash; the next opening reports watermark_lost.
  void LieAboutSync(bool lie) { lie_ = lie; }
  void ClearFaults();

 private:
  friend class MemStore;
  struct Image {
    std::array<CowMap, kTableCount> tables;
    uint64_t edit = 0;     // of the youngest node in any table
    uint64_t commits = 0;  // synced ones
    uint64_t chain = 0;    // tells one history of commits from another
  };
  struct Mark {
    uint64_t commits = 0;
    uint64_t chain = 0;
  };
  enum class Cut { kNone, kApplied, kNotApplied };

  Image durable_;
  Mark mark_;  // the watermark
  bool formatted_ = false;
  std::deque<Image> unsynced_;
  uint64_t holder_ = 0;  // number of the opening that may commit; others are shut out

  absl::Status fail_;
  bool fail_all_ = false;
  Cut cut_ = Cut::kNone;
  bool lie_ = false;
};

// Thread-safe as Store says. Iterators may outlive the store.
class MemStore final : public Store {
 public:
  // Sees what is durable on `disk` (not owned). A store that was open on it is shut out: its commits fail with
  // kFailedPrecondition.
  static std::unique_ptr<MemStore> Open(MemDisk* disk);

  absl::Status Commit(const Batch& batch, Durability durability) override;
  absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) const override;
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(Table table,
                                                                   const std::vector<std::string>& keys) const override;
  std::unique_ptr<Iterator> Scan(Table table, absl::string_view lower, absl::string_view upper) const override;
  const OpenReport& report() const override { return report_; }

 private:
  explicit MemStore(MemDisk* disk);
  CowMap Snapshot(Table table) const;
  absl::Status CheckUsable();
  // True if the batch may be applied; otherwise `result` is what Commit returns.
  bool PassFaults(const Batch& batch, Durability durability, absl::Status& result);
  MemDisk::Image After(const Batch& batch, Durability durability) const;
  void Persist(const MemDisk::Image& next, Durability durability);

  MemDisk* const disk_;
  const uint64_t holder_;
  OpenReport report_;
  bool failed_ = false;
  mutable std::mutex mutex_;  // guards visible_
  MemDisk::Image visible_;
};

}  // namespace guanhu::store
