#include "common/sheet/text.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace guanhu::sheet {
namespace {

constexpr absl::string_view kReplacement("\xEF\xBF\xBD", 3);

// The length of the character at `text`, 0 if the bytes are none that a table may hold.
size_t GoodLength(absl::string_view text) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = at(0);
  if (first < 0x80)
    return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? (first == 0x7F ? 0 : 1) : 0;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  uint32_t code = first & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (at(i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  const bool control = code >= 0x80 && code < 0xA0;
  return overlong || surrogate || control || code > 0x10FFFF || (code & 0xFFFE) == 0xFFFE ? 0 : length;
}

bool IsNumber(absl::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  bool digit = false, point = false;
  for (char c : text) {
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      digit = true;
    } else {
      return false;
    }
  }
  return digit;
}

bool StartsFormula(absl::string_view text) {
  if (text.empty() || IsNumber(text)) return false;
  if (absl::string_view("=+-@\t\r\n").find(text[0]) != absl::string_view::npos) return true;
  return absl::StartsWith(text, "＝") || absl::StartsWith(text, "＋") || absl::StartsWith(text, "－") ||
         absl::StartsWith(text, "＠");
}

absl::string_view WithoutApostrophes(absl::string_view text) {
  while (!text.empty() && text[0] == '\'') text.remove_prefix(1);
  return text;
}

}  // namespace

std::string CleanText(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = GoodLength(text);
    absl::StrAppend(&out, length == 0 ? kReplacement : text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string GuardFormula(absl::string_view text) {
  return StartsFormula(WithoutApostrophes(text)) ? absl::StrCat("'", text) : std::string(text.data(), text.size());
}

std::string UnguardFormula(absl::string_view text) {
  if (!text.empty() && text[0] == '\'' && StartsFormula(WithoutApostrophes(text))) text.remove_prefix(1);
  return std::string(text.data(), text.size());
}

std::string CsvLine(absl::Span<const std::string> cells) {
  std::string out;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += ',';
    const std::string cell = GuardFormula(cells[i]);
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
      out += cell;
      continue;
    }
    out += '"';
    for (char c : cell) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  return out + "\r\n";
}

std::string JsonText(absl::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<uint8_t>(c) < 0x20) {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<uint8_t>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace guanhu::sheet
