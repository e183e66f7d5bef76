// Which column of a table becomes which field. Read from TOML; the format is docs/formats/mapping.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/import/bytes_in.h"
#include "common/schema/schema.h"

namespace guanhu::import {

struct FieldMap {
  // Where to: a field of the record type, `into` inside it if that is a message, or an attribute of an asset's type.
  const google::protobuf::FieldDescriptor* field = nullptr;
  const google::protobuf::FieldDescriptor* into = nullptr;
  uint32_t attribute = 0;
  bool attribute_is_number = false;
  std::vector<std::pair<const google::protobuf::FieldDescriptor*, std::string>> element;  // constants beside `into`

  // Where from: the first column, or all joined; or a constant.
  std::vector<std::string> columns;
  std::string join = " ";
  std::optional<std::string> constant;
  bool required = false;

  // How.
  std::vector<std::string> absent = {""};     // cells that mean "no value"
  std::map<std::string, std::string> values;  // if not empty, any other cell is an error
  std::string split;                          // several elements in one cell
  std::string date;                           // absl::ParseTime format
  int utc_offset_minutes = 8 * 60;            // of the dates
  int64_t factor = 1;  // stored = cell x factor / 10^factor_decimals, rounded half away from zero
  int factor_decimals = 0;
  std::optional<int64_t> min, max;  // of the stored number
};

// A reference that the importing program sets: it knows the ids that keys have become.
struct LinkMap {
  std::string field;
  std::string record;                // record type referred to
  std::vector<std::string> columns;  // its key; empty: the key of that record made of the same row
};

// Of the points in the table. Records keep WGS-84.
enum class Datum : uint8_t { kWgs84 = 0, kGcj02 = 1 };

struct RecordMap {
  const schema::RecordInfo* record = nullptr;
  std::vector<std::string> key;
  bool repeats_are_edits = false;                        // else a key that comes again is an error
  std::map<std::string, std::vector<std::string>> when;  // column -> cells; other rows make no such record
  std::vector<FieldMap> fields;
  std::vector<LinkMap> links;
  Datum datum = Datum::kWgs84;
};

struct Mapping {
  std::string name;
  Encoding encoding = Encoding::kAuto;
  std::string sheet;                         // of a workbook; empty: the first that is not hidden
  int64_t header_row = 1;                    // of the file, where the headings stand; rows above are left out
  std::vector<RecordMap> records;            // in the order of the file
  std::vector<std::string> Columns() const;  // every column that it reads, ascending
};

// `schema` must outlive the mapping. Errors: kInvalidArgument naming the line or the entry, and what is wrong with it.
absl::StatusOr<Mapping> ParseMapping(const schema::Schema& schema, absl::string_view toml);

}  // namespace guanhu::import
