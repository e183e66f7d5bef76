// What the crash tests share: arguments, a workload whose every state is known, and a rig of a store on a PowerCutFs.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "common/store/rocks_store.h"
#include "common/store/store.h"
#include "tests/crash/power_cut_fs.h"

namespace guanhu::crash {

struct Args {
  uint64_t cuts = 400;
  uint64_t flips = 500;
  uint64_t kills = 20;
  uint64_t seed = 1;
  bool Long() const { return cuts >= 5000; }  // sweeps leave nothing out
};
// Of the command line; set once by main.
Args& TheArgs();

// Every table's rows.
using Tables = std::array<std::map<std::string, std::string>, store::kTableCount>;
void Apply(const store::Batch& batch, Tables& tables);
absl::StatusOr<Tables> ReadAll(const store::Store& store);
// Touches several tables; number `i` goes into each. `value_bytes_max` says how big rows may get.
store::Batch MakeBatch(uint64_t i, size_t value_bytes_max, std::mt19937_64& random);

enum class Found {
  kConfirmed,  // exactly the state of the last confirmed commit
  kOneMore,    // and the whole commit that was going on
  kOther,      // anything else: lost or torn
  kUnreadable,
};

// A store, its disk and what it must hold. kView holds buffered rows only: a counter that may fall back.
class Rig {
 public:
  Rig();
  ~Rig();

  PowerCutFs& fs() { return *fs_; }
  store::RocksStore* store() { return store_.get(); }
  const Tables& confirmed() const { return confirmed_; }
  uint64_t acked() const { return acked_; }
  const store::RocksOptions& options() const { return options_; }

  absl::Status Open();
  // Closes and forgets the store; its errors are of no interest to a crash.
  void Drop() { store_.reset(); }
  // Commits batch number acked()+1 and keeps the account of it.
  absl::Status CommitNext(size_t value_bytes_max, std::mt19937_64& random,
                          store::Durability durability = store::Durability::kSynced);
  absl::Status CommitBuffered();
  // Compares; afterwards what was found counts as confirmed.
  Found Check();

 private:
  const std::shared_ptr<PowerCutFs> fs_;  // shared with the Env
  const std::unique_ptr<rocksdb::Env> env_;
  store::RocksOptions options_;
  std::unique_ptr<store::RocksStore> store_;
  Tables confirmed_;
  std::optional<store::Batch> going_on_;
  uint64_t acked_ = 0;
  uint64_t buffered_ = 0;
  uint64_t buffered_durable_ = 0;
};

// Fails the whole process if the next `seconds` pass without another call; 0 ends it. A hang is a failure.
void Watchdog(unsigned seconds);

}  // namespace guanhu::crash
