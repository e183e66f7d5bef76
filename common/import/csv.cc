#include "common/import/csv.h"

#include <csv.h>

namespace guanhu::import {
namespace {

// A quoted cell that goes on for longer is a quote that somebody forgot to close.
constexpr int64_t kRowLinesMax = 256;

// The library trims what this calls a space; cells keep theirs.
int NoSpace(unsigned char) { return 0; }

absl::string_view TakeLine(absl::string_view& rest) {
  const size_t end = rest.find('\n');
  const absl::string_view line = rest.substr(0, end == absl::string_view::npos ? rest.size() : end + 1);
  rest.remove_prefix(line.size());
  return line;
}

absl::string_view WithoutEnd(absl::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

struct CsvReader::Parser {
  csv_parser csv{};
  std::vector<std::string> cells;
  bool row_ended = false;

  Parser() { Open(); }
  ~Parser() { csv_free(&csv); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  void Open() {
    csv_init(&csv, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_space_func(&csv, NoSpace);
    cells.clear();
    row_ended = false;
  }
  void Reset() {
    csv_free(&csv);
    Open();
  }
  static void OnCell(void* data, size_t size, void* self) {
    static_cast<Parser*>(self)->cells.emplace_back(static_cast<const char*>(data), data == nullptr ? 0 : size);
  }
  static void OnRow(int, void* self) { static_cast<Parser*>(self)->row_ended = true; }
  bool Feed(absl::string_view bytes) {
    return csv_parse(&csv, bytes.data(), bytes.size(), OnCell, OnRow, this) == bytes.size();
  }
  bool Finish() { return csv_fini(&csv, OnCell, OnRow, this) == 0; }
};

CsvReader::CsvReader(absl::string_view utf8) : parser_(std::make_unique<Parser>()), rest_(utf8) {}
CsvReader::~CsvReader() = default;

bool CsvReader::Next(CsvRow& row) {
  row = {};
  absl::string_view first, after_first;
  while (!rest_.empty()) {
    const absl::string_view line = TakeLine(rest_);
    ++line_;
    if (row.line == 0) {
      row.line = line_;
      first = WithoutEnd(line);
      after_first = rest_;
    }
    bool fine = parser_->Feed(line) && line_ - row.line < kRowLinesMax;
    if (fine && rest_.empty() && !parser_->row_ended) fine = parser_->Finish();
    if (!fine) {
      // Goes on behind the row's first line: a stray quote must not swallow the rest of the file.
      parser_->Reset();
      rest_ = after_first;
      line_ = row.line;
      row.cells = {std::string(first.data(), first.size())};
      row.error = "a quotation mark stands where none may stand, or is not closed";
      return true;
    }
    if (parser_->row_ended) {
      row.cells = std::move(parser_->cells);
      parser_->cells.clear();
      parser_->row_ended = false;
      return true;
    }
    if (first.empty() && row.line == line_) row.line = 0;  // an empty line
  }
  return false;
}

}  // namespace guanhu::import
