// A batch of journal entries as the bytes of a frame: by columns, entropy coded, signatures as they are. Total: every
// batch within the limits comes back byte for byte, whatever its entries hold. The format is docs/formats/batch.md.
//
// One BatchEncoder and one BatchDecoder stand at the ends of one connection direction; the frames must be decoded in
// the order in which they were encoded. Small batches stand alone; a larger one starts a stream, in which later
// batches profit from earlier ones, until Reset. Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/model/entry.h"

namespace guanhu::codec {

class BatchModel;

// From this UnpackedSize on a batch starts a stream; smaller ones only join one.
inline constexpr size_t kStreamBytesMin = 2048;

class BatchEncoder {
 public:
  // `stream_bytes_min`: 0 streams always, which halves single live changes and costs each end about 1 MB while open.
  explicit BatchEncoder(size_t stream_bytes_min = kStreamBytesMin);
  ~BatchEncoder();
  BatchEncoder(BatchEncoder&&) noexcept;
  BatchEncoder& operator=(BatchEncoder&&) noexcept;

  // `head.hash` of the batch's heads does not travel.
  // Errors: kInvalidArgument when the batch exceeds base::kFrameBytesMax (see UnpackedSize); nothing has changed then.
  absl::StatusOr<std::string> Encode(const model::EntryBatch& batch);

  // Drops what was learnt and its memory (about 1 MB after the first larger batch), for example when the connection
  // falls idle. The decoder hears of it with the next frame.
  void Reset();

 private:
  size_t stream_bytes_min_;
  std::unique_ptr<BatchModel> stream_;
};

class BatchDecoder {
 public:
  BatchDecoder();
  ~BatchDecoder();
  BatchDecoder(BatchDecoder&&) noexcept;
  BatchDecoder& operator=(BatchDecoder&&) noexcept;

  // The heads' hashes are empty. Never allocates more than a small multiple of base::kFrameBytesMax.
  // Errors: kInvalidArgument for bytes that no encoder wrote, and for every frame of a stream after such a one.
  absl::StatusOr<model::EntryBatch> Decode(absl::string_view bytes);

 private:
  std::unique_ptr<BatchModel> stream_;
};

// What counts against base::kFrameBytesMax: the bytes of entries and signatures and 16 for each of them.
size_t UnpackedSize(const model::EntryBatch& batch);

}  // namespace guanhu::codec
