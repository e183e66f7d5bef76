#include "common/store/watermark.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/store/rocks_files.h"

namespace guanhu::store {
namespace {

constexpr uint64_t kSlotStride = 4096;  // the page of most flash and file systems
constexpr size_t kFileBytes = 2 * kSlotStride;
constexpr uint32_t kMagic = 0x47485731;  // "GHW1"
constexpr size_t kSlotBytes = 4 + 8 + 8 + 4 + 8 + 8 + 8;

std::string EncodeSlot(const Mark& mark) {
  std::string out;
  out.reserve(kSlotBytes);
  base::PutFixed32(out, kMagic);
  base::PutFixed64(out, mark.commits);
  base::PutFixed64(out, mark.chain);
  base::PutFixed32(out, mark.doubt ? 1 : 0);
  base::PutFixed64(out, mark.manifest_number);
  base::PutFixed64(out, mark.manifest_bytes);
  base::PutFixed64(out, ChainAfter(0, out));
  return out;
}

bool DecodeSlot(absl::string_view bytes, Mark& mark) {
  base::Reader in(bytes);
  const absl::string_view covered = bytes.substr(0, kSlotBytes - 8);
  const uint32_t magic = in.Fixed32();
  mark.commits = in.Fixed64();
  mark.chain = in.Fixed64();
  mark.doubt = in.Fixed32() != 0;
  mark.manifest_number = in.Fixed64();
  mark.manifest_bytes = in.Fixed64();
  const uint64_t check = in.Fixed64();
  return in.ok() && magic == kMagic && check == ChainAfter(0, covered);
}

uint64_t Mix(uint64_t h) {
  h ^= h >> 32;
  h *= 0x9e3779b97f4a7c15u;
  return h ^ h >> 29;
}

// Takes n <= 8 bytes into h. A batch's numbers are little-endian on every machine the house runs on.
uint64_t Step(uint64_t h, const char* p, size_t n) {
  uint64_t word = 0;
  std::memcpy(&word, p, n);
  h = (h ^ word) * 0x9fb21c651e98df25u;
  return h ^ h >> 35;
}

}  // namespace

uint64_t ChainAfter(uint64_t chain, absl::string_view bytes) {
  const uint64_t start = Mix(chain + 0x632be59bd9b4e019u) ^ bytes.size();
  const char* p = bytes.data();
  size_t left = bytes.size();
  uint64_t lanes[4] = {start, start + 1, start + 2, start + 3};  // four, so that multiplications overlap
  for (; left >= 32; p += 32, left -= 32) {
    for (size_t i = 0; i < 4; ++i) lanes[i] = Step(lanes[i], p + 8 * i, 8);
  }
  uint64_t h = Mix(Mix(lanes[0]) ^ lanes[1]) ^ Mix(Mix(lanes[2]) ^ lanes[3]);
  for (; left > 0; p += std::min<size_t>(left, 8), left -= std::min<size_t>(left, 8)) {
    h = Step(h, p, std::min<size_t>(left, 8));
  }
  return Mix(h);
}

absl::StatusOr<std::unique_ptr<Watermark>> Watermark::Open(std::shared_ptr<rocksdb::FileSystem> fs,
                                                           const std::string& path, bool expected) {
  std::unique_ptr<Watermark> mark(new Watermark(std::move(fs), path));
  GUANHU_ASSIGN_OR_RETURN(const bool exists, FileExists(*mark->fs_, path));
  std::string bytes;
  if (exists) {
    GUANHU_ASSIGN_OR_RETURN(bytes, ReadFile(*mark->fs_, path));
    mark->Parse(bytes);
  } else {
    mark->state_ = State::kCreated;
  }
  // A file of the wrong size was cut off while being made, or was tampered with; make it whole, keeping what it said.
  if (mark->state_ != State::kRead && expected) mark->mark_.doubt = true;
  if (bytes.size() != kFileBytes) GUANHU_RETURN_IF_ERROR(mark->Create());
  GUANHU_RETURN_IF_ERROR(
      ToStatus(mark->fs_->NewRandomRWFile(path, rocksdb::FileOptions(), &mark->file_, nullptr), "opening " + path));
  return mark;
}

absl::Status Watermark::Create() {
  std::string bytes = EncodeSlot(mark_);
  bytes.resize(kFileBytes, '\0');
  slot_ = 1;
  const std::string temporary = path_ + ".new";
  GUANHU_RETURN_IF_ERROR(WriteFile(*fs_, temporary, bytes));
  GUANHU_RETURN_IF_ERROR(
      ToStatus(fs_->RenameFile(temporary, path_, rocksdb::IOOptions(), nullptr), "renaming " + temporary));
  return SyncDir(*fs_, path_.substr(0, path_.rfind('/')));
}

void Watermark::Parse(absl::string_view bytes) {
  for (unsigned slot = 0; slot < 2; ++slot) {
    const size_t at = slot * kSlotStride;
    Mark mark;
    if (bytes.size() < at + kSlotBytes || !DecodeSlot(bytes.substr(at, kSlotBytes), mark)) continue;
    // A doubt is written with the commits of the mark before it, so it wins a tie; so does its being cleared, which
    // comes with a higher number.
    const bool newer = mark.commits > mark_.commits || (mark.commits == mark_.commits && mark.doubt);
    if (state_ == State::kRead && !newer) continue;
    state_ = State::kRead;
    mark_ = mark;
    slot_ = 1 - slot;
  }
}

absl::Status Watermark::Write(const Mark& mark) {
  const std::string bytes = EncodeSlot(mark);
  GUANHU_RETURN_IF_ERROR(ToStatus(
      file_->Write(slot_ * kSlotStride, rocksdb::Slice(bytes), rocksdb::IOOptions(), nullptr), "writing " + path_));
  GUANHU_RETURN_IF_ERROR(ToStatus(file_->Sync(rocksdb::IOOptions(), nullptr), "syncing " + path_));
  slot_ = 1 - slot_;
  mark_ = mark;
  return absl::OkStatus();
}

absl::Status Watermark::Close() { return ToStatus(file_->Close(rocksdb::IOOptions(), nullptr), "closing " + path_); }

}  // namespace guanhu::store
