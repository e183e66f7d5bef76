#include "common/plate/svg.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status.h"
#include "common/plate/qr.h"

namespace guanhu::plate {
namespace {

std::string Escaped(absl::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

// Runs of black modules, in units of a module.
std::string PathOf(const Qr& qr) {
  std::string out;
  for (int y = 0; y < qr.size; ++y) {
    for (int x = 0; x < qr.size; ++x) {
      if (!qr.At(x, y)) continue;
      const int start = x;
      while (x + 1 < qr.size && qr.At(x + 1, y)) ++x;
      absl::StrAppend(&out, "M", start, " ", y, "h", x - start + 1, "v1H", start, "z");
    }
  }
  return out;
}

}  // namespace

absl::StatusOr<std::string> PlateSvg(const Plate& plate, double width, double height) {
  if (!(width >= 20 && height >= 10 && width <= 2000 && height <= 2000)) {
    return absl::InvalidArgumentError("a plate is at least 20 x 10 mm; choose another size");
  }
  GUANHU_ASSIGN_OR_RETURN(const Qr qr, MakeQr(plate.payload));
  const Layout layout = LayOut(plate, width, height, /*names=*/true);
  const double module = layout.qr_side / (qr.size + 2 * kQuietModules);
  std::string out = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%gmm\" height=\"%gmm\" viewBox=\"0 0 %g %g\">\n"
      "<rect width=\"%g\" height=\"%g\" fill=\"#fff\"/>\n"
      "<path transform=\"translate(%.3f %.3f) scale(%.5f)\" shape-rendering=\"crispEdges\" d=\"%s\"/>\n"
      "<g font-family=\"'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','SimHei',sans-serif\">\n",
      width, height, width, height, width, height, layout.qr_x + kQuietModules * module,
      layout.qr_y + kQuietModules * module, module, PathOf(qr));
  for (const Line& line : layout.lines) {
    absl::StrAppendFormat(&out, "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.2f\">%s</text>\n", line.x, line.y, line.size,
                          Escaped(line.text));
  }
  return out + "</g>\n</svg>\n";
}

}  // namespace guanhu::plate
