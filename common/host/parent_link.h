// The way up: one exchange by command, or a stream that is held open and resumes by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/host/node_host.h"
#include "common/rpc/stream_client.h"

namespace guanhu::host {

struct SyncReport {
  bool reached = false;   // the peer answered
  bool complete = false;  // both hold the same; with a peer that only takes (revoked): everything was handed in
  absl::Status status;    // why not
  std::string detail;     // a refusal in the peer's words
  uint64_t bytes_in = 0;  // frame payload
  uint64_t bytes_out = 0;
};

// Connects to `address`, exchanges until both are equal or `timeout` has passed, disconnects. `progress` is called now
// and then from the calling thread. Not from the node's thread.
SyncReport SyncOnce(NodeHost& host, const std::string& address, absl::Duration timeout,
                    const std::function<void(const LinkInfo&)>& progress);

// Holds a stream to the parent open while it lives. Thread-safe.
class ParentLink {
 public:
  ParentLink(NodeHost* host, const std::string& address, std::function<void(const std::string& state)> on_state);
  ~ParentLink();
  void RetryNow();

 private:
  std::unique_ptr<rpc::StreamClient> client_;
};

}  // namespace guanhu::host
