// Keeps one FrameStream open to one address.
#pragma once

#include <grpcpp/security/credentials.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/rpc/frame_stream.h"
#include "common/rpc/limits.h"

namespace guanhu::rpc {

struct StreamClientOptions {
  std::string address;  // "host:port" or "unix:PATH"
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  Keepalive keepalive;
  // Waiting time before the next attempt: doubled from min to max, each time a random part between half and all of it.
  // It starts again at min once the peer has sent a frame, and is max at once after a refusal (kFailedPrecondition).
  absl::Duration backoff_min = absl::Seconds(1);
  absl::Duration backoff_max = absl::Minutes(2);
  absl::Duration close_timeout = kCloseTimeout;
};

enum class ClientState {
  kConnecting,  // an attempt runs
  kOpen,        // the peer answered
  kWaiting,     // until the next attempt
  kStopped,
};

// Thread-safe.
class StreamClient {
 public:
  // `status` is why the last stream ended; OK if there was none yet. Called by gRPC threads, one call at a time and in
  // order; must not block and must not call this client.
  using OnState = std::function<void(ClientState state, const absl::Status& status)>;

  // Nothing happens before Start. `random` is used by this client only. A null handler from `factory` counts as a
  // failed attempt.
  StreamClient(StreamClientOptions options, std::unique_ptr<base::Random> random, HandlerFactory factory,
               OnState on_state);
  ~StreamClient();  // Stop
  StreamClient(const StreamClient&) = delete;
  StreamClient& operator=(const StreamClient&) = delete;

  void Start();
  // Ends a waiting time now, as when the network came back.
  void RetryNow();
  // Closes the stream after what is queued, at most for `grace`, and waits until its handler is gone. Not from a
  // callback. Final.
  void Stop(absl::Duration grace = absl::Seconds(5));

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

// One connection without retry, such as an exchange by command: connects, runs until the stream closes, returns what
// OnClosed got. Not from a callback.
absl::Status RunStreamOnce(const StreamClientOptions& options, const HandlerFactory& factory);

}  // namespace guanhu::rpc
