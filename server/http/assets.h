// From what stands on a facility's plate to its record.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/host/node_host.h"

namespace guanhu::server::http {

// Thread-safe.
class AssetNames {
 public:
  // `host` outlives it.
  explicit AssetNames(host::NodeHost* host) : host_(host) {}
  // By plate token, asset code, or the code of its record. Records are read when somebody asks for a name that is not
  // known: new ones at once, those that may have changed at most once a minute, so that nobody can keep the node busy
  // with names that do not exist. nullopt: no such asset is here. Errors: those of the store.
  absl::StatusOr<std::optional<base::RecordId>> Find(absl::string_view name, absl::Time now);

 private:
  std::optional<base::RecordId> Known(absl::string_view name) const;
  absl::Status Read(const std::vector<base::RecordId>& ids);

  host::NodeHost* const host_;
  std::mutex mu_;
  absl::flat_hash_map<std::string, base::RecordId> names_;
  absl::flat_hash_set<base::RecordId> read_;
  std::string mark_;
  absl::Time all_read_at_ = absl::InfinitePast();
};

}  // namespace guanhu::server::http
