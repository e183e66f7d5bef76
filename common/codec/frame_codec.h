// Frames as bytes, for one direction of one connection. The format is docs/formats/wire.md.
// Not thread-safe; an encoder and the decoder at the other end go through the same frames in the same order.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/codec/batch_codec.h"
#include "common/sync/frames.h"

namespace guanhu::codec {

class FrameEncoder {
 public:
  // Errors: kInvalidArgument for a frame above base::kFrameBytesMax.
  absl::StatusOr<std::string> Encode(const sync::Frame& frame);
  // Forgets what earlier batches taught and gives its memory back; the next batch says so to the decoder.
  void Rest() { batches_.Reset(); }

 private:
  BatchEncoder batches_;
};

class FrameDecoder {
 public:
  // Errors: kInvalidArgument when the bytes are not a frame; the connection must end, since later batches may build
  // on this one.
  absl::StatusOr<sync::Frame> Decode(absl::string_view bytes);

 private:
  BatchDecoder batches_;
};

}  // namespace guanhu::codec
