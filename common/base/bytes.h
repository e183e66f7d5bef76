// Reading and writing of the house's own byte formats: varints (LEB128, as protobuf), fixed 64-bit values
// (big-endian, so that keys sort) and length-prefixed strings.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"

namespace guanhu::base {

// Bytes that PutVarintAt may need.
inline constexpr size_t kVarintBytesMax = 10;

// Writes at `at`, where there is room, and gives the place behind.
inline char* PutVarintAt(char* at, uint64_t v) {
  for (; v >= 0x80; v >>= 7) *at++ = static_cast<char>(v | 0x80);
  *at++ = static_cast<char>(v);
  return at;
}

inline void PutVarint(std::string& out, uint64_t v) {
  if (v < 0x80) {
    out.push_back(static_cast<char>(v));
    return;
  }
  char b[kVarintBytesMax];
  out.append(b, static_cast<size_t>(PutVarintAt(b, v) - b));
}

inline uint64_t ZigZag(int64_t v) { return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63); }
inline int64_t UnZigZag(uint64_t v) { return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1); }

inline void PutFixed64(std::string& out, uint64_t v) {
  char b[8];
  for (int i = 7; i >= 0; --i, v >>= 8) b[i] = static_cast<char>(v);
  out.append(b, 8);
}

inline void PutFixed32(std::string& out, uint32_t v) {
  char b[4];
  for (int i = 3; i >= 0; --i, v >>= 8) b[i] = static_cast<char>(v);
  out.append(b, 4);
}

inline void PutString(std::string& out, absl::string_view s) {
  PutVarint(out, s.size());
  out.append(s.data(), s.size());
}

// Reads from a view that outlives it. After the first failed read every further read fails; ok() tells.
// Not thread-safe.
class Reader {
 public:
  explicit Reader(absl::string_view in) : p_(in.data()), end_(in.data() + in.size()) {}

  bool ok() const { return ok_; }
  bool done() const { return ok_ && p_ == end_; }
  size_t left() const { return ok_ ? static_cast<size_t>(end_ - p_) : 0; }
  absl::string_view rest() const { return absl::string_view(p_, left()); }
  void Fail() { ok_ = false; }

  uint8_t Byte() {
    if (!ok_ || p_ == end_) return Bad<uint8_t>();
    return static_cast<uint8_t>(*p_++);
  }
  uint64_t Varint() {
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (!ok_ || p_ == end_) return Bad<uint64_t>();
      const uint64_t b = static_cast<uint8_t>(*p_++);
      if (shift == 63 && b > 1) return Bad<uint64_t>();
      v |= (b & 0x7f) << shift;
      if (b < 0x80) return v;
    }
    return Bad<uint64_t>();
  }
  uint64_t Fixed64() { return Fixed(8); }
  uint32_t Fixed32() { return static_cast<uint32_t>(Fixed(4)); }
  // A view into the input.
  absl::string_view Bytes(uint64_t n) {
    if (!ok_ || n > static_cast<uint64_t>(end_ - p_)) return Bad<absl::string_view>();
    absl::string_view s(p_, static_cast<size_t>(n));
    p_ += n;
    return s;
  }
  absl::string_view String() { return Bytes(Varint()); }

 private:
  template <typename T>
  T Bad() {
    ok_ = false;
    return T{};
  }
  uint64_t Fixed(int n) {
    absl::string_view b = Bytes(static_cast<uint64_t>(n));
    uint64_t v = 0;
    for (char c : b) v = v << 8 | static_cast<uint8_t>(c);
    return v;
  }

  const char* p_;
  const char* end_;
  bool ok_ = true;
};

std::string ToHex(absl::string_view bytes);
// Writes NUL, control characters and non-UTF-8 bytes as \xNN, so that a message or log line stays one line.
std::string Printable(absl::string_view text);

}  // namespace guanhu::base
