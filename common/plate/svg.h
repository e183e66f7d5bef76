// One plate as a picture for screens and workshops. Pure and thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/plate/layout.h"

namespace guanhu::plate {

// Black on white, `width` x `height` mm. Text stays text: whoever shows the picture needs a font for it.
// Errors: kInvalidArgument for a payload that no code holds, or a plate below 20 x 10 mm.
absl::StatusOr<std::string> PlateSvg(const Plate& plate, double width, double height);

}  // namespace guanhu::plate
