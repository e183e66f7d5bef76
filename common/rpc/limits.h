// Settings of gRPC connections: bounds, keepalive, and the smallest overhead on the wire.
#pragma once

#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>

#include <cstddef>

#include "absl/time/time.h"
#include "common/base/limits.h"

namespace guanhu::rpc {

// gRPC refuses a message above this by a code of its own; below it, and above kFrameBytesMax, the stream says why.
inline constexpr size_t kMessageBytesMax = base::kFrameBytesMax + 64 * 1024;
// How long Close waits for the peer to take what is queued.
inline constexpr absl::Duration kCloseTimeout = absl::Seconds(30);

// A ping finds a dead connection within interval + timeout while a stream is open. 20 s suits a wired or unmetered
// link; on metered ones a ping costs 234 B with headers, so use 60 s and 30 s or more there.
struct Keepalive {
  absl::Duration interval = absl::Seconds(20);
  absl::Duration timeout = absl::Seconds(10);
};

struct ServerLimits {
  Keepalive keepalive;
  // The shortest interval between pings that a client may use; below it the client is sent away.
  absl::Duration client_ping_interval_min = absl::Seconds(5);
  int streams_per_connection_max = 8;
  // gRPC's own buffers of all connections together.
  size_t buffer_bytes_max = 256 * 1024 * 1024;
  absl::Duration handshake_timeout = absl::Seconds(30);  // a handshake over 2G takes seconds
};

void ApplyLimits(grpc::ServerBuilder& builder, const ServerLimits& limits);
grpc::ChannelArguments ChannelLimits(const Keepalive& keepalive);

}  // namespace guanhu::rpc
