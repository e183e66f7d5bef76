// Accepts FrameStreams on a gRPC server that the program builds.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server_builder.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/rpc/frame_stream.h"
#include "common/rpc/limits.h"

namespace guanhu::rpc {

struct StreamServerOptions {
  // Decides about each new stream; the status goes to the peer with its reason. `address` is gRPC's text of the peer's
  // address. Thread-safe, must not block. Unset: every node of the county may open streams.
  std::function<absl::Status(base::NodeId node, absl::string_view address)> admit = {};
  // Open streams of all peers. A city with 300 tablets connected directly stays below it.
  size_t streams_max = 4096;
  absl::Duration close_timeout = kCloseTimeout;
  // Accept peers without a verified name. For tests and measurements only.
  bool allow_anonymous = false;
};

// Thread-safe. Must outlive the grpc::Server.
class StreamServer {
 public:
  // `factory` may be called by several threads at once.
  StreamServer(StreamServerOptions options, HandlerFactory factory);
  ~StreamServer();
  StreamServer(const StreamServer&) = delete;
  StreamServer& operator=(const StreamServer&) = delete;

  // Before BuildAndStart; once. Unknown methods of the server are then answered here, as unimplemented.
  void Register(grpc::ServerBuilder& builder);

  // Ends every stream of one node, as when it was revoked; the status reaches it.
  void CloseNode(base::NodeId node, const absl::Status& status);
  // Refuses new streams as kUnavailable, and closes the open ones after what they have queued.
  void Drain();
  // False if streams are still open after `timeout`.
  bool WaitEmpty(absl::Duration timeout);
  size_t open_streams() const;

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

}  // namespace guanhu::rpc
