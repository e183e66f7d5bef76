// Files that programs read and folders that they make. Thread-safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace guanhu::cli {

// The whole file; "-" is standard input. Errors: kNotFound naming the file.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Makes the folder and those above it; the folder itself is open to its owner only (mode 0700).
// Errors: kUnavailable with the system's reason.
absl::Status MakePrivateFolder(const std::string& dir);

}  // namespace guanhu::cli
