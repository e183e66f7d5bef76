// The protobuf wire format, as far as columns need it. Pure functions over views; docs/formats/batch.md §6.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "common/base/bytes.h"

namespace guanhu::codec {

inline constexpr uint64_t kFieldNumberMax = (1u << 29) - 1;

// How a value stands behind its tag.
enum Form : uint32_t { kVarint = 0, kLength = 1, kFixed64 = 2, kFixed32 = 3 };

struct WireValue {
  uint32_t number = 0;
  uint32_t form = kVarint;
  uint64_t scalar = 0;      // fixed ones as little-endian numbers
  absl::string_view bytes;  // kLength
};

// Reads one value after the other. `ok` turns false at bytes that are not exactly what Put* below writes.
class WireCursor {
 public:
  explicit WireCursor(absl::string_view in) : in_(in) {}

  bool ok() const { return in_.ok(); }
  bool done() const { return !in_.ok() || in_.done(); }
  WireValue Next() {
    WireValue v;
    const uint64_t tag = Minimal();
    v.number = static_cast<uint32_t>(tag >> 3);
    if (tag >> 3 == 0 || tag >> 3 > kFieldNumberMax) in_.Fail();
    switch (tag & 7) {
      case 0:
        v.form = kVarint;
        v.scalar = Minimal();
        break;
      case 1:
        v.form = kFixed64;
        v.scalar = Little(in_.Bytes(8));
        break;
      case 2:
        v.form = kLength;
        v.bytes = in_.Bytes(Minimal());
        break;
      case 5:
        v.form = kFixed32;
        v.scalar = Little(in_.Bytes(4));
        break;
      default:
        in_.Fail();
    }
    return v;
  }

 private:
  // A varint in as few bytes as possible.
  uint64_t Minimal() {
    const size_t before = in_.left();
    const uint64_t v = in_.Varint();
    size_t need = 1;
    for (uint64_t rest = v >> 7; rest > 0; rest >>= 7) ++need;
    if (before - in_.left() != need) in_.Fail();
    return v;
  }
  static uint64_t Little(absl::string_view b) {
    uint64_t v = 0;
    for (size_t i = b.size(); i-- > 0;) v = v << 8 | static_cast<uint8_t>(b[i]);
    return v;
  }

  base::Reader in_;
};

// True for at least one value and nothing else.
inline bool IsMessage(absl::string_view bytes) {
  WireCursor in(bytes);
  while (!in.done()) in.Next();
  return in.ok() && !bytes.empty();
}

// True if every value has the number `number`. REQUIRES: IsMessage(bytes).
inline bool HasOnly(absl::string_view bytes, uint32_t number) {
  WireCursor in(bytes);
  while (!in.done()) {
    if (in.Next().number != number) return false;
  }
  return true;
}

inline void PutTag(std::string& out, uint32_t number, uint32_t form) {
  constexpr uint64_t kTypes[] = {0, 2, 1, 5};
  base::PutVarint(out, uint64_t{number} << 3 | kTypes[form & 3]);
}

// REQUIRES: not kLength.
inline void PutScalar(std::string& out, uint32_t form, uint64_t v) {
  if (form == kVarint) {
    base::PutVarint(out, v);
    return;
  }
  for (int i = 0; i < (form == kFixed64 ? 8 : 4); ++i, v >>= 8) out.push_back(static_cast<char>(v));
}

}  // namespace guanhu::codec
