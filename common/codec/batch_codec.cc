#include "common/codec/batch_codec.h"

#include <zstd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/limits.h"
#include "common/base/status.h"
#include "common/codec/batch_model.h"

namespace guanhu::codec {
namespace {

// First byte of a frame: the format's number above the mode and a flag.
constexpr uint8_t kFormat = 0x10;
constexpr uint8_t kFormatMask = 0xF0;
enum Mode : uint8_t { kStored = 0, kAlone = 1, kStart = 2, kContinue = 3, kModeMask = 3 };
constexpr uint8_t kHasBlob = 4;
constexpr uint8_t kBlobPacked = 8;

constexpr unsigned kAloneTextBits = 11;
constexpr unsigned kStreamTextBits = 15;
// A frame that claims to unpack to more is refused unread. The encoder stores what packs better than this.
constexpr size_t kRatioMax = 256;
constexpr int kBlobLevel = 3;
constexpr size_t kBlobPackMin = 64;

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("batch frame: ", what, "; the peer must send the batch again on a new connection"));
}

std::string Store(const model::EntryBatch& batch, size_t unpacked) {
  std::string out;
  out.reserve(unpacked + 64);
  out.push_back(static_cast<char>(kFormat | kStored));
  base::PutVarint(out, unpacked);
  base::PutFixed64(out, batch.journal.scope.place.value);
  out.push_back(static_cast<char>(batch.journal.scope.visibility));
  base::PutFixed64(out, batch.journal.origin.value);
  base::PutVarint(out, batch.first_seq);
  base::PutVarint(out, batch.entries.size());
  for (const std::string& e : batch.entries) base::PutString(out, e);
  for (const model::SignedHead& h : batch.heads) {
    base::PutVarint(out, h.head.seq);
    base::PutString(out, h.signature);
  }
  return out;
}

absl::StatusOr<model::EntryBatch> Unstore(base::Reader& in) {
  model::EntryBatch batch;
  batch.journal.scope.place.value = in.Fixed64();
  const uint8_t visibility = in.Byte();
  if (visibility > 1) in.Fail();
  batch.journal.scope.visibility = static_cast<base::Visibility>(visibility);
  batch.journal.origin.value = in.Fixed64();
  batch.first_seq = in.Varint();
  const uint64_t entries = in.Varint();
  if (entries > base::kFrameBytesMax / kItemCost) in.Fail();
  for (uint64_t i = 0; i < entries && in.ok(); ++i) batch.entries.emplace_back(in.String());
  while (in.ok() && !in.done()) {
    model::SignedHead head;
    head.head.seq = in.Varint();
    head.signature = std::string(in.String());
    batch.heads.push_back(std::move(head));
    if (batch.heads.size() > base::kFrameBytesMax / kItemCost) in.Fail();
  }
  if (!in.ok()) return Bad("a stored batch is cut short");
  return batch;
}

std::string Assemble(Mode mode, size_t unpacked, EncodeIo& io) {
  uint8_t first = static_cast<uint8_t>(kFormat | mode);
  std::string packed;
  if (!io.blob.empty()) first |= kHasBlob;
  if (io.blob.size() >= kBlobPackMin) {
    packed.resize(ZSTD_compressBound(io.blob.size()));
    const size_t n = ZSTD_compress(packed.data(), packed.size(), io.blob.data(), io.blob.size(), kBlobLevel);
    if (!ZSTD_isError(n) && n + 3 < io.blob.size()) {
      packed.resize(n);
      first |= kBlobPacked;
    }
  }
  std::string out(1, static_cast<char>(first));
  base::PutVarint(out, unpacked);
  base::PutString(out, io.raw);
  if (first & kHasBlob) {
    base::PutVarint(out, io.blob.size());
    if (first & kBlobPacked) {
      base::PutString(out, packed);
    } else {
      out.append(io.blob);
    }
  }
  out.append(io.rc.Finish());
  return out;
}

// The frame's blob, unpacked into `buffer` if need be.
absl::StatusOr<absl::string_view> Blob(base::Reader& in, uint8_t first, size_t unpacked, std::string& buffer) {
  if (!(first & kHasBlob)) return absl::string_view();
  const uint64_t size = in.Varint();
  if (size > unpacked) return Bad("its binary part is larger than what it declares as a whole");
  if (!(first & kBlobPacked)) return in.Bytes(size);
  const absl::string_view packed = in.String();
  buffer.resize(static_cast<size_t>(size));
  const size_t n = ZSTD_decompress(buffer.data(), buffer.size(), packed.data(), packed.size());
  if (ZSTD_isError(n) || n != size) return Bad("its binary part does not unpack to the declared size");
  return absl::string_view(buffer);
}

}  // namespace

BatchEncoder::BatchEncoder(size_t stream_bytes_min) : stream_bytes_min_(stream_bytes_min) {}
BatchEncoder::~BatchEncoder() = default;
BatchEncoder::BatchEncoder(BatchEncoder&&) noexcept = default;
BatchEncoder& BatchEncoder::operator=(BatchEncoder&&) noexcept = default;
void BatchEncoder::Reset() { stream_.reset(); }

BatchDecoder::BatchDecoder() = default;
BatchDecoder::~BatchDecoder() = default;
BatchDecoder::BatchDecoder(BatchDecoder&&) noexcept = default;
BatchDecoder& BatchDecoder::operator=(BatchDecoder&&) noexcept = default;

size_t UnpackedSize(const model::EntryBatch& batch) {
  size_t size = 0;
  for (const std::string& e : batch.entries) size += kItemCost + e.size();
  for (const model::SignedHead& h : batch.heads) size += kItemCost + h.signature.size();
  return size;
}

absl::StatusOr<std::string> BatchEncoder::Encode(const model::EntryBatch& batch) {
  const size_t unpacked = UnpackedSize(batch);
  if (unpacked > base::kFrameBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("batch of journal ", base::ToText(batch.journal), " from ",
                                                   batch.first_seq, " has ", unpacked, " bytes; send at most ",
                                                   base::kFrameBytesMax, " in a frame"));
  }
  Mode mode = kContinue;
  std::unique_ptr<BatchModel> alone;
  if (!stream_ && unpacked >= stream_bytes_min_) {
    mode = kStart;
    stream_ = std::make_unique<BatchModel>(kStreamTextBits);
  } else if (!stream_) {
    mode = kAlone;
    alone = std::make_unique<BatchModel>(kAloneTextBits);
  }
  EncodeIo io;
  (stream_ ? *stream_ : *alone).Encode(io, batch);
  std::string frame = Assemble(mode, unpacked, io);
  if (unpacked > kRatioMax * frame.size()) {
    Reset();
    return Store(batch, unpacked);
  }
  if (mode == kAlone && frame.size() + 32 > unpacked) {
    std::string stored = Store(batch, unpacked);
    if (stored.size() < frame.size()) return stored;
  }
  return frame;
}

absl::StatusOr<model::EntryBatch> BatchDecoder::Decode(absl::string_view bytes) {
  // A frame that fails leaves no stream behind: its rest would be garbage.
  std::unique_ptr<BatchModel> stream = std::move(stream_);
  base::Reader in(bytes);
  const uint8_t first = in.Byte();
  const uint64_t unpacked = in.Varint();
  if (!in.ok() || (first & kFormatMask) != kFormat) return Bad("it is not of a format that this program reads");
  if (unpacked > base::kFrameBytesMax || unpacked > kRatioMax * bytes.size()) {
    return Bad(absl::StrCat("it declares ", unpacked, " bytes in ", bytes.size()));
  }
  const uint8_t mode = first & kModeMask;
  model::EntryBatch batch;
  if (mode == kStored) {
    GUANHU_ASSIGN_OR_RETURN(batch, Unstore(in));
  } else {
    if (mode == kContinue && !stream) return Bad("it continues a stream that was not started here");
    if (mode != kContinue) stream = std::make_unique<BatchModel>(mode == kStart ? kStreamTextBits : kAloneTextBits);
    const absl::string_view raw = in.String();
    std::string buffer;
    GUANHU_ASSIGN_OR_RETURN(const absl::string_view blob, Blob(in, first, static_cast<size_t>(unpacked), buffer));
    if (!in.ok()) return Bad("it is cut short");
    DecodeIo io(in.rest(), raw, blob, static_cast<size_t>(unpacked));
    if (absl::Status s = stream->Decode(io, batch); !s.ok()) return Bad(s.message());
  }
  if (UnpackedSize(batch) != unpacked) return Bad("it does not unpack to the declared size");
  if (mode == kStart || mode == kContinue) stream_ = std::move(stream);
  return batch;
}

}  // namespace guanhu::codec
