// What the writers share. Internal to the room.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/sheet/writer.h"

namespace guanhu::sheet {

inline bool IsPointColumn(const Column& column) { return !column.lon_title.empty(); }

inline absl::Status CheckRow(const std::vector<Column>& columns, absl::Span<const Cell> cells) {
  if (cells.size() != columns.size()) {
    return absl::InvalidArgumentError(absl::StrCat("the row has ", cells.size(), " cells and the table ",
                                                   columns.size(), " columns; give every column a cell"));
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    const bool point = cells[i].kind == Cell::Kind::kPoint;
    if (point != IsPointColumn(columns[i]) && cells[i].kind != Cell::Kind::kEmpty) {
      return absl::InvalidArgumentError(absl::StrCat("column \"", columns[i].title, "\" ",
                                                     point ? "is not for points" : "is for points only",
                                                     "; correct its kind"));
    }
  }
  return absl::OkStatus();
}

inline constexpr size_t kSinkBytes = 64 * 1024;

}  // namespace guanhu::sheet
