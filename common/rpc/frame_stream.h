// A stream of frames between two nodes over one gRPC call. Knows nothing of what the frames mean.
//
// Wire: the bidirectional method "/g/1" whose messages are the frames themselves, without a protobuf envelope: an
// envelope costs 2 to 4 bytes and one more copy of every frame, and the frame carries its own format number.
// Reading never waits for writing: both sides read whatever the peer sends while their own frames still queue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/base/ids.h"

namespace guanhu::rpc {

// Payload only: what gRPC, TLS and TCP add is not counted. Frames out are counted when they leave the queue.
struct StreamStats {
  uint64_t frames_in = 0;
  uint64_t frames_out = 0;
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
};

// All methods are thread-safe, never block and may be called inside the handler's callbacks. After OnClosed they do
// nothing.
class FrameStream {
 public:
  virtual ~FrameStream() = default;

  // Queues a frame. The queue is bounded by the caller: send more at OnDrained, or watch queued_bytes().
  // False if the frame is empty or exceeds base::kFrameBytesMax, or the stream is closed or closing; nothing was queued
  // then.
  virtual bool Send(std::string frame) = 0;
  // Sends what is queued, then ends the stream. The server's status reaches the client's OnClosed; the client can only
  // end the stream, so its `status` stays local. Frames that still arrive are dropped. If the peer does not take the
  // queue within the close timeout of the options, the stream is cancelled.
  virtual void Close(absl::Status status) = 0;
  // Ends the stream at once and drops the queue. `status` is what the own OnClosed gets.
  virtual void Cancel(absl::Status status) = 0;

  // After PauseReading the frame already on its way may still arrive, but none after it until ResumeReading: gRPC's
  // flow control then stops the peer. For a handler that hands frames to another thread. A paused reader may not see
  // the end of the stream until it resumes.
  virtual void PauseReading() = 0;
  virtual void ResumeReading() = 0;

  // From the peer's TLS certificate. Zero without TLS, and at the client until the peer's first frame.
  virtual base::NodeId peer() const = 0;
  // Frames accepted by Send that gRPC has not taken yet.
  virtual size_t queued_bytes() const = 0;
  virtual StreamStats stats() const = 0;
};

// Callbacks of one stream come one after another, from any thread. They must not wait for another callback of any
// stream or for the network: gRPC has few threads. Order: OnOpen, then OnFrame and OnDrained in any number, then
// OnClosed once; after it the handler is destroyed.
class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  // At the client this comes before the connection exists, so that the first frames travel with the call itself.
  virtual void OnOpen() {}
  virtual void OnFrame(std::string frame) = 0;
  // gRPC took the last queued frame.
  virtual void OnDrained() {}
  // OK: both ends agreed to end. Else see status_map.h.
  virtual void OnClosed(const absl::Status& status) { static_cast<void>(status); }
};

// Makes the handler of a new stream. The stream is shared because other threads may still call Send while the peer goes
// away; a handler that keeps it is destroyed after OnClosed, which ends the cycle. Null: the stream is refused.
using HandlerFactory = std::function<std::unique_ptr<StreamHandler>(std::shared_ptr<FrameStream>)>;

}  // namespace guanhu::rpc
