// Where things stand on a plate, in millimetres from its upper left corner. Pure and thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace guanhu::plate {

struct Plate {
  std::string payload;  // of the QR code (PayloadOf)
  std::string token;    // 9 characters, printed for those whose camera fails
  std::string code;     // the asset's own number; may be empty
  std::string name;
  std::string place;    // "连福镇 张壁村"
  std::string caption;  // "扫码报修"; may be empty
};

struct Line {
  std::string text;
  double x = 0;
  double y = 0;      // of the baseline
  double size = 0;   // of the font
  double width = 0;  // that it may take
};

struct Layout {
  double width = 0;
  double height = 0;
  double qr_x = 0, qr_y = 0, qr_side = 0;  // with the quiet zone
  std::vector<Line> lines;
};

// The code at the left, the text beside it: long names go over three lines, then get smaller, then are cut with "…".
// `names`: whether name, place and caption are printed, or only code and token.
Layout LayOut(const Plate& plate, double width, double height, bool names);

// In parts of the font size; ideographs count 1, other characters 0.6.
double WidthOf(absl::string_view utf8);

}  // namespace guanhu::plate
