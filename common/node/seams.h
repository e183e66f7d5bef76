// What a node needs of the rooms below it, as interfaces, so that the simulator runs the same node.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "common/domain/directory.h"
#include "common/model/entry.h"
#include "common/model/record.h"
#include "common/store/store.h"

namespace guanhu::node {

class Node;

// Who stands behind an origin, as its certificate says.
struct AuthorInfo {
  base::NodeId node;
  std::string key;     // Ed25519 public key
  bool city = false;   // certified by the county's root key
  uint64_t epoch = 0;  // city only
};

struct SignatureCheck {
  std::string key;
  std::string message;
  std::string signature;
};

// Checks that are under way beside their caller.
class PendingChecks {
 public:
  virtual ~PendingChecks() = default;  // waits for what still runs
  // What Trust::Verify says to check `i`; waits for it if need be. From one thread.
  virtual bool Take(size_t i) = 0;
};

// Keys, certificates and signatures. Thread-safe.
class Trust {
 public:
  virtual ~Trust() = default;
  virtual const AuthorInfo& self() const = 0;
  virtual const std::string& certificate() const = 0;  // goes into Open and, at the city, into acknowledgements
  virtual std::string Sign(absl::string_view message) const = 0;
  virtual bool Verify(absl::string_view key, absl::string_view message, absl::string_view signature) const = 0;
  // Starts several checks on another thread; nullptr where there is none to spare, and Verify is to be used.
  virtual std::unique_ptr<PendingChecks> VerifyBeside(std::vector<SignatureCheck> checks) const {
    static_cast<void>(checks);
    return nullptr;
  }
  // Errors: kPermissionDenied when the certificate does not lead to the county's root key.
  virtual absl::StatusOr<AuthorInfo> CheckCertificate(absl::string_view certificate) const = 0;
};

// What the schema says. Thread-safe.
class Rules {
 public:
  virtual ~Rules() = default;
  // Errors: kPermissionDenied or kInvalidArgument with a sentence for people.
  virtual absl::Status CheckEdit(const model::Edit& edit, bool creates, domain::Tier tier) const = 0;
  virtual bool IsDirectoryType(uint32_t type) const = 0;
  virtual std::optional<domain::PlaceRow> ReadPlace(uint32_t type, const base::RecordId& id,
                                                    const model::RecordState& state) const = 0;
  virtual std::optional<domain::DeviceRow> ReadDevice(uint32_t type, const base::RecordId& id,
                                                      const model::RecordState& state) const = 0;
  // Replaces references to records that a cut branch created: `renamed` maps an old id to its re-issued one, or
  // nullopt.
  virtual void RenameReferences(
      uint32_t type, model::Edit& edit,
      const std::function<std::optional<base::RecordId>(const base::RecordId&)>& renamed) const = 0;
};

// A record whose state differs after a commit.
struct ViewChange {
  uint32_t type = 0;
  base::RecordId id;
  std::string before;                         // stored state; empty: there was none
  const model::RecordState* after = nullptr;  // nullptr: nothing of the record takes effect any more
};

// What a commit did, for what is derived from records.
struct ViewUpdate {
  std::vector<ViewChange> changes;
  std::deque<model::RecordState> states;  // of changes whose state stands nowhere else
  // Scopes whose states were computed anew: `before` is not known for what is still there.
  std::set<base::ScopeId> made_anew;
  std::map<base::Origin, int64_t> written;  // latest wall time (ms since 1970 UTC) of the changes taken in, by author
  bool directory = false;                   // the place tree or the device list may differ
};

// Rows derived from records, kept up with every commit in the same batch. Called on the node's thread.
class Views {
 public:
  virtual ~Views() = default;
  // Adds rows of Table::kView to the batch. The node's reads see what is being committed.
  virtual absl::Status Prepare(const Node& node, const ViewUpdate& update, store::Batch& batch) = 0;
  // The batch is durable.
  virtual void Committed(const Node& node, const ViewUpdate& update) = 0;
};

// Named happenings for logs, metrics and tests; no personal data. An error is something that must never happen in a
// healthy system: tests and simulations fail on one that they did not provoke.
class Events {
 public:
  enum Severity { kInfo, kWarning, kError };
  virtual ~Events() = default;
  virtual void Report(Severity severity, absl::string_view name, absl::string_view detail) = 0;
};

}  // namespace guanhu::node
