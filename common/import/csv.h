// RFC 4180 rows, strictly: a quote inside an unquoted cell is an error of that row. Lines end in LF or CRLF.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/sheet/reader.h"

namespace guanhu::import {

using CsvRow = sheet::TableRow;

// Not thread-safe. The text must outlive the reader.
class CsvReader : public sheet::TableReader {
 public:
  explicit CsvReader(absl::string_view utf8);
  ~CsvReader() override;
  bool Next(CsvRow& row) override;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  absl::string_view rest_;
  int64_t line_ = 0;
};

}  // namespace guanhu::import
