// One stream of a node: bytes to frames in gRPC's threads, frames to bytes on the node's. Private to this room.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/codec/frame_codec.h"
#include "common/node/exchange.h"
#include "common/rpc/frame_stream.h"

namespace guanhu::host {

// Shared between the stream's handler and the node's loop: either may be the last to let go of it.
struct LinkState {
  uint64_t id = 0;
  bool outgoing = false;
  std::shared_ptr<rpc::FrameStream> stream;
  absl::Time since;
  codec::FrameDecoder decoder;  // the stream's callbacks only
  // The node's thread only:
  codec::FrameEncoder encoder;
  node::Exchange::Id exchange = 0;
  std::string detail;
  absl::Time last_frame;
  bool rested = true;
};

class LinkHandler final : public rpc::StreamHandler {
 public:
  struct Calls {
    std::function<void(const std::shared_ptr<LinkState>&)> opened;
    std::function<void(const std::shared_ptr<LinkState>&, sync::Frame)> frame;
    std::function<void(const std::shared_ptr<LinkState>&, const absl::Status&)> closed;
  };
  LinkHandler(std::shared_ptr<LinkState> link, Calls calls) : link_(std::move(link)), calls_(std::move(calls)) {}

  void OnOpen() override { calls_.opened(link_); }
  void OnFrame(std::string bytes) override {
    absl::StatusOr<sync::Frame> frame = link_->decoder.Decode(bytes);
    if (!frame.ok()) {
      // What follows may build on what could not be read.
      link_->stream->Cancel(frame.status());
      return;
    }
    // Reading on only after the answer lets gRPC send its window update in the answer's packet.
    if (std::holds_alternative<sync::Probe>(*frame)) link_->stream->PauseReading();
    calls_.frame(link_, *std::move(frame));
  }
  void OnClosed(const absl::Status& status) override { calls_.closed(link_, status); }

 private:
  const std::shared_ptr<LinkState> link_;
  const Calls calls_;
};

}  // namespace guanhu::host
