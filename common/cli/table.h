// Rows for people on a terminal and for programs behind a pipe.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/cli/io.h"

namespace guanhu::cli {

// Columns that a terminal needs for the text: a Chinese character needs two, a combining mark none.
size_t DisplayWidth(absl::string_view utf8);

// On a terminal: headings and aligned columns. In a pipe: no headings, cells separated by tabs, so that cut and awk
// need no options. Tabs and line ends inside cells become spaces. Not thread-safe.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  void Add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  void Print(const Io& io) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace guanhu::cli
