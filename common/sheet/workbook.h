// What a workbook says about its sheets, texts and number formats. Internal to the room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/sheet/zip_parts.h"

namespace guanhu::sheet {

enum class Shown : uint8_t { kNumber, kDay, kTime };  // how a style shows a number

struct Workbook {
  struct Sheet {
    std::string name;
    std::string part;
    bool hidden = false;
  };
  std::vector<Sheet> sheets;  // worksheets only, in their order
  std::vector<Shown> styles;  // by style index
  std::string strings_part;   // empty: none
  bool from_1904 = false;     // the calendar's first year
};

// Errors: kInvalidArgument for a file that is no workbook or a damaged one; kResourceExhausted.
absl::StatusOr<Workbook> ReadWorkbook(const ZipParts& parts);

// The shared texts, together at most `most` bytes. Errors as above.
absl::StatusOr<std::vector<std::string>> ReadStrings(const ZipParts& parts, const std::string& part, uint64_t most);

// Whether a number format code shows days ("yyyy-m-d"), times or neither. Pure.
Shown ShownBy(absl::string_view format_code);

}  // namespace guanhu::sheet
