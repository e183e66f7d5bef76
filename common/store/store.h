// Ordered tables with atomic, durable batches. The only thing that the node knows of a disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace guanhu::store {

// What stands in each table is docs/formats/store.md. Numbers are part of the disk format.
enum class Table : uint8_t {
  kMeta = 0,     // heads, acknowledgements, verdicts, settings
  kJournal = 1,  // entries
  kSigned = 2,   // signed heads
  kRecord = 3,   // record states
  kAside = 4,    // quarantine, held marks, waiting changes
  kCommand = 5,  // results of user commands by id
  kView = 6,     // rows derived from records; rebuildable
};
inline constexpr size_t kTableCount = 7;

// Changes to several tables that take effect together. Later operations on a key win. Not thread-safe.
class Batch {
 public:
  struct Op {
    Table table;
    bool remove = false;
    std::string key;
    std::string value;
  };
  void Put(Table table, std::string key, std::string value) {
    ops_.push_back({table, false, std::move(key), std::move(value)});
  }
  void Delete(Table table, std::string key) { ops_.push_back({table, true, std::move(key), {}}); }
  const std::vector<Op>& ops() const { return ops_; }
  bool empty() const { return ops_.empty(); }
  void Clear() { ops_.clear(); }
  void Reserve(size_t ops) { ops_.reserve(ops); }

 private:
  std::vector<Op> ops_;
};

// Walks one table in key order over the state at the time of its making. Not thread-safe.
class Iterator {
 public:
  virtual ~Iterator() = default;
  virtual bool Valid() const = 0;
  virtual void Next() = 0;
  virtual absl::string_view key() const = 0;    // valid until Next
  virtual absl::string_view value() const = 0;  // valid until Next
  // Errors: kDataLoss when the stored bytes are damaged. Check after Valid() turned false.
  virtual absl::Status status() const = 0;
};

enum class Durability {
  kSynced,    // on disk, with the watermark, before Commit returns
  kBuffered,  // on disk with the next synced commit; for what can be made again
};

// What opening found. `watermark_lost` means that commits which had been confirmed before are, or may be, missing: the
// node must open a new incarnation and fetch its own work back from its neighbours. The alarm stands at every opening
// until the next synced commit succeeds, so that commit must be the one that records the new incarnation.
struct OpenReport {
  bool created = false;
  bool watermark_lost = false;
  bool torn_tail_dropped = false;
  bool repaired = false;  // rebuilt from what was readable: a batch may be present in part. Implies watermark_lost
  uint64_t commits = 0;   // synced commits so far
  std::string detail;     // one sentence for people; empty when nothing happened
};

// Thread-safe for reads; Commit may be called from one thread at a time.
// Errors of every call: kDataLoss damaged bytes, kResourceExhausted disk full, kUnavailable other IO. After a failed
// Commit the store refuses further commits with kFailedPrecondition until it is opened again.
class Store {
 public:
  virtual ~Store() = default;
  virtual absl::Status Commit(const Batch& batch, Durability durability) = 0;
  virtual absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) const = 0;
  // In the order of `keys`; an absent key gives nullopt.
  virtual absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, const std::vector<std::string>& keys) const = 0;
  // Keys in [lower, upper); an empty `upper` means to the end of the table.
  virtual std::unique_ptr<Iterator> Scan(Table table, absl::string_view lower, absl::string_view upper) const = 0;
  virtual const OpenReport& report() const = 0;
};

// The smallest key above every key that starts with `prefix`; empty if there is none.
std::string PrefixEnd(absl::string_view prefix);

}  // namespace guanhu::store
