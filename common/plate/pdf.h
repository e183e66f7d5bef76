// Sheets of plates for the printer. Thread-safe: every call has its own fonts and page.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/plate/layout.h"

namespace guanhu::plate {

struct PdfOptions {
  int columns = 2;  // of plates on an A4 page, 1 to 4
  int rows = 5;     // 1 to 12
  double margin_mm = 10;
  absl::Time created;       // stands in the file
  std::string font_folder;  // fonts of this folder only; empty: this computer's
};

struct Pdf {
  std::string bytes;
  size_t pages = 0;
  // Plates without name, place and caption, because no font has their characters; `note` then says which and what to
  // install.
  size_t without_names = 0;
  std::string note;
};

inline constexpr size_t kPlatesMax = 5'000;  // a township's; a larger order is printed in parts

// Fonts are embedded. Errors: kInvalidArgument for no plates, a payload that no code holds, or a layout beyond the
// bounds; kResourceExhausted above kPlatesMax; kFailedPrecondition without any font that has digits and letters.
absl::StatusOr<Pdf> PlatesPdf(absl::Span<const Plate> plates, const PdfOptions& options);

}  // namespace guanhu::plate
