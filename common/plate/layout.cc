#include "common/plate/layout.h"

#include <algorithm>
#include <utility>

#include "common/plate/token.h"

namespace guanhu::plate {
namespace {

constexpr double kPad = 2.0;
constexpr double kLeading = 1.25;  // line height in parts of the font size

size_t CharLength(absl::string_view text) {
  const auto b = static_cast<unsigned char>(text[0]);
  const size_t n = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : b >= 0xC0 ? 2 : 1;
  return std::min(n, text.size());
}

// The longest beginning that fits.
absl::string_view Fitting(absl::string_view text, double width) {
  size_t end = 0;
  double used = 0;
  while (end < text.size()) {
    const size_t n = CharLength(text.substr(end));
    used += WidthOf(text.substr(end, n));
    if (used > width) break;
    end += n;
  }
  return text.substr(0, end);
}

std::vector<std::string> Wrapped(absl::string_view text, double width, size_t lines) {
  std::vector<std::string> out;
  while (!text.empty()) {
    if (out.size() + 1 == lines && WidthOf(text) > width) {
      out.push_back(std::string(Fitting(text, width - 1.0)) + "…");
      break;
    }
    absl::string_view part = Fitting(text, width);
    if (part.empty()) part = text.substr(0, CharLength(text));
    out.emplace_back(part);
    text.remove_prefix(part.size());
  }
  return out;
}

class Column {
 public:
  Column(Layout& layout, double x, double width) : layout_(layout), x_(x), width_(width), y_(kPad) {}

  // Tries sizes from `most` down to `least` until the text fits into `lines` lines.
  void Add(const std::string& text, double most, double least, size_t lines) {
    if (text.empty()) return;
    double size = most;
    while (size > least && WidthOf(text) * size > width_ * static_cast<double>(lines)) size -= 0.25;
    size = std::max(size, least);
    for (std::string& part : Wrapped(text, width_ / size, lines)) {
      y_ += size * kLeading;
      layout_.lines.push_back({std::move(part), x_, y_, size, width_});
    }
    y_ += size * 0.35;
  }

 private:
  Layout& layout_;
  const double x_, width_;
  double y_;
};

}  // namespace

double WidthOf(absl::string_view utf8) {
  double out = 0;
  while (!utf8.empty()) {
    const size_t n = CharLength(utf8);
    out += n >= 3 ? 1.0 : 0.6;
    utf8.remove_prefix(n);
  }
  return out;
}

Layout LayOut(const Plate& plate, double width, double height, bool names) {
  Layout out;
  out.width = width;
  out.height = height;
  out.qr_side = std::min(height - 2 * kPad, width * 0.5);
  out.qr_x = kPad;
  out.qr_y = (height - out.qr_side) / 2;
  const double x = out.qr_x + out.qr_side + 1.0;
  Column column(out, x, width - x - kPad);
  const double unit = height / 54.0;  // sizes are for a plate of 54 mm
  if (names) column.Add(plate.name, 6.0 * unit, 3.5 * unit, 3);
  column.Add(plate.code, 5.0 * unit, 2.5 * unit, 1);
  if (names) column.Add(plate.place, 4.0 * unit, 2.5 * unit, 2);
  column.Add(ShowToken(plate.token), 5.0 * unit, 2.5 * unit, 1);
  if (names) column.Add(plate.caption, 4.0 * unit, 2.5 * unit, 1);
  return out;
}

}  // namespace guanhu::plate
