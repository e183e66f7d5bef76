// How programs reach a node on the same machine.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/support/status.h"
#include "guanhu/api/v1/local.grpc.pb.h"

namespace guanhu::api {

struct LocalOptions {
  std::string data_dir;
};

// The node's service: over the socket in the data folder when a process serves it, else opened inside this process for
// as long as the object lives. Thread-safe.
class Local {
 public:
  // Errors: kNotFound no node in the folder; those of opening the store.
  static absl::StatusOr<std::unique_ptr<Local>> Open(const LocalOptions& options);
  ~Local();
  v1::LocalService::StubInterface& stub();
  // True: another process runs the node.
  bool served() const;

 private:
  struct Impl;
  explicit Local(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The same codes have the same meaning on both sides; the sentence is kept.
absl::Status FromGrpc(const grpc::Status& status);
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace guanhu::api
