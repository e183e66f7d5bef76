// Serves a running node's service on the socket in its data folder.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/api/local_service.h"
#include "common/host/node_host.h"

namespace grpc {
class Server;
}

namespace guanhu::api {

class LocalServer {
 public:
  // `host` outlives the server. Errors: kUnavailable if the socket cannot be made.
  static absl::StatusOr<std::unique_ptr<LocalServer>> Start(host::NodeHost* host);
  ~LocalServer();
  LocalServiceImpl& service() { return *service_; }

 private:
  LocalServer() = default;
  std::string socket_;
  std::unique_ptr<LocalServiceImpl> service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace guanhu::api
