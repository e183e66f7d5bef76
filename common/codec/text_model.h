// Model of text that repeats itself, such as notes: the next byte is guessed from the last two and the last one
// characters; a wrong guess is followed by the byte, bit by bit. Not thread-safe. docs/formats/batch.md §5.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/codec/range_coder.h"

namespace guanhu::codec {

class TextModel {
 public:
  // Tables of 2^table_bits entries each: 10 bytes an entry. They are allocated by the first text.
  explicit TextModel(unsigned table_bits) : bits_(table_bits) {}

  // `seed` tells columns apart: it stands for the text before the first byte.
  void Encode(RangeEncoder& c, absl::string_view text, uint32_t seed);
  // Appends `size` bytes to `out`.
  void Decode(RangeDecoder& c, size_t size, std::string& out, uint32_t seed);

 private:
  struct Guess {
    uint8_t byte = 0;
    uint8_t trust = 0;  // how often in a row it was right; 0: empty
    uint16_t check = 0;
  };
  static constexpr uint8_t kTrustMax = 15;

  void Prepare();
  template <class Coder>
  uint8_t CodeByte(Coder& c, uint8_t byte);
  template <class Coder>
  uint8_t CodeLiteral(Coder& c, uint8_t byte);
  void Learn(Guess& g, uint8_t byte, uint16_t check);
  uint32_t Hash(uint64_t context, uint32_t salt) const;

  unsigned bits_;
  uint64_t history_ = 0;  // the last 8 bytes
  std::vector<Guess> long_guess_, short_guess_;
  std::vector<Bit> literal3_;  // by the last 3 bytes
  std::vector<Bit> literal1_;  // by the last byte
  std::vector<Bit> literal0_;  // by how many bytes of a character are missing
  Bit right_[2][kTrustMax + 1];
};

}  // namespace guanhu::codec
