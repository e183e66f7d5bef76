// The public's HTTP server on a running node, with its threads.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/host/node_host.h"
#include "common/trust/certificate.h"
#include "server/http/face.h"
#include "server/http/options.h"
#include "server/http/server.h"

namespace guanhu::server {

class PublicDoor {
 public:
  // `host` outlives the door and is not stopped before it. Errors: those of http::Server::Listen.
  static absl::StatusOr<std::unique_ptr<PublicDoor>> Open(host::NodeHost* host, const http::PublicOptions& options);
  ~PublicDoor();

  int port() const { return server_->port(); }
  // No new connections; what is open is answered.
  void Drain();
  // Whether all connections ended within `patience`.
  bool WaitEmpty(absl::Duration patience) { return server_->WaitEmpty(patience); }

 private:
  PublicDoor(host::NodeHost* host, const http::PublicOptions& options) : face_(host, options, &random_) {}

  trust::SecureRandom random_;
  http::Face face_;
  std::unique_ptr<http::Server> server_;
  std::vector<std::thread> threads_;
};

}  // namespace guanhu::server
