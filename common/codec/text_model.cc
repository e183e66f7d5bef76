#include "common/codec/text_model.h"

namespace guanhu::codec {
namespace {

constexpr uint64_t kLongContext = 0xFFFFFFFFFF;  // 5 bytes
constexpr uint64_t kShortContext = 0xFFFFFFFF;   // 4 bytes
constexpr uint64_t kLiteralContext = 0xFFFFFF;

// Bytes that the UTF-8 character at the end of `history` still lacks; more than two count as two.
size_t Missing(uint64_t history) {
  const uint64_t last = history & 0xFF, before = history >> 8 & 0xFF;
  if (last >= 0xE0) return 2;
  if (last >= 0xC0) return 1;
  return last >= 0x80 && before >= 0xE0 ? 1 : 0;
}

}  // namespace

void TextModel::Prepare() {
  if (!long_guess_.empty()) return;
  const size_t size = size_t{1} << bits_;
  long_guess_.resize(size);
  short_guess_.resize(size);
  literal3_.resize(size);
  literal0_.resize(3 * 256);
  literal1_.resize(size * 4 < 65536 ? size * 4 : 65536);
}

uint32_t TextModel::Hash(uint64_t context, uint32_t salt) const {
  return static_cast<uint32_t>((context + salt) * 0x9E3779B97F4A7C15u >> 32);
}

void TextModel::Learn(Guess& g, uint8_t byte, uint16_t check) {
  if (g.trust > 0 && g.check == check && g.byte == byte) {
    if (g.trust < kTrustMax) ++g.trust;
  } else if (g.trust > 3 && g.check == check) {
    g.trust = static_cast<uint8_t>(g.trust / 4);
  } else {
    g = {byte, 1, check};
  }
}

template <class Coder>
uint8_t TextModel::CodeLiteral(Coder& c, uint8_t byte) {
  const size_t mask1 = literal1_.size() - 1;
  const size_t base1 = (history_ & 0xFF) << 8;
  const size_t base0 = Missing(history_) << 8;
  uint32_t node = 1;
  for (int half = 1; half >= 0; --half) {
    // 16 neighbours for four bits: one cache line.
    Bit* far = &literal3_[(Hash(history_ & kLiteralContext, node << 8) & ((1u << bits_) - 1)) & ~15u];
    uint32_t inner = 1;
    for (int i = half * 4 + 3; i >= half * 4; --i) {
      Bit& by3 = far[inner];
      Bit& by1 = literal1_[(base1 + node) & mask1];
      const uint32_t weight = by3.count() > 2 ? 3 : by3.count();
      Bit& by0 = literal0_[base0 + node];
      const uint32_t weight1 = by1.count() > 2 ? 4 : by1.count();
      const uint32_t low = (by1.p16() * weight1 + by0.p16() * (4 - weight1)) / 4;
      bool bit = (byte >> i & 1) != 0;
      c.Code(bit, (by3.p16() * weight + low * (4 - weight)) / 4);
      by0.Update(bit);
      by3.Update(bit);
      by1.Update(bit);
      inner = inner << 1 | (bit ? 1 : 0);
      node = node << 1 | (bit ? 1 : 0);
    }
  }
  return static_cast<uint8_t>(node);
}

template <class Coder>
uint8_t TextModel::CodeByte(Coder& c, uint8_t byte) {
  const uint32_t mask = (1u << bits_) - 1;
  const uint32_t hl = Hash(history_ & kLongContext, 1);
  const uint32_t hs = Hash(history_ & kShortContext, 2);
  Guess& far = long_guess_[hl & mask];
  Guess& near = short_guess_[hs & mask];
  const uint16_t check_l = static_cast<uint16_t>(hl >> 16);
  const uint16_t check_s = static_cast<uint16_t>(hs >> 16);
  bool right = false;
  const bool far_known = far.trust > 0 && far.check == check_l;
  if (far_known) {
    right = far.byte == byte;
    c.Code(right, right_[0][far.trust]);
    if (right) byte = far.byte;
  }
  if (!right && near.trust > 0 && near.check == check_s && !(far_known && far.byte == near.byte)) {
    right = near.byte == byte;
    c.Code(right, right_[1][near.trust]);
    if (right) byte = near.byte;
  }
  if (!right) byte = CodeLiteral(c, byte);
  Learn(far, byte, check_l);
  Learn(near, byte, check_s);
  history_ = history_ << 8 | byte;
  return byte;
}

void TextModel::Encode(RangeEncoder& c, absl::string_view text, uint32_t seed) {
  Prepare();
  history_ = seed;
  for (char ch : text) CodeByte(c, static_cast<uint8_t>(ch));
}

void TextModel::Decode(RangeDecoder& c, size_t size, std::string& out, uint32_t seed) {
  Prepare();
  history_ = seed;
  for (size_t i = 0; i < size; ++i) out.push_back(static_cast<char>(CodeByte(c, 0)));
}

}  // namespace guanhu::codec
