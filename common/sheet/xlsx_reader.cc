#include "common/sheet/xlsx_reader.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/sheet/cell.h"
#include "common/sheet/elements.h"
#include "common/sheet/workbook.h"
#include "common/sheet/xml_text.h"
#include "common/sheet/zip_parts.h"

namespace guanhu::sheet {
namespace {

constexpr size_t kRowBytesMax = 8 * 1024 * 1024;
constexpr size_t kRowTextMax = 1024 * 1024;
constexpr int64_t kEpochSerial = 25'569;  // 1970-01-01
constexpr int64_t kShift1904 = 1'462;

// The column of a reference such as "BC12", from 0; false if it is none.
bool ColumnOf(absl::string_view reference, size_t& column) {
  size_t n = 0, letters = 0;
  for (; letters < reference.size() && absl::ascii_isalpha(static_cast<unsigned char>(reference[letters])); ++letters) {
    if (letters == 3) return false;  // the last column is XFD
    n = n * 26 + static_cast<size_t>(absl::ascii_toupper(static_cast<unsigned char>(reference[letters])) - 'A' + 1);
  }
  if (letters == 0) return false;
  column = n - 1;
  return true;
}

absl::StatusOr<const Workbook::Sheet*> Choose(const Workbook& book, const std::string& name) {
  std::vector<std::string> names;
  for (const Workbook::Sheet& s : book.sheets) {
    if (name.empty() ? !s.hidden : s.name == name) return &s;
    names.push_back(s.name);
  }
  if (name.empty()) return &book.sheets.front();
  return absl::InvalidArgumentError(
      absl::StrCat("the workbook has no sheet \"", name, "\"; choose one of ", absl::StrJoin(names, ", ")));
}

}  // namespace

bool LooksLikeXlsx(absl::string_view bytes) { return absl::StartsWith(bytes, absl::string_view("PK\x03\x04", 4)); }

bool LooksLikeOldOffice(absl::string_view bytes) { return absl::StartsWith(bytes, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"); }

std::string NumberText(double value) {
  if (!std::isfinite(value)) return "";
  if (std::abs(value) >= 1e15) return absl::StrFormat("%.0f", value);
  const double size = std::abs(value);
  const int before = size < 1 ? 1 : static_cast<int>(std::floor(std::log10(size))) + 1;
  std::string out = absl::StrFormat("%.*f", std::clamp(15 - before, 0, 15), value);
  if (out.find('.') != std::string::npos) {
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
  }
  return out == "-0" ? "0" : out;
}

std::string SerialText(double serial, bool time, bool from_1904) {
  if (from_1904) serial += static_cast<double>(kShift1904);
  if (!(serial >= 0 && serial < 2'958'466)) return "";
  auto day = static_cast<int64_t>(std::floor(serial));
  auto second = std::llround((serial - std::floor(serial)) * 86'400);
  if (second == 86'400) {
    ++day;
    second = 0;
  }
  const std::string clock =
      absl::StrFormat(second % 60 == 0 ? "%02d:%02d" : "%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
  if (day == 0 && time) return clock;
  // Up to serial 60 the calendar is a day off: it takes 1900 for a leap year.
  const std::string date = DayText(day - kEpochSerial + (day < 60 ? 1 : 0));
  return second == 0 ? date : absl::StrCat(date, " ", clock);
}

struct XlsxReader::State {
  std::unique_ptr<ZipParts> parts;
  XlsxLimits limits;
  Workbook book;
  std::vector<std::string> names;
  std::vector<std::string> strings;
  std::unique_ptr<ElementReader> elements;
  pugi::xml_document document;
  int64_t rows = 0;
  int64_t line = 0;
  bool ended = false;

  absl::StatusOr<std::unique_ptr<ElementReader>> Rows(const std::string& part) const {
    GUANHU_ASSIGN_OR_RETURN(std::unique_ptr<ZipPart> stream, parts->Stream(part, limits.sheet_bytes));
    return std::make_unique<ElementReader>(std::move(stream), "row", kRowBytesMax);
  }

  absl::Status Check(const std::string& part) {
    GUANHU_ASSIGN_OR_RETURN(const std::unique_ptr<ElementReader> all, Rows(part));
    absl::string_view element;
    for (;;) {
      GUANHU_ASSIGN_OR_RETURN(const bool more, all->Next(element));
      if (!more) return absl::OkStatus();
      if (++rows > limits.rows) {
        return absl::ResourceExhaustedError(
            absl::StrCat("the sheet has more than ", limits.rows, " rows; cut it into several files"));
      }
    }
  }

  std::string Text(const pugi::xml_node& cell, std::string& error) const {
    const absl::string_view type = cell.attribute("t").value();
    if (type == "inlineStr") return RichText(Child(cell, "is"));
    const std::string raw = Child(cell, "v").text().get();
    if (type == "str" || type == "d" || raw.empty()) return raw;
    if (type == "b") return raw == "1" || raw == "true" ? "true" : "false";
    if (type == "e") {
      error = absl::StrCat("cell ", cell.attribute("r").value(), " holds the error ", raw);
      return raw;
    }
    if (type == "s") {
      size_t index = 0;
      if (absl::SimpleAtoi(raw, &index) && index < strings.size()) return strings[index];
      error = absl::StrCat("cell ", cell.attribute("r").value(), " refers to a text that the workbook lacks");
      return "";
    }
    double number = 0;
    if (!absl::SimpleAtod(raw, &number) || !std::isfinite(number)) {
      error = absl::StrCat("cell ", cell.attribute("r").value(), " holds no number");
      return raw;
    }
    const auto style = static_cast<size_t>(std::max(cell.attribute("s").as_int(), 0));
    const Shown shown = style < book.styles.size() ? book.styles[style] : Shown::kNumber;
    const std::string date = shown == Shown::kNumber ? "" : SerialText(number, shown == Shown::kTime, book.from_1904);
    return date.empty() ? NumberText(number) : date;
  }

  void Fill(const pugi::xml_node& node, TableRow& row) const {
    size_t next = 0, bytes = 0;
    for (const pugi::xml_node& cell : node.children()) {
      if (!Is(cell, "c")) continue;
      const absl::string_view reference = cell.attribute("r").value();
      size_t column = next;
      if (!reference.empty() && !ColumnOf(reference, column)) {
        row.error = absl::StrCat("\"", reference, "\" names no cell");
        return;
      }
      next = column + 1;
      std::string text = Text(cell, row.error);
      if (text.empty()) continue;
      if (column >= limits.columns) {
        row.error = absl::StrCat("cell ", reference, " is beyond column ", limits.columns);
        return;
      }
      // A few bytes of XML may name a shared text of a megabyte over and over.
      bytes += text.size();
      if (bytes > kRowTextMax) {
        row.cells.clear();
        row.error = "the row holds more than 1 MiB of text";
        return;
      }
      if (row.cells.size() <= column) row.cells.resize(column + 1);
      row.cells[column] = std::move(text);
    }
  }
};

XlsxReader::XlsxReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
XlsxReader::~XlsxReader() = default;

const std::vector<std::string>& XlsxReader::sheets() const { return state_->names; }
int64_t XlsxReader::rows() const { return state_->rows; }

absl::StatusOr<std::unique_ptr<XlsxReader>> XlsxReader::Open(std::string bytes, const std::string& sheet,
                                                             const XlsxLimits& limits) {
  if (LooksLikeOldOffice(bytes)) {
    return absl::InvalidArgumentError(
        "the file is an .xls of an old program or has a password; save it as .xlsx without a password");
  }
  auto state = std::make_unique<State>();
  state->limits = limits;
  GUANHU_ASSIGN_OR_RETURN(state->parts, ZipParts::Open(std::move(bytes)));
  GUANHU_ASSIGN_OR_RETURN(state->book, ReadWorkbook(*state->parts));
  for (const Workbook::Sheet& s : state->book.sheets) state->names.push_back(s.name);
  GUANHU_ASSIGN_OR_RETURN(const Workbook::Sheet* const chosen, Choose(state->book, sheet));
  GUANHU_RETURN_IF_ERROR(state->Check(chosen->part));
  GUANHU_ASSIGN_OR_RETURN(state->strings, ReadStrings(*state->parts, state->book.strings_part, limits.strings_bytes));
  GUANHU_ASSIGN_OR_RETURN(state->elements, state->Rows(chosen->part));
  return std::unique_ptr<XlsxReader>(new XlsxReader(std::move(state)));
}

bool XlsxReader::Next(TableRow& row) {
  State& s = *state_;
  while (!s.ended) {
    row = {};
    absl::string_view element;
    const absl::StatusOr<bool> more = s.elements->Next(element);
    row.line = s.line + 1;
    if (!more.ok()) {
      s.ended = true;
      row.error = std::string(more.status().message());
      return true;
    }
    if (!*more) break;
    if (!LoadXml(s.document, element)) {
      row.error = "the row is no XML";
    } else {
      const pugi::xml_node node = s.document.document_element();
      row.line = node.attribute("r").as_llong(row.line);
      s.Fill(node, row);
    }
    s.line = row.line;
    if (!row.error.empty() || !row.cells.empty()) return true;
  }
  s.ended = true;
  return false;
}

}  // namespace guanhu::sheet
