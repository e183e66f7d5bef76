// An HTTP/1.1 server for strangers: everything that a client can make long, many or slow has a limit. It knows nothing
// of what is served. The program gives it its threads.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/http/message.h"

namespace guanhu::server::http {

struct ServerOptions {
  std::string listen;  // "ADDRESS:PORT", the address in numbers, [::1] for IPv6; port 0 picks one
  size_t header_bytes_max = 0;
  size_t body_bytes_max = 0;  // chunked bodies too
  size_t connections_max = 0;
  size_t connections_per_address_max = 0;  // 0: not counted
  absl::Duration request_timeout;          // from the wait for a request until all of it is here, and for its answer
};

// Answers by itself: 400 for what is no HTTP, 413, 431. A connection above a limit is closed without an answer, one
// that is too slow as well.
class Server {
 public:
  // Errors: kInvalidArgument for an address that is none, kUnavailable when it cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Server>> Listen(const ServerOptions& options, Handler handler);
  // After Stop, and when no thread is in Serve or Work any more.
  ~Server();

  int port() const;
  // Moves bytes until Stop. One thread calls it.
  void Serve();
  // Runs the handler until Stop. Any number of threads call it.
  void Work();
  // Takes no new connections, closes idle ones, and the rest after the answer that is due. Thread-safe.
  void Drain();
  // Whether all connections ended within `patience`. Thread-safe.
  bool WaitEmpty(absl::Duration patience);
  // Thread-safe, idempotent.
  void Stop();

  struct Impl;

 private:
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace guanhu::server::http
