// From what stands on a facility's plate to its record.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/host/node_host.h"

namespace guanhu::server::http {

// Thread-safe.
class AssetNames {
 public:
  // `host` outlives it.
  explicit AssetNames(host::NodeHost* host) : host_(host) {}
  // By plate token, asset code, or the code of its record. All records are read at the first question, and again for
  // a name that is not found, at most once a minute: a plate given out just now may need as long.
  // nullopt: no such asset is here. Errors: those of the store.
  absl::StatusOr<std::optional<base::RecordId>> Find(absl::string_view name, absl::Time now);

 private:
  absl::Status ReadAll();

  host::NodeHost* const host_;
  std::mutex mu_;
  absl::flat_hash_map<std::string, base::RecordId> names_;
  std::string mark_;
  absl::Time read_at_ = absl::InfinitePast();
};

}  // namespace guanhu::server::http
