// RFC 4180 rows, strictly: a quote inside an unquoted cell is an error of that row. Lines end in LF or CRLF.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace guanhu::import {

struct CsvRow {
  int64_t line = 0;  // of the file, from 1, where the row starts; a quoted cell may go over several lines
  std::vector<std::string> cells;
  std::string error;  // why the row cannot be read; `cells` then holds its text
};

// Not thread-safe. The text must outlive the reader.
class CsvReader {
 public:
  explicit CsvReader(absl::string_view utf8);
  ~CsvReader();
  // False at the end. Empty lines are passed over.
  bool Next(CsvRow& row);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  absl::string_view rest_;
  int64_t line_ = 0;
};

// One row with CRLF, quoted where needed. A cell that a spreadsheet would run as a formula gets a leading apostrophe.
std::string CsvLine(const std::vector<std::string>& cells);

}  // namespace guanhu::import
