// Models of whole numbers over the range coder. Value types; not thread-safe. docs/formats/batch.md §4.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/codec/range_coder.h"

namespace guanhu::codec {

inline unsigned BitLength(uint64_t v) { return static_cast<unsigned>(std::bit_width(v)); }

// Chances of 65536 that are assumed at first.
inline constexpr uint32_t kNever = 1000;
inline constexpr uint32_t kSeldom = 10000;

// A choice among 2^kBits, learnt as a binary tree.
template <unsigned kBits>
class Choice {
 public:
  template <class Coder>
  void Code(Coder& c, uint32_t& value) {
    uint32_t node = 1;
    for (unsigned i = kBits; i-- > 0;) {
      bool bit = (value >> i & 1) != 0;
      c.Code(bit, tree_[node]);
      node = node << 1 | (bit ? 1 : 0);
    }
    value = node - (1u << kBits);
  }
  // Sets what is assumed of the bit of weight 2^bit, whatever the bits above it.
  void Assume(unsigned bit, uint32_t p16) {
    const uint32_t first = 1u << (kBits - 1 - bit);
    for (uint32_t node = first; node < 2 * first; ++node) tree_[node].Assume(p16);
  }

 private:
  std::array<Bit, 1u << kBits> tree_;
};

// Any 64-bit value: its bit length as a choice, its leading bits each in the context of the bits before (so that a
// range, a skew or a small set of values is learnt), the rest as they are.
class NumberModel {
 public:
  NumberModel() {
    length_.Assume(6, kNever);  // 64 bits
    length_.Assume(5, kSeldom);
    length_.Assume(4, kSeldom);
  }
  template <class Coder>
  void Code(Coder& c, uint64_t& v) {
    uint32_t length = BitLength(v);
    length_.Code(c, length);
    if (length > 64) length = 64;  // only in bytes that no encoder wrote
    if (length < 2) {
      v = length;
      return;
    }
    const unsigned rest = length - 1;
    const unsigned modelled = rest <= kLeading ? rest : kLeadingOfLong;
    uint32_t path = 1;
    for (unsigned k = 1; k <= modelled; ++k) {
      bool bit = (v >> (rest - k) & 1) != 0;
      c.Code(bit, leading_[Slot(length, path)]);
      path = path << 1 | (bit ? 1 : 0);
    }
    const unsigned direct = rest - modelled;
    uint64_t low = v;
    c.Direct(low, direct);
    if constexpr (Coder::kDecoding) v = direct > 0 ? uint64_t{path} << direct | low : path;
  }

 private:
  static constexpr unsigned kLeading = 13;        // numbers up to 14 bits are modelled whole
  static constexpr unsigned kLeadingOfLong = 12;  // longer ones this far
  static constexpr unsigned kSlotBits = 10;
  static uint32_t Slot(uint32_t length, uint32_t path) {
    return (path * 0x9E3779B1u + length * 0x85EBCA6Bu) >> (32 - kSlotBits);
  }

  Choice<7> length_;
  std::array<Bit, 1u << kSlotBits> leading_;
};

// 64-bit values without order, such as ids: the last kSlots different ones stand by their slot.
template <unsigned kSlotBits>
class IdModel {
 public:
  // True if the value was known. New values replace the oldest.
  template <class Coder>
  bool CodeKnown(Coder& c, uint64_t& v) {
    uint32_t slot = 0;
    bool hit = false;
    if (used_ == 0) return false;
    if constexpr (!Coder::kDecoding) hit = Find(v, slot);
    c.Code(hit, hit_);
    if (!hit) return false;
    slot_.Code(c, slot);
    if constexpr (Coder::kDecoding) v = values_[slot];
    return true;
  }
  void Insert(uint64_t v) {
    values_[next_] = v;
    next_ = (next_ + 1) % kSlots;
    if (used_ < kSlots) ++used_;
  }
  template <class Coder>
  void Code(Coder& c, uint64_t& v) {
    if (CodeKnown(c, v)) return;
    c.Direct(v, 64);
    Insert(v);
  }

 private:
  static constexpr uint32_t kSlots = 1u << kSlotBits;
  bool Find(uint64_t v, uint32_t& slot) const {
    for (slot = 0; slot < used_; ++slot) {
      if (values_[slot] == v) return true;
    }
    return false;
  }

  std::array<uint64_t, kSlots> values_{};
  uint32_t next_ = 0;
  uint32_t used_ = 0;
  Bit hit_;
  Choice<kSlotBits> slot_;
};

// A column of numbers. Each value travels as itself, as the difference to the value before, or as the difference to
// the change's stamp in milliseconds or seconds; the encoder picks what has been cheapest lately.
class SeriesModel {
 public:
  SeriesModel() {
    mode_.Assume(1, kSeldom);
    mode_.Assume(0, kSeldom);
  }
  // `v` modulo 2^64. `wall_ms` is the stamp of the change that the value stands in.
  template <class Coder>
  void Code(Coder& c, uint64_t& v, int64_t wall_ms) {
    const std::array<uint64_t, kModes> base{0, previous_, static_cast<uint64_t>(wall_ms),
                                            static_cast<uint64_t>(wall_ms / 1000)};
    uint32_t mode = 0;
    if constexpr (!Coder::kDecoding) mode = Cheapest(v, base);
    mode_.Code(c, mode);
    if (!numbers_[mode]) numbers_[mode] = std::make_unique<NumberModel>();
    uint64_t u = Away(mode, v, base[mode]);
    numbers_[mode]->Code(c, u);
    if constexpr (Coder::kDecoding) {
      v = mode == 0 ? u : base[mode] + ((u >> 1) ^ (0 - (u & 1)));
    }
    previous_ = v;
  }

 private:
  static constexpr size_t kModes = 4;

  static uint64_t Away(uint32_t mode, uint64_t v, uint64_t base) {
    if (mode == 0) return v;
    const uint64_t d = v - base;
    return d << 1 ^ (0 - (d >> 63));
  }
  // Encoder only. A value costs about as many bits as it differs from the one before in the same mode, because the
  // common leading bits are learnt; the estimate is a moving average of that.
  uint32_t Cheapest(uint64_t v, const std::array<uint64_t, kModes>& base) {
    uint32_t best = 0;
    for (uint32_t m = 0; m < kModes; ++m) {
      const uint64_t u = Away(m, v, base[m]);
      const int bits = 16 * static_cast<int>(BitLength(seen_ == 0 ? u : u ^ last_[m]));
      last_[m] = u;
      cost_[m] = seen_ < 2 ? bits : cost_[m] + (bits - cost_[m]) / 8;
      if (cost_[m] + 8 < cost_[best]) best = m;
    }
    ++seen_;
    return best;
  }

  std::array<std::unique_ptr<NumberModel>, kModes> numbers_;
  Choice<2> mode_;
  uint64_t previous_ = 0;
  std::array<uint64_t, kModes> last_{};
  std::array<int, kModes> cost_{};
  uint64_t seen_ = 0;
};

}  // namespace guanhu::codec
