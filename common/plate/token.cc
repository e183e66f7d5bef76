#include "common/plate/token.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"

namespace guanhu::plate {
namespace {

constexpr size_t kChars = 8;
constexpr size_t kUrlMax = 80;

// In the field of 32 elements: modulo x^5 + x^2 + 1.
uint32_t Times(uint32_t a, uint32_t b) {
  uint32_t out = 0;
  for (; b != 0; b >>= 1) {
    if ((b & 1) != 0) out ^= a;
    a <<= 1;
    if ((a & 32) != 0) a ^= 0x25;
  }
  return out;
}

// Weights 2, 4, 8, ... are distinct powers of a generator; the check's own weight is 1.
uint64_t CheckOf(uint64_t bits) {
  uint32_t sum = 0, weight = 1;
  for (size_t i = 0; i < kChars; ++i, bits >>= 5) {
    weight = Times(weight, 2);
    sum ^= Times(weight, static_cast<uint32_t>(bits & 31));
  }
  return sum;
}

// Names what was meant, not the whole address.
absl::Status Bad(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("\"", text.substr(0, 40), "\" is no plate code (", why,
                                                 "); read it from the plate again, it has 9 letters and digits"));
}

}  // namespace

std::string TokenOf(uint64_t bits) {
  bits &= (uint64_t{1} << 40) - 1;
  return base::ToText(bits << 5 | CheckOf(bits)).substr(13 - kChars - 1);
}

std::string NewToken(base::Random& random) { return TokenOf(random.Next64()); }

absl::StatusOr<std::string> ParseToken(absl::string_view text) {
  absl::string_view rest = absl::StripAsciiWhitespace(text);
  if (absl::StrContains(rest, "://")) {
    rest = rest.substr(0, rest.find_first_of("?#"));
    while (absl::EndsWith(rest, "/")) rest.remove_suffix(1);
    rest = rest.substr(rest.rfind('/') + 1);
  }
  std::string chars;
  for (char c : rest) {
    if (c != '-' && c != ' ') chars += c;
  }
  if (chars.size() != kChars + 1) return Bad(text, "another length");
  const absl::StatusOr<uint64_t> value = base::ParseCrockford(chars);
  if (!value.ok()) return Bad(text, "a character that plates do not have");
  const std::string token = TokenOf(*value >> 5);
  if (token != base::ToText(*value).substr(13 - kChars - 1)) return Bad(text, "one character is wrong");
  return token;
}

std::string ShowToken(absl::string_view token) {
  if (token.size() != kChars + 1) return std::string(token.data(), token.size());
  return absl::StrCat(token.substr(0, 4), "-", token.substr(4, 4), "-", token.substr(8));
}

absl::StatusOr<std::string> PayloadOf(absl::string_view base_url, absl::string_view token) {
  GUANHU_ASSIGN_OR_RETURN(const std::string good, ParseToken(token));
  const bool web = absl::StartsWith(base_url, "https://") || absl::StartsWith(base_url, "http://");
  const bool plain = std::all_of(base_url.begin(), base_url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!web || !plain || base_url.size() > kUrlMax || absl::StrContains(base_url, "?") ||
      absl::StrContains(base_url, "#")) {
    return absl::InvalidArgumentError(absl::StrCat("\"", base_url.substr(0, 100),
                                                   "\" cannot be on plates; set an https address of at most 80 plain "
                                                   "characters without ? and #, such as https://gh.example/q/"));
  }
  return absl::StrCat(base_url, absl::EndsWith(base_url, "/") ? "" : "/", good);
}

}  // namespace guanhu::plate
