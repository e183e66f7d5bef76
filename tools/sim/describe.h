// Frames in one line, for --trace.
#pragma once

#include <string>

#include "common/sync/frames.h"

namespace guanhu::sim {

std::string Describe(const sync::Frame& frame);

}  // namespace guanhu::sim
