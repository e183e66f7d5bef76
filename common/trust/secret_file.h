// Files that hold private keys: readable by their owner only, and either old or new after a power cut.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace guanhu::trust {

// Replaces the file with mode 0600: writes "PATH.new", syncs it, renames it, syncs the folder.
// Errors: kUnavailable if the system refuses (disk full, folder absent); the old file is then unchanged.
absl::Status WriteSecretFile(const std::string& path, absl::string_view bytes);

// Errors: kNotFound; kFailedPrecondition if the file is not a regular file, group or others may read or write it, or
// it exceeds 16 MiB (an enrolment file with a place tree is below 2); kUnavailable if reading fails.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

}  // namespace guanhu::trust
