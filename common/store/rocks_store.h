// The Store of every real node: RocksDB for the tables, and beside it a watermark file that tells whether RocksDB, when
// it is opened again, still has everything that was confirmed. docs/formats/store-files.md describes the files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/store/store.h"

namespace rocksdb {
class Env;
}

namespace guanhu::store {

enum class Profile {
  kTablet,  // adds 15-20 MiB to the process at its peak
  kServer,
};

struct RocksOptions {
  Profile profile = Profile::kTablet;
  bool create_if_missing = true;
  // Bytes of cache for table blocks; 0 takes the profile's default.
  size_t cache_bytes = 0;
  // Bytes of memory for rows that are not in table files yet; 0 takes the profile's default.
  size_t write_buffer_bytes = 0;
  // All IO, the watermark's too, and sleeping go through it. Not owned, outlives the store. nullptr is the real one.
  rocksdb::Env* env = nullptr;
};

// In `dir` stand the database directory "db" and the file "watermark"; neither may be copied or moved without the
// other, except by Checkpoint. Iterators must be destroyed before the store is closed.
class RocksStore final : public Store {
 public:
  // Opens by a ladder: with nothing missing; without a torn tail; with the list of files cut behind its last valid
  // record; rebuilt from the readable files. report() says which step was needed and whether confirmed commits may
  // be gone. Creates the last component of `dir`.
  // Errors: kNotFound no store and !create_if_missing; kFailedPrecondition another process has it open; kDataLoss no
  // step of the ladder helps; kResourceExhausted, kUnavailable the disk is full or fails, nothing is decided.
  static absl::StatusOr<std::unique_ptr<RocksStore>> Open(const std::string& dir, const RocksOptions& options);
  ~RocksStore() override;

  absl::Status Commit(const Batch& batch, Durability durability) override;
  absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) const override;
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(Table table,
                                                                   const std::vector<std::string>& keys) const override;
  std::unique_ptr<Iterator> Scan(Table table, absl::string_view lower, absl::string_view upper) const override;
  const OpenReport& report() const override;

  // Synced commits so far.
  uint64_t commits() const;
  // Reads every stored table file and checks every block. Errors: kDataLoss names the damaged file.
  absl::Status Verify() const;
  // Makes a copy that Open accepts in `dir`, which must not exist and should be on the same disk (files are linked).
  // May run beside reads, not beside Commit.
  absl::Status Checkpoint(const std::string& dir) const;
  // Bytes of the table files on disk plus those still in memory only.
  uint64_t ApproximateBytes() const;

  // Ends background work and closes the files; the destructor does it too. Every later call but report() fails with
  // kFailedPrecondition. Never tries to revive a failed database, which can hang on a full disk; even so a program
  // that stops should set itself a time limit for this call.
  absl::Status Close();

 private:
  struct Impl;
  explicit RocksStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace guanhu::store
