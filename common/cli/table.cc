#include "common/cli/table.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_join.h"

namespace guanhu::cli {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};
// Of Unicode's East Asian Width W and F, what people here write.
constexpr Range kWide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},  {0x3041, 0x33FF}, {0x3400, 0x4DBF},
                           {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},  {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
                           {0xFE30, 0xFE4F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
                           {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
constexpr Range kNone[] = {{0x0300, 0x036F}, {0x200B, 0x200F}, {0xFE00, 0xFE0F}};

template <size_t N>
bool In(const Range (&ranges)[N], uint32_t c) {
  return std::any_of(std::begin(ranges), std::end(ranges), [c](const Range& r) { return r.first <= c && c <= r.last; });
}

}  // namespace

size_t DisplayWidth(absl::string_view utf8) {
  size_t width = 0;
  for (size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<uint8_t>(utf8[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t c = length == 1 ? lead : lead & (0x7Fu >> length);
    for (size_t k = 1; k < length && i + k < utf8.size(); ++k) c = c << 6 | (static_cast<uint8_t>(utf8[i + k]) & 0x3F);
    i += length;
    width += In(kNone, c) ? 0 : In(kWide, c) ? 2 : 1;
  }
  return width;
}

void Table::Add(std::vector<std::string> cells) {
  for (std::string& cell : cells) {
    std::replace_if(
        cell.begin(), cell.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
  }
  rows_.push_back(std::move(cells));
}

void Table::Print(const Io& io) const {
  if (!io.out_tty) {
    for (const auto& row : rows_) *io.out << absl::StrJoin(row, "\t") << "\n";
    return;
  }
  std::vector<size_t> widths;
  const auto measure = [&widths](const std::vector<std::string>& row) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  };
  const auto print = [&](const std::vector<std::string>& row) {
    for (size_t i = 0; i < row.size(); ++i) {
      *io.out << row[i];
      if (i + 1 < row.size()) *io.out << std::string(widths[i] - DisplayWidth(row[i]) + 2, ' ');
    }
    *io.out << "\n";
  };
  measure(headings_);
  for (const auto& row : rows_) measure(row);
  print(headings_);
  for (const auto& row : rows_) print(row);
}

}  // namespace guanhu::cli
