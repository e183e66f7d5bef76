// Files that records name by their fingerprint. The file itself stays where it is.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/cli/edit.h"

namespace guanhu::cli {

struct Photo {
  std::string sha256;  // hex
  std::string file;    // its name without folders; empty: only the fingerprint was given
  std::string media_type;
  uint64_t size = 0;  // bytes
};

// From a file's name, or 64 hex digits. Errors: kNotFound naming the file.
absl::StatusOr<Photo> ReadPhoto(const std::string& text);

// The Attachment records of those that are files, in the scope of `about` (full record id; empty: of a record that the
// same change makes at `options`' place). `role`: an AttachmentRole in words; may be empty.
absl::StatusOr<std::vector<api::v1::Edit>> AttachmentsOf(Program& program, const std::vector<Photo>& photos,
                                                         const std::string& about, absl::string_view role,
                                                         const EditOptions& options);

}  // namespace guanhu::cli
