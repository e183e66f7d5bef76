// Administrative divisions: from a table of codes to the signed place tree. A code is a dated label there, never a key.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/api/call.h"

namespace guanhu::ctl {

struct Division {
  int64_t line = 0;  // of the file
  std::string code;  // 12 digits
  std::string name;
  std::string parent_code;
};

// One county of a table.
struct Divisions {
  Division county;
  std::vector<Division> townships;
  std::vector<Division> villages;
  std::vector<std::string> rejects;  // "line 7: why"; the other rows are good
};

// Reads CSV (UTF-8, UTF-8 with BOM or GB18030; columns code, name, level, parent_code, as names or in Chinese) and
// picks the county whose code starts with `county_code`; empty: the only one. Errors: kInvalidArgument if the table
// cannot be read, or has no such county or several.
absl::StatusOr<Divisions> ReadDivisions(absl::string_view bytes, absl::string_view county_code);

// A made-up county for trying things out; every name says that it is a sample.
std::string SampleDivisions(int townships, int villages_each);

struct TreeReport {
  uint64_t created = 0;
  uint64_t changed = 0;
  uint64_t unchanged = 0;
  std::vector<std::string> errors;  // "140781100201 name: why"
};

// Writes what is missing or differs from the node's tree; running it again changes nothing. `source` is kept with each
// code. Needs the city's node. Errors: those of the service, when nothing more can be written.
absl::StatusOr<TreeReport> WriteTree(api::Stub& stub, const Divisions& divisions, absl::string_view county_name,
                                     absl::string_view source,
                                     const std::function<void(size_t done, size_t total)>& progress);

}  // namespace guanhu::ctl
