// Reads a table row by row through a mapping. Good rows become messages; a row with any fault becomes none, and says
// what to do about each fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/import/mapping.h"
#include "common/import/table.h"
#include "common/schema/schema.h"
#include "google/protobuf/message.h"

namespace guanhu::import {

struct CellIssue {
  int64_t line = 0;
  std::string column;  // empty: the row as a whole
  std::string value;
  std::string reason;  // "is not a number"
  std::string next;    // what a person should do
};

// To be set by the importing program in `field` once it knows the id.
struct Link {
  std::string field;
  std::string record;  // record type
  std::string key;
};

struct Imported {
  const schema::RecordInfo* record = nullptr;
  std::string key;      // the key columns' cells, joined by U+001F: the same row of another year gives the same key
  bool repeat = false;  // the key came before in this file: an edit
  std::unique_ptr<google::protobuf::Message> message;
  std::vector<Link> links;
};

struct RowResult {
  int64_t line = 0;
  std::vector<std::string> cells;
  std::vector<Imported> records;  // empty if there are errors, or if no record entry wants the row
  std::vector<CellIssue> errors;
  std::vector<CellIssue> warnings;  // taken as they are
};

// Not thread-safe. Schema and mapping must outlive it.
class Importer {
 public:
  // `bytes`: the file as it is (see OpenTable). Errors: those of OpenTable; kInvalidArgument for a file without header,
  // with a header that names a column twice or lacks one that the mapping reads.
  static absl::StatusOr<std::unique_ptr<Importer>> Open(const schema::Schema& schema, const Mapping& mapping,
                                                        absl::string_view bytes);
  // False at the end of the file.
  bool Next(RowResult& row);

  const std::vector<std::string>& header() const { return header_; }
  Encoding encoding() const { return table_.encoding; }

  // Rows that were not taken, as a table that can be corrected and imported again: line, the file's columns, reasons,
  // what next. CSV in UTF-8 with byte order mark, as spreadsheets want it, also for a workbook. If the file is such a
  // table itself, its own three columns are replaced.
  std::string RejectsHeader() const;
  std::string RejectsLine(const RowResult& row) const;

 private:
  Importer(const schema::Schema& schema, const Mapping& mapping, Table table);
  absl::Status ReadHeader();
  absl::Status FirstRow(sheet::TableRow& row);
  // Of the file, from and up to: without those of a table of rejects.
  std::pair<std::ptrdiff_t, std::ptrdiff_t> OwnColumns() const;
  bool Squared(RowResult& row) const;
  const std::string& Cell(const RowResult& row, const std::string& column) const;
  bool Wanted(const RecordMap& map, const RowResult& row) const;
  std::string Key(const std::vector<std::string>& columns, const RowResult& row) const;
  void MakeRecord(const RecordMap& map, RowResult& row);
  void WriteField(const FieldMap& map, RowResult& row, google::protobuf::Message& message) const;
  void WriteCell(const FieldMap& map, const std::string& cell, RowResult& row,
                 google::protobuf::Message& message) const;
  void MovePoints(const RecordMap& map, RowResult& row, google::protobuf::Message& message) const;
  void LinkUp(const RecordMap& map, RowResult& row, Imported& record) const;
  void Warn(RowResult& row) const;

  const schema::Schema& schema_;
  const Mapping& mapping_;
  const Table table_;
  bool rejects_ = false;  // the file is a table of rejects
  std::vector<std::string> header_;
  std::vector<std::pair<std::string, size_t>> columns_;  // ascending names
  std::vector<std::set<std::string>> seen_;              // keys by record entry
};

}  // namespace guanhu::import
