// Cuts the elements of one name out of an XML text that comes in pieces, so that a sheet of any length is read in the
// memory of one row. Internal to the room. Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/sheet/zip_parts.h"

namespace guanhu::sheet {

// Without the namespace prefix: "x:row" is "row".
absl::string_view LocalName(absl::string_view name);

class ElementReader {
 public:
  // `name`: local name of the elements. `most`: bytes of one element.
  ElementReader(std::unique_ptr<ZipPart> part, std::string name, size_t most)
      : part_(std::move(part)), name_(std::move(name)), most_(most) {}

  // The next element as it stands, valid until the next call; false after the last one, when the part has been read to
  // its end. Errors: those of ZipPart; kInvalidArgument for XML that ends too soon or declares a document type;
  // kResourceExhausted for an element above `most`.
  absl::StatusOr<bool> Next(absl::string_view& element);

 private:
  absl::StatusOr<bool> Fill();
  // Moves `pos_` behind the next occurrence of `end`.
  absl::Status SkipTo(absl::string_view end);
  absl::Status SkipTag();
  absl::Status CutOff() const;
  absl::Status CheckSize() const;

  const std::unique_ptr<ZipPart> part_;
  const std::string name_;
  const size_t most_;
  std::string buffer_;
  size_t pos_ = 0;    // everything before it has been looked at
  size_t start_ = 0;  // of the element or tag that is being read
};

}  // namespace guanhu::sheet
