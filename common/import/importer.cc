#include "common/import/importer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/import/points.h"
#include "common/import/values.h"
#include "common/schema/check.h"
#include "common/schema/fields.h"
#include "common/sheet/text.h"

namespace guanhu::import {
namespace {

namespace pb = google::protobuf;

constexpr char kKeySeparator[] = "\x1f";

// Headings of a table of rejects around the file's own.
constexpr char kLine[] = "line", kReason[] = "reason", kNext[] = "next";

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

// A day or time as workbooks give it; nullptr for anything else.
const char* IsoForm(absl::string_view cell) {
  static constexpr absl::string_view kShape = "0000-00-00 00:00:00";
  if (cell.size() > kShape.size()) return nullptr;
  for (size_t i = 0; i < cell.size(); ++i) {
    const bool digit = cell[i] >= '0' && cell[i] <= '9';
    if (kShape[i] == '0' ? !digit : cell[i] != kShape[i]) return nullptr;
  }
  switch (cell.size()) {
    case 10:
      return "%Y-%m-%d";
    case 16:
      return "%Y-%m-%d %H:%M";
    case 19:
      return "%Y-%m-%d %H:%M:%S";
    default:
      return nullptr;
  }
}

}  // namespace

Importer::Importer(const schema::Schema& schema, const Mapping& mapping, Table table)
    : schema_(schema), mapping_(mapping), table_(std::move(table)), seen_(mapping.records.size()) {}

absl::StatusOr<std::unique_ptr<Importer>> Importer::Open(const schema::Schema& schema, const Mapping& mapping,
                                                         absl::string_view bytes) {
  GUANHU_ASSIGN_OR_RETURN(Table table, OpenTable(bytes, {mapping.encoding, mapping.sheet}));
  std::unique_ptr<Importer> importer(new Importer(schema, mapping, std::move(table)));
  GUANHU_RETURN_IF_ERROR(importer->ReadHeader());
  return importer;
}

// The row of the headings. Tables of rejects have theirs at the top, wherever the mapping says that the file's own is.
absl::Status Importer::FirstRow(sheet::TableRow& row) {
  do {
    if (!table_.rows->Next(row)) {
      return absl::InvalidArgumentError(
          mapping_.header_row > 1 ? absl::StrCat("the file ends before row ", mapping_.header_row,
                                                 ", where the mapping looks for the headings; correct \"header_row\"")
                                  : "the file is empty; choose another one");
    }
    rejects_ = row.cells.size() > 3 && row.cells.front() == kLine && row.cells.back() == kNext &&
               row.cells[row.cells.size() - 2] == kReason;
  } while (row.line < mapping_.header_row && !rejects_);
  if (row.error.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the file's line ", row.line, " names no columns: ", row.error, "; correct the line"));
}

absl::Status Importer::ReadHeader() {
  sheet::TableRow row;
  GUANHU_RETURN_IF_ERROR(FirstRow(row));
  for (const std::string& cell : row.cells) header_.push_back(Trimmed(cell));
  for (size_t i = 0; i < header_.size(); ++i) columns_.emplace_back(header_[i], i);
  std::sort(columns_.begin(), columns_.end());
  for (size_t i = 1; i < columns_.size(); ++i) {
    if (!columns_[i].first.empty() && columns_[i].first == columns_[i - 1].first) {
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
  absl::Status status;
  if (const char* iso = table_.workbook && !map.date.empty() ? IsoForm(value) : nullptr; iso != nullptr) {
    FieldMap day = map;  // a real date of the workbook has no form of its own
    day.date = iso;
    status = WriteValue(day, value, message);
  } else {
    status = WriteValue(map, value, message);
  }
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

void Importer::MovePoints(const RecordMap& map, RowResult& row, pb::Message& message) const {
  if (map.datum == Datum::kWgs84) return;
  const pb::FieldDescriptor* done = nullptr;
  for (const FieldMap& field : map.fields) {
    if (field.field == nullptr || field.field == done || !IsPointField(*field.field)) continue;
    done = field.field;
    if (FromGcj(*field.field, message)) continue;
    row.errors.push_back({row.line, field.columns.empty() ? "" : field.columns.front(), "",
                          "is not a point: latitude and longitude in degrees are needed", "correct both cells"});
  }
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
  MovePoints(map, row, *out.message);
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

// As many cells as headings. A workbook leaves out the empty cells at a row's end.
bool Importer::Squared(RowResult& row) const {
  if (table_.workbook && row.cells.size() < header_.size()) row.cells.resize(header_.size());
  if (row.cells.size() == header_.size()) return true;
  row.errors.push_back({row.line, "", "",
                        absl::StrCat("the row has ", row.cells.size(), " cells, the header ", header_.size()),
                        table_.workbook ? "give every column a heading, or empty its cells"
                                        : "put cells that hold commas into quotation marks"});
  return false;
}

bool Importer::Next(RowResult& row) {
  row = {};
  sheet::TableRow read;
  if (!table_.rows->Next(read)) return false;
  row.line = read.line;
  row.cells = std::move(read.cells);
  if (!read.error.empty()) {
    row.errors.push_back({row.line, "", row.cells.empty() ? "" : row.cells.front(), read.error,
                          table_.workbook ? "correct the cell" : "correct the row's quotation marks"});
    return true;
  }
  if (!Squared(row)) return true;
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
  std::vector<std::string> cells = {kLine};
  const auto own = OwnColumns();
  cells.insert(cells.end(), header_.begin() + own.first, header_.begin() + own.second);
  cells.push_back(kReason);
  cells.push_back(kNext);
  return "\xEF\xBB\xBF" + sheet::CsvLine(cells);
}

std::pair<std::ptrdiff_t, std::ptrdiff_t> Importer::OwnColumns() const {
  const auto size = static_cast<std::ptrdiff_t>(header_.size());
  return rejects_ ? std::pair<std::ptrdiff_t, std::ptrdiff_t>{1, size - 2}
                  : std::pair<std::ptrdiff_t, std::ptrdiff_t>{0, size};
}

std::string Importer::RejectsLine(const RowResult& row) const {
  std::vector<std::string> cells = {absl::StrCat(row.line)};
  const auto own = OwnColumns();
  for (auto i = static_cast<size_t>(own.first); i < static_cast<size_t>(own.second); ++i)
    cells.push_back(i < row.cells.size() ? row.cells[i] : "");
  std::vector<std::string> reasons, nexts;
  for (const CellIssue& e : row.errors) {
    reasons.push_back(e.column.empty() ? e.reason : absl::StrCat(e.column, " \"", e.value, "\" ", e.reason));
    if (std::find(nexts.begin(), nexts.end(), e.next) == nexts.end()) nexts.push_back(e.next);
  }
  cells.push_back(absl::StrJoin(reasons, "; "));
  cells.push_back(absl::StrJoin(nexts, "; "));
  return sheet::CsvLine(cells);
}

}  // namespace guanhu::import
