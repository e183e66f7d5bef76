// Adaptive binary range coder: 32-bit range, carry-propagating low, bytes out. Integer arithmetic only, so that
// equal input gives equal bytes on every platform. The format is docs/formats/batch.md §3.
//
// RangeEncoder and RangeDecoder have the same members, so that a model is written once, as a template over the
// coder: the encoder reads the value passed, the decoder fills it in. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace guanhu::codec {

// So many decisions are counted; from then on the newest weighs 1/(kSeenMax + 1.5).
inline constexpr uint32_t kSeenMax = 30;
// 65536 / (n + 1.5), rounded down.
inline constexpr std::array<int64_t, kSeenMax + 1> kBitRates = [] {
  std::array<int64_t, kSeenMax + 1> r{};
  for (size_t n = 0; n <= kSeenMax; ++n) r[n] = 2 * 65536 / (2 * static_cast<int64_t>(n) + 3);
  return r;
}();

// The learnt chance of one binary decision: 22 bits of probability that it is 1 above 10 bits of count of what was
// seen. The first decisions move it fast.
class Bit {
 public:
  // 16-bit probability of a 1, never 0 or 1.
  uint32_t p16() const {
    const uint32_t p = s_ >> 16;
    return p < 32 ? 32 : p > 65504 ? 65504 : p;
  }
  uint32_t count() const { return s_ & 1023; }
  // What is assumed before anything was seen; 1/2 unless set.
  void Assume(uint32_t p16) { s_ = p16 << 16; }
  void Update(bool bit) {
    const uint32_t n = s_ & 1023;
    const int64_t p = s_ >> 10;
    const int64_t target = bit ? 4194303 : 0;
    const int64_t moved = p + ((target - p) * kBitRates[n] >> 16);
    s_ = static_cast<uint32_t>(moved) << 10 | (n < kSeenMax ? n + 1 : n);
  }

 private:
  uint32_t s_ = uint32_t{1} << 31;
};

class RangeEncoder {
 public:
  static constexpr bool kDecoding = false;

  // Codes `bit` with probability `p16`/65536 of a 1.
  void Code(bool& bit, uint32_t p16) {
    const uint32_t bound = (range_ >> 16) * p16;
    if (bit) {
      range_ = bound;
    } else {
      low_ += bound;
      range_ -= bound;
    }
    while (range_ < (1u << 24)) {
      ShiftLow();
      range_ <<= 8;
    }
  }
  void Code(bool& bit, Bit& model) {
    Code(bit, model.p16());
    model.Update(bit);
  }
  // The low `n` bits of `v`, 0 <= n <= 64, each as likely as not.
  void Direct(uint64_t& v, unsigned n) {
    while (n > 0) {
      const unsigned take = n < 16 ? n : 16;
      n -= take;
      range_ >>= take;
      low_ += static_cast<uint64_t>(range_) * (v >> n & ((1u << take) - 1));
      while (range_ < (1u << 24)) {
        ShiftLow();
        range_ <<= 8;
      }
    }
  }
  // Ends the code with the fewest bytes; trailing zeros are left away, the decoder reads zeros behind the end.
  std::string Finish() {
    // The value inside [low, low + range) that has the most trailing zero bits.
    for (unsigned zeros = 32; zeros-- > 0;) {
      const uint64_t mask = (uint64_t{1} << zeros) - 1;
      const uint64_t v = (low_ + mask) & ~mask;
      if (v < low_ + range_) {
        low_ = v;
        break;
      }
    }
    for (int i = 0; i < 5; ++i) ShiftLow();
    while (!out_.empty() && out_.back() == 0) out_.pop_back();
    return std::move(out_);
  }

 private:
  void ShiftLow() {
    if (low_ < 0xFF000000u || low_ > 0xFFFFFFFFu) {
      const bool carry = low_ > 0xFFFFFFFFu;
      if (started_) out_.push_back(static_cast<char>(cache_ + (carry ? 1 : 0)));
      started_ = true;
      for (; pending_ > 0; --pending_) out_.push_back(static_cast<char>(carry ? 0 : 0xFF));
      cache_ = static_cast<uint8_t>(low_ >> 24);
    } else {
      ++pending_;
    }
    low_ = low_ << 8 & 0xFFFFFFFFu;
  }

  uint64_t low_ = 0;
  uint32_t range_ = 0xFFFFFFFFu;
  uint8_t cache_ = 0;
  bool started_ = false;  // the first byte is always 0 and does not travel
  size_t pending_ = 0;
  std::string out_;
};

// Never fails: any bytes are the code of something. Whoever uses it bounds what it reads.
class RangeDecoder {
 public:
  static constexpr bool kDecoding = true;

  // `in` must outlive the decoder.
  explicit RangeDecoder(absl::string_view in) : p_(in.data()), end_(in.data() + in.size()) {
    for (int i = 0; i < 4; ++i) code_ = code_ << 8 | Next();
  }

  void Code(bool& bit, uint32_t p16) {
    const uint32_t bound = (range_ >> 16) * p16;
    bit = code_ < bound;
    if (bit) {
      range_ = bound;
    } else {
      code_ -= bound;
      range_ -= bound;
    }
    while (range_ < (1u << 24)) {
      code_ = code_ << 8 | Next();
      range_ <<= 8;
    }
  }
  void Code(bool& bit, Bit& model) {
    Code(bit, model.p16());
    model.Update(bit);
  }
  void Direct(uint64_t& v, unsigned n) {
    v = 0;
    while (n > 0) {
      const unsigned take = n < 16 ? n : 16;
      n -= take;
      range_ >>= take;
      uint32_t part = code_ / range_;
      if (part >= (1u << take)) part = (1u << take) - 1;  // only in bytes that no encoder wrote
      code_ -= part * range_;
      v = v << take | part;
      while (range_ < (1u << 24)) {
        code_ = code_ << 8 | Next();
        range_ <<= 8;
      }
    }
  }

 private:
  uint32_t Next() { return p_ == end_ ? 0 : static_cast<uint8_t>(*p_++); }

  const char* p_;
  const char* end_;
  uint32_t code_ = 0;
  uint32_t range_ = 0xFFFFFFFFu;
};

}  // namespace guanhu::codec
