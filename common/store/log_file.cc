#include "common/store/log_file.h"

#include <array>

namespace guanhu::store {
namespace {

constexpr size_t kBlockBytes = 32768;
constexpr size_t kHeaderBytes = 7;  // masked CRC-32C (4, little-endian), length (2, little-endian), type (1)
constexpr unsigned kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4;

constexpr std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? 0x82f63b78u ^ c >> 1 : c >> 1;
    table[i] = c;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kCrcTable = MakeCrcTable();

unsigned ByteAt(absl::string_view s, size_t i) { return static_cast<unsigned char>(s[i]); }

uint32_t Unmask(uint32_t masked) {
  const uint32_t rotated = masked - 0xa282ead8u;
  return rotated >> 17 | rotated << 15;
}

}  // namespace

uint32_t Crc32c(uint32_t crc, absl::string_view bytes) {
  crc = ~crc;
  for (char c : bytes) crc = kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xff] ^ crc >> 8;
  return ~crc;
}

size_t WalkLog(absl::string_view file, const std::function<void(const std::string& record)>& visit) {
  size_t valid = 0;
  std::string record;
  bool inside = false;  // between a first and a last fragment
  for (size_t at = 0; at < file.size();) {
    const size_t in_block = kBlockBytes - at % kBlockBytes;
    if (in_block < kHeaderBytes) {  // padding
      at += in_block;
      continue;
    }
    if (file.size() - at < kHeaderBytes) break;
    const uint32_t stored = ByteAt(file, at) | ByteAt(file, at + 1) << 8 | ByteAt(file, at + 2) << 16 |
                            static_cast<uint32_t>(ByteAt(file, at + 3)) << 24;
    const size_t length = ByteAt(file, at + 4) | ByteAt(file, at + 5) << 8;
    const unsigned type = ByteAt(file, at + 6);
    if (kHeaderBytes + length > in_block || kHeaderBytes + length > file.size() - at) break;
    if (Crc32c(0, file.substr(at + 6, 1 + length)) != Unmask(stored)) break;
    const bool begins = type == kFull || type == kFirst;
    if (type < kFull || type > kLast || begins == inside) break;
    inside = type == kFirst || type == kMiddle;
    if (begins) record.clear();
    if (visit != nullptr) record.append(file.data() + at + kHeaderBytes, length);
    at += kHeaderBytes + length;
    if (inside) continue;
    valid = at;
    if (visit != nullptr) visit(record);
  }
  return valid;
}

}  // namespace guanhu::store
