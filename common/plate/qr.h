// The modules of a QR code. Pure and thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace guanhu::plate {

inline constexpr int kQuietModules = 4;  // white on every side, which the standard asks for
inline constexpr size_t kPayloadMax = 256;

struct Qr {
  int size = 0;             // modules on a side, without the quiet zone
  std::vector<bool> black;  // row by row
  bool At(int x, int y) const { return black[static_cast<size_t>(y * size + x)]; }
};

// With correction level Q: a quarter of the plate may be dirt or rust. Errors: kInvalidArgument above kPayloadMax
// bytes.
absl::StatusOr<Qr> MakeQr(absl::string_view payload);

}  // namespace guanhu::plate
