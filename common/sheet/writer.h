// Tables on their way out, row by row, in memory that does not grow with the rows.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/sheet/cell.h"

namespace guanhu::sheet {

struct Column {
  std::string title;
  // For a column of points: CSV and XLSX write latitude and longitude in degrees as two columns, `title` and this.
  std::string lon_title;
};

// Not thread-safe. After an error every further call returns it.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  // As many cells as columns. Errors: kInvalidArgument for another number of cells, for a point outside a column of
  // points or something else inside one; kResourceExhausted beyond what the format holds; what the sink returns;
  // kUnavailable if the disk refuses.
  virtual absl::Status Row(absl::Span<const Cell> cells) = 0;
  // Once, after the last row. A writer that is destroyed without it leaves no usable table.
  virtual absl::Status Finish() = 0;
};

// Takes the table's next bytes. Called from Row and Finish, with up to about 64 KiB.
using Sink = std::function<absl::Status(absl::string_view)>;

// RFC 4180 with CRLF in UTF-8 with byte order mark; text that a spreadsheet would run is guarded (text.h).
std::unique_ptr<RowWriter> NewCsvWriter(std::vector<Column> columns, Sink sink);

// A FeatureCollection (RFC 7946). The first column of points is the geometry (null in rows without one); the others
// are properties by their titles.
std::unique_ptr<RowWriter> NewGeoJsonWriter(std::vector<Column> columns, Sink sink);

// A workbook with one sheet at `path`, which is there only after Finish; until then the rows are in temporary files
// beside it. Text never becomes a formula; numbers beyond 15 digits are written as text. `path` must be in a folder
// that can be written. Errors: kUnavailable.
absl::StatusOr<std::unique_ptr<RowWriter>> NewXlsxWriter(std::vector<Column> columns, const std::string& path,
                                                         const std::string& sheet_name);

// How many rows below the header, and how many characters in a cell, a workbook holds.
inline constexpr int64_t kXlsxRowsMax = 1'048'575;
inline constexpr size_t kXlsxCellCharsMax = 32'767;

}  // namespace guanhu::sheet
