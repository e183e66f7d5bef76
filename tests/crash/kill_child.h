// The process that kill_test kills.
#pragma once

#include <string>

namespace guanhu::crash {

// Commits to the store in `dir` until killed; after each confirmed commit writes a byte to standard output.
int RunChild(const std::string& dir);

}  // namespace guanhu::crash
