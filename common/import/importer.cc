#include "common/import/importer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/import/values.h"
#include "common/schema/check.h"
#include "common/schema/fields.h"

namespace guanhu::import {
namespace {

namespace pb = google::protobuf;

constexpr char kKeySeparator[] = "\x1f";

std::string Trimmed(absl::string_view cell) {
  const absl::string_view t = absl::StripAsciiWhitespace(cell);
  return std::string(t.data(), t.size());
}

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

// A character of the Private Use Area (U+E000 to U+F8FF): a name that no standard font shows.
bool HasPrivateUse(absl::string_view utf8) {
  for (size_t i = 0; i + 2 < utf8.size(); ++i) {
    const auto a = static_cast<uint8_t>(utf8[i]), b = static_cast<uint8_t>(utf8[i + 1]);
    if (a == 0xEE || (a == 0xEF && b < 0xA4 && b >= 0x80)) return true;
  }
  return false;
}

bool HasLostCharacter(absl::string_view utf8) {
  if (utf8.find("\xEF\xBF\xBD") != absl::string_view::npos) return true;
  const size_t mark = utf8.find('?');
  if (mark == absl::string_view::npos) return false;
  const bool before = mark > 0 && (utf8[mark - 1] & 0x80) != 0;
  const bool after = mark + 1 < utf8.size() && (utf8[mark + 1] & 0x80) != 0;
  return before || after;
}

}  // namespace

Importer::Importer(const schema::Schema& schema, const Mapping& mapping, Text text)
    : schema_(schema), mapping_(mapping), text_(std::move(text)), csv_(text_.utf8), seen_(mapping.records.size()) {}

absl::StatusOr<std::unique_ptr<Importer>> Importer::Open(const schema::Schema& schema, const Mapping& mapping,
                                                         absl::string_view bytes) {
  GUANHU_ASSIGN_OR_RETURN(const std::string unpacked, Unpack(bytes));
  GUANHU_ASSIGN_OR_RETURN(Text text, Decode(unpacked, mapping.encoding));
  std::unique_ptr<Importer> importer(new Importer(schema, mapping, std::move(text)));
  GUANHU_RETURN_IF_ERROR(importer->ReadHeader());
  return importer;
}

absl::Status Importer::ReadHeader() {
  CsvRow row;
  if (!csv_.Next(row)) return absl::InvalidArgumentError("the file is empty; choose another one");
  if (!row.error.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the file's first line names no columns: ", row.error, "; correct the line"));
  }
  for (const std::string& cell : row.cells) header_.push_back(Trimmed(cell));
  for (size_t i = 0; i < header_.size(); ++i) columns_.emplace_back(header_[i], i);
  std::sort(columns_.begin(), columns_.end());
  for (size_t i = 1; i < columns_.size(); ++i) {
    if (columns_[i].first == columns_[i - 1].first) {
      return absl::InvalidArgumentError(
          absl::StrCat("the file has two columns \"", columns_[i].first, "\"; rename one"));
    }
  }
  std::vector<std::string> missing;
  for (const std::string& column : mapping_.Columns()) {
    if (std::find(header_.begin(), header_.end(), column) == header_.end()) missing.push_back(column);
  }
  if (!missing.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("the file lacks the columns ", absl::StrJoin(missing, ", "),
                                                   " (it has ", absl::StrJoin(header_, ", "),
                                                   "); choose the mapping that fits the file"));
  }
  return absl::OkStatus();
}

const std::string& Importer::Cell(const RowResult& row, const std::string& column) const {
  auto it = std::lower_bound(columns_.begin(), columns_.end(), column,
                             [](const auto& c, const std::string& name) { return c.first < name; });
  return row.cells[it->second];  // ReadHeader has seen every column that the mapping names
}

bool Importer::Wanted(const RecordMap& map, const RowResult& row) const {
  for (const auto& [column, cells] : map.when) {
    if (std::find(cells.begin(), cells.end(), Trimmed(Cell(row, column))) == cells.end()) return false;
  }
  return true;
}

std::string Importer::Key(const std::vector<std::string>& columns, const RowResult& row) const {
  std::vector<std::string> cells;
  bool any = false;
  for (const std::string& column : columns) {
    cells.push_back(Trimmed(Cell(row, column)));
    any = any || !cells.back().empty();
  }
  return any ? absl::StrJoin(cells, kKeySeparator) : "";
}

void Importer::WriteCell(const FieldMap& map, const std::string& cell, RowResult& row, pb::Message& message) const {
  const std::string column = map.columns.empty() ? "" : map.columns.front();
  if (std::find(map.absent.begin(), map.absent.end(), cell) != map.absent.end()) {
    if (map.required) row.errors.push_back({row.line, column, cell, "is missing", "fill in the cell"});
    return;
  }
  std::string value = cell;
  if (!map.values.empty()) {
    auto it = map.values.find(cell);
    if (it == map.values.end()) {
      row.errors.push_back({row.line, column, cell, "is none of the values that the mapping knows",
                            "correct the cell, or add the value to the mapping"});
      return;
    }
    value = it->second;
  }
  const absl::Status status = WriteValue(map, value, message);
  if (!status.ok()) row.errors.push_back({row.line, column, cell, MessageOf(status), "correct the cell"});
}

void Importer::WriteField(const FieldMap& map, RowResult& row, pb::Message& message) const {
  if (map.constant) {
    const absl::Status status = WriteValue(map, *map.constant, message);
    if (!status.ok()) row.errors.push_back({row.line, "", *map.constant, MessageOf(status), "correct the mapping"});
    return;
  }
  std::vector<std::string> cells;
  for (const std::string& column : map.columns) {
    std::string cell = Trimmed(Cell(row, column));
    if (map.columns.size() == 1 || !cell.empty()) cells.push_back(std::move(cell));
  }
  const std::string cell = absl::StrJoin(cells, map.join);
  const bool absent = std::find(map.absent.begin(), map.absent.end(), cell) != map.absent.end();
  if (map.split.empty() || absent) return WriteCell(map, cell, row, message);
  for (absl::string_view part : absl::StrSplit(cell, map.split)) WriteCell(map, Trimmed(part), row, message);
}

void Importer::LinkUp(const RecordMap& map, RowResult& row, Imported& record) const {
  for (const LinkMap& link : map.links) {
    std::string key;
    if (!link.columns.empty()) {
      key = Key(link.columns, row);
    } else {
      for (const Imported& other : row.records) {
        if (other.record->name == link.record) key = other.key;
      }
    }
    if (!key.empty()) record.links.push_back({link.field, link.record, std::move(key)});
  }
}

void Importer::MakeRecord(const RecordMap& map, RowResult& row) {
  Imported out;
  out.record = map.record;
  out.key = Key(map.key, row);
  const std::string key_columns = absl::StrJoin(map.key, ", ");
  if (out.key.empty()) {
    row.errors.push_back({row.line, key_columns, "", "is missing, but it tells rows apart", "fill in the cell"});
    return;
  }
  const auto index = static_cast<size_t>(&map - mapping_.records.data());
  out.repeat = seen_[index].count(out.key) != 0;
  if (out.repeat && !map.repeats_are_edits) {
    std::string shown = out.key;
    std::replace(shown.begin(), shown.end(), kKeySeparator[0], ' ');
    row.errors.push_back({row.line, key_columns, shown, "came before in this file", "remove one of the two rows"});
    return;
  }
  out.message = schema_.NewMessage(map.record->type);
  if (out.message == nullptr) return;
  const size_t errors_before = row.errors.size();
  for (const FieldMap& field : map.fields) WriteField(field, row, *out.message);
  LinkUp(map, row, out);
  if (row.errors.size() > errors_before) return;
  const schema::Writer city{.tier = schema::Tier::kCity, .roles = 0, .city = true};
  const absl::Status status =
      schema::Check(schema_, map.record->type, schema::FieldsOf(*out.message), {}, city, /*creating=*/true);
  if (!status.ok()) {
    row.errors.push_back({row.line, "", "", MessageOf(status), "correct the row"});
    return;
  }
  row.records.push_back(std::move(out));
}

void Importer::Warn(RowResult& row) const {
  for (size_t i = 0; i < row.cells.size(); ++i) {
    if (HasPrivateUse(row.cells[i])) {
      row.warnings.push_back({row.line, header_[i], row.cells[i],
                              "holds a private character that other computers show differently",
                              "replace it by the Unicode character"});
    }
    if (HasLostCharacter(row.cells[i])) {
      row.warnings.push_back(
          {row.line, header_[i], row.cells[i], "seems to have lost a character", "enter the name again"});
    }
  }
}

bool Importer::Next(RowResult& row) {
  row = {};
  CsvRow csv;
  if (!csv_.Next(csv)) return false;
  row.line = csv.line;
  row.cells = std::move(csv.cells);
  if (!csv.error.empty()) {
    row.errors.push_back({row.line, "", row.cells.front(), csv.error, "correct the row's quotation marks"});
    return true;
  }
  if (row.cells.size() != header_.size()) {
    row.errors.push_back({row.line, "", "",
                          absl::StrCat("the row has ", row.cells.size(), " cells, the header ", header_.size()),
                          "put cells that hold commas into quotation marks"});
    return true;
  }
  for (const RecordMap& map : mapping_.records) {
    if (Wanted(map, row)) MakeRecord(map, row);
  }
  Warn(row);
  if (!row.errors.empty()) {
    row.records.clear();
    return true;
  }
  // Only now: the key of a row that was not taken is free for its corrected twin.
  for (size_t i = 0; i < mapping_.records.size(); ++i) {
    if (Wanted(mapping_.records[i], row)) seen_[i].insert(Key(mapping_.records[i].key, row));
  }
  return true;
}

std::string Importer::RejectsHeader() const {
  std::vector<std::string> cells = {"line"};
  cells.insert(cells.end(), header_.begin(), header_.end());
  cells.push_back("reason");
  cells.push_back("next");
  return "\xEF\xBB\xBF" + CsvLine(cells);
}

std::string Importer::RejectsLine(const RowResult& row) const {
  std::vector<std::string> cells = {absl::StrCat(row.line)};
  for (size_t i = 0; i < header_.size(); ++i) cells.push_back(i < row.cells.size() ? row.cells[i] : "");
  std::vector<std::string> reasons, nexts;
  for (const CellIssue& e : row.errors) {
    reasons.push_back(e.column.empty() ? e.reason : absl::StrCat(e.column, " \"", e.value, "\" ", e.reason));
    if (std::find(nexts.begin(), nexts.end(), e.next) == nexts.end()) nexts.push_back(e.next);
  }
  cells.push_back(absl::StrJoin(reasons, "; "));
  cells.push_back(absl::StrJoin(nexts, "; "));
  return CsvLine(cells);
}

}  // namespace guanhu::import
