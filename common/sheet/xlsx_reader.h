// Sheets of .xlsx workbooks as rows of text, as a CSV of them would hold.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/sheet/reader.h"

namespace guanhu::sheet {

// What an unknown workbook may ask of this machine; beyond it the file is refused, whatever its packed size.
struct XlsxLimits {
  uint64_t sheet_bytes = 256u * 1024 * 1024;   // a sheet as unpacked XML; read twice, never held
  uint64_t strings_bytes = 64u * 1024 * 1024;  // its shared texts; held
  int64_t rows = 200'000;                      // a province's list of villages has 26,000
  size_t columns = 512;
};

// Whether the bytes start as a ZIP archive does, or as the older Office container (.xls, or a workbook with a
// password).
bool LooksLikeXlsx(absl::string_view bytes);
bool LooksLikeOldOffice(absl::string_view bytes);

// Days become "2026-03-01", times "2026-03-01 08:05" (with seconds if there are any; without a day "08:05"), other
// numbers their shortest decimal form of at most 15 digits without exponent, truth values "true" and "false", formulas
// the value that was saved with them. Of merged cells the first one holds the text. A cell with an error (#N/A) makes
// the row's error.
class XlsxReader : public TableReader {
 public:
  ~XlsxReader() override;
  // Takes the file's bytes. `sheet`: its name; empty for the first that is not hidden. Reads the sheet once to check
  // it, so that Next finds no damage half-way. Errors: kInvalidArgument for a damaged file, another kind of file, no
  // such sheet; kResourceExhausted beyond the limits.
  static absl::StatusOr<std::unique_ptr<XlsxReader>> Open(std::string bytes, const std::string& sheet,
                                                          const XlsxLimits& limits = {});

  const std::vector<std::string>& sheets() const;  // names, in their order
  // Rows of the sheet, counted without the empty ones that the file leaves out.
  int64_t rows() const;

  bool Next(TableRow& row) override;

 private:
  struct State;
  explicit XlsxReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// "12.3" of 12.300000000000001: 15 digits, as spreadsheets show numbers.
std::string NumberText(double value);
// Of the workbook's calendar: 61 is 1900-03-01. Errors are empty text.
std::string SerialText(double serial, bool time, bool from_1904);

}  // namespace guanhu::sheet
