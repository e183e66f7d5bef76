#include "common/base/bytes.h"

namespace guanhu::base {
namespace {
constexpr char kHex[] = "0123456789abcdef";

// Length of the valid UTF-8 sequence that starts at s[i]; 0 if there is none.
size_t Utf8Length(absl::string_view s, size_t i) {
  const auto b = [&](size_t k) { return static_cast<uint8_t>(s[i + k]); };
  const size_t want = b(0) < 0x80                   ? 1
                      : b(0) >= 0xF0 && b(0) < 0xF5 ? 4
                      : b(0) >= 0xE0 && b(0) < 0xF0 ? 3
                      : b(0) >= 0xC2 && b(0) < 0xE0 ? 2
                                                    : 0;
  if (want == 0 || i + want > s.size()) return 0;
  for (size_t k = 1; k < want; ++k) {
    if ((b(k) & 0xC0) != 0x80) return 0;
  }
  return want;
}
}  // namespace

std::string ToHex(absl::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (char c : bytes) {
    out.push_back(kHex[static_cast<uint8_t>(c) >> 4]);
    out.push_back(kHex[static_cast<uint8_t>(c) & 15]);
  }
  return out;
}

std::string Printable(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t n = Utf8Length(text, i);
    const auto c = static_cast<uint8_t>(text[i]);
    if (n == 0 || c < 0x20 || c == 0x7f) {
      out += "\\x";
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
      ++i;
    } else {
      out.append(text.data() + i, n);
      i += n;
    }
  }
  return out;
}

}  // namespace guanhu::base
