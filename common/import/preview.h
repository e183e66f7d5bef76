// What an import would do, for a person to look at before it is done. Nothing is saved: the room knows no store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/import/importer.h"
#include "common/schema/display.h"

namespace guanhu::import {

struct PreviewValue {
  std::string field;  // "lat_e7" never: fields of the record, "2001" for an attribute of the asset's type
  std::string label;
  std::string text;  // as it would be shown once saved
};

struct PreviewRecord {
  std::string type;   // "Asset"
  std::string label;  // "设施"
  std::string key;    // joined by U+001F
  bool repeat = false;
  std::vector<PreviewValue> values;  // in the order of the fields' numbers
  std::vector<Link> links;           // by key; ids come with saving
};

struct PreviewRow {
  int64_t line = 0;
  std::vector<std::string> cells;
  std::vector<PreviewRecord> records;
  std::vector<CellIssue> errors;
  std::vector<CellIssue> warnings;
};

struct Preview {
  std::vector<std::string> header;
  std::vector<PreviewRow> rows;  // the first ones
  // Of the whole file.
  uint64_t rows_total = 0;
  uint64_t rows_bad = 0;
  uint64_t rows_passed_over = 0;  // that the mapping makes no record of
  uint64_t records = 0;
  uint64_t warnings = 0;
};

// Reads the whole file and shows its first `rows` rows. Errors: those of Importer::Open.
absl::StatusOr<Preview> MakePreview(const schema::Schema& schema, const Mapping& mapping, absl::string_view bytes,
                                    size_t rows, schema::Language language);

}  // namespace guanhu::import
