// A small file beside the database that says how far confirmed commits go. RocksDB cannot tell a damaged log from one
// that was torn by a power cut; compared with this file the two are told apart. Internal to common/store.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rocksdb/file_system.h"

namespace guanhu::store {

struct Mark {
  uint64_t commits = 0;  // synced commits that were confirmed
  uint64_t chain = 0;    // ChainAfter of all of them
  bool doubt = false;    // a repair began: what the database holds cannot be trusted to be whole
  // RocksDB's list of files as it was: one that is older or shorter has lost table files without a trace.
  uint64_t manifest_number = 0;
  uint64_t manifest_bytes = 0;
};

// The chain after a commit with `bytes`. Tells histories apart; no protection against people.
uint64_t ChainAfter(uint64_t chain, absl::string_view bytes);

// Two slots, each in its own page, written in turn by overwriting, so that a torn write leaves the other one. Not
// thread-safe.
class Watermark {
 public:
  enum class State { kCreated, kRead, kDamaged };

  // Creates the file if missing; durable before it returns. If there is a database already (`expected`) a new file
  // begins with a doubt.
  static absl::StatusOr<std::unique_ptr<Watermark>> Open(std::shared_ptr<rocksdb::FileSystem> fs,
                                                         const std::string& path, bool expected);

  State state() const { return state_; }  // as found by Open
  const Mark& mark() const { return mark_; }
  // Durable when it returns. mark() changes only if it succeeds.
  absl::Status Write(const Mark& mark);
  absl::Status Close();

 private:
  Watermark(std::shared_ptr<rocksdb::FileSystem> fs, std::string path) : fs_(std::move(fs)), path_(std::move(path)) {}
  absl::Status Create();
  void Parse(absl::string_view bytes);

  const std::shared_ptr<rocksdb::FileSystem> fs_;  // shared with the Env
  const std::string path_;
  std::unique_ptr<rocksdb::FSRandomRWFile> file_;
  State state_ = State::kDamaged;
  Mark mark_;
  unsigned slot_ = 0;  // the one to write next
};

}  // namespace guanhu::store
