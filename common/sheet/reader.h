// Tables on their way in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace guanhu::sheet {

struct TableRow {
  int64_t line = 0;  // of the file or sheet, from 1, where the row starts; a quoted cell of a CSV may go over several
  std::vector<std::string> cells;
  std::string error;  // why the row cannot be read; `cells` then holds what is known of it
};

// Not thread-safe.
class TableReader {
 public:
  virtual ~TableReader() = default;
  // False at the end. Empty lines are passed over.
  virtual bool Next(TableRow& row) = 0;
};

}  // namespace guanhu::sheet
