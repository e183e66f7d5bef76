// Any table file as rows: CSV in UTF-8 or GB18030, packed with gzip or not, or a sheet of an .xlsx workbook.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/import/bytes_in.h"
#include "common/sheet/reader.h"

namespace guanhu::import {

struct TableOptions {
  Encoding encoding = Encoding::kAuto;  // of a CSV
  std::string sheet;                    // of a workbook; empty: the first that is not hidden
};

struct Table {
  std::unique_ptr<sheet::TableReader> rows;  // owns what it reads
  bool workbook = false;
  Encoding encoding = Encoding::kUtf8;  // that a CSV turned out to have
};

// What the file is, its first bytes say. Text that a CSV guards against being run as a formula comes as it was.
// Errors: kInvalidArgument for a file that is damaged, no table, or has no such sheet; kResourceExhausted.
absl::StatusOr<Table> OpenTable(absl::string_view bytes, const TableOptions& options);

}  // namespace guanhu::import
