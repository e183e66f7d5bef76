#include <xlsxwriter.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/sheet/columns.h"
#include "common/sheet/text.h"
#include "common/sheet/writer.h"

namespace guanhu::sheet {
namespace {

constexpr time_t kCreated = 946684800;  // 2000-01-01: no time at all

constexpr int64_t kExactMax = 999'999'999'999'999;  // a spreadsheet keeps 15 digits
constexpr size_t kUrlMax = 2'079;
constexpr int kLinksMax = 65'530;          // of a sheet
constexpr int64_t kEpochSerial = 25'569;   // 1970-01-01 in days of the workbook's calendar
constexpr int64_t kSerialMin = 61;         // 1900-03-01; before it the calendar holds a leap day that never was
constexpr int64_t kSerialMax = 2'958'465;  // 9999-12-31

// The file format reads _xHHHH_ as an escaped character; text that only looks so has its underscore escaped.
std::string Escaped(absl::string_view text) {
  const std::string clean = CleanText(text);
  std::string out;
  for (size_t i = 0; i < clean.size(); ++i) {
    const bool like = clean[i] == '_' && i + 6 < clean.size() && clean[i + 1] == 'x' && clean[i + 6] == '_';
    if (like) out += "_x005F";
    out += clean[i];
  }
  return out;
}

// As the format counts: UTF-16 units.
size_t CharsOf(absl::string_view utf8) {
  size_t n = 0;
  for (char c : utf8) {
    const auto b = static_cast<uint8_t>(c);
    n += (b & 0xC0) == 0x80 ? 0 : b >= 0xF0 ? 2 : 1;
  }
  return n;
}

class XlsxWriter : public RowWriter {
 public:
  XlsxWriter(std::vector<Column> columns, std::string path) : columns_(std::move(columns)), path_(std::move(path)) {}

  ~XlsxWriter() override {
    if (book_ == nullptr) return;
    lxw_workbook_free(book_);
    std::error_code gone;
    std::filesystem::remove(part_, gone);
  }

  absl::Status Open(const std::string& sheet_name) {
    part_ = path_ + ".part";
    folder_ = std::filesystem::path(path_).parent_path().string();
    if (folder_.empty()) folder_ = ".";
    // The library finds out about a folder that cannot be written only at the end.
    std::FILE* probe = std::fopen(part_.c_str(), "wb");
    if (probe == nullptr) return CannotWrite();
    std::fclose(probe);
    lxw_workbook_options options{};
    options.constant_memory = LXW_TRUE;
    options.tmpdir = folder_.data();
    options.use_zip64 = LXW_FALSE;
    book_ = workbook_new_opt(part_.c_str(), &options);
    if (book_ == nullptr) return CannotWrite();
    // Without a time of its own the library writes the present one, and the same rows would not give the same file.
    lxw_doc_properties properties{};
    properties.created = kCreated;
    workbook_set_properties(book_, &properties);
    sheet_ = workbook_add_worksheet(book_, sheet_name.empty() ? nullptr : sheet_name.c_str());
    if (sheet_ == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", sheet_name,
                       "\" cannot name a sheet: 1 to 31 characters without [ ] : * ? / \\ "
                       "are expected; choose another name"));
    }
    return Header();
  }

  absl::Status Row(absl::Span<const Cell> cells) override {
    GUANHU_RETURN_IF_ERROR(status_);
    GUANHU_RETURN_IF_ERROR(status_ = CheckRow(columns_, cells));
    if (row_ > kXlsxRowsMax) {
      return status_ = absl::ResourceExhaustedError(
                 "a workbook holds 1,048,575 rows below its header; narrow the selection or export as CSV");
    }
    uint16_t at = 0;
    for (size_t i = 0; i < cells.size() && status_.ok(); ++i) {
      if (IsPointColumn(columns_[i])) {
        const bool is = cells[i].kind == Cell::Kind::kPoint;
        if (is) status_ = Number(at, cells[i].point.lat_e7, 7, "0.0000000");
        if (is && status_.ok()) status_ = Number(static_cast<uint16_t>(at + 1), cells[i].point.lon_e7, 7, "0.0000000");
        at = static_cast<uint16_t>(at + 2);
      } else {
        status_ = Put(at, cells[i]);
        at = static_cast<uint16_t>(at + 1);
      }
    }
    ++row_;
    return status_;
  }

  absl::Status Finish() override {
    GUANHU_RETURN_IF_ERROR(status_);
    if (book_ == nullptr) return absl::FailedPreconditionError("the workbook is finished already");
    const lxw_error error = workbook_close(std::exchange(book_, nullptr));
    std::error_code failed;
    if (error == LXW_NO_ERROR) std::filesystem::rename(part_, path_, failed);
    if (error == LXW_NO_ERROR && !failed) return absl::OkStatus();
    status_ = CannotWrite();
    std::filesystem::remove(part_, failed);
    return status_;
  }

 private:
  absl::Status CannotWrite() const {
    return absl::UnavailableError(
        absl::StrCat("cannot write ", path_, "; see that its folder exists and the disk has room"));
  }

  absl::Status Header() {
    lxw_format* const bold = workbook_add_format(book_);
    format_set_bold(bold);
    uint16_t at = 0;
    const auto put = [&](const std::string& title) {
      const lxw_error error = worksheet_write_string(sheet_, 0, at, Escaped(title).c_str(), bold);
      at = static_cast<uint16_t>(at + 1);
      return Done(error, at);
    };
    if (columns_.size() > 8'000) return absl::ResourceExhaustedError("the table has too many columns; choose fewer");
    worksheet_freeze_panes(sheet_, 1, 0);
    for (const Column& c : columns_) {
      GUANHU_RETURN_IF_ERROR(put(c.title));
      if (IsPointColumn(c)) GUANHU_RETURN_IF_ERROR(put(c.lon_title));
    }
    return absl::OkStatus();
  }

  absl::Status Put(uint16_t at, const Cell& cell) {
    switch (cell.kind) {
      case Cell::Kind::kEmpty:
        return absl::OkStatus();
      case Cell::Kind::kInteger:
        return Number(at, cell.value, 0, "0");
      case Cell::Kind::kDecimal:
        return Number(at, cell.value, cell.decimals, cell.decimals == 0 ? "0" : "0." + std::string(cell.decimals, '0'));
      case Cell::Kind::kMoney:
        return Number(at, cell.value, 2, "#,##0.00");
      case Cell::Kind::kDate:
      case Cell::Kind::kTime:
        return Date(at, cell);
      case Cell::Kind::kLink:
        return Link(at, cell);
      default:
        return Text(at, PlainText(cell));
    }
  }

  absl::Status Text(uint16_t at, absl::string_view text) {
    if (text.empty()) return absl::OkStatus();
    const std::string escaped = Escaped(text);
    if (CharsOf(escaped) > kXlsxCellCharsMax) {
      return absl::ResourceExhaustedError(absl::StrCat("row ", row_ + 1, ", column ", at + 1,
                                                       ": a cell of a workbook "
                                                       "holds 32,767 characters; shorten the text or export as CSV"));
    }
    return Done(worksheet_write_string(sheet_, Row32(), at, escaped.c_str(), nullptr), at);
  }

  absl::Status Number(uint16_t at, int64_t value, int decimals, const std::string& format) {
    if (value > kExactMax || value < -kExactMax) return Text(at, DecimalText(value, decimals));
    const double shown = static_cast<double>(value) / std::pow(10.0, decimals);
    return Done(worksheet_write_number(sheet_, Row32(), at, shown, Format(format)), at);
  }

  absl::Status Date(uint16_t at, const Cell& cell) {
    const LocalTime t = ToLocal(cell.value);
    const bool minutes = cell.kind == Cell::Kind::kTime;
    const int64_t serial = t.day + kEpochSerial;
    if (serial < kSerialMin || serial > kSerialMax) return Text(at, PlainText(cell));
    const double part = minutes ? t.minute / 1440.0 : 0.0;
    return Done(worksheet_write_number(sheet_, Row32(), at, static_cast<double>(serial) + part,
                                       Format(minutes ? "yyyy-mm-dd hh:mm" : "yyyy-mm-dd")),
                at);
  }

  absl::Status Link(uint16_t at, const Cell& cell) {
    // Other schemes would run programs or open files of whoever reads the table.
    const bool web = absl::StartsWith(cell.url, "https://") || absl::StartsWith(cell.url, "http://");
    const std::string shown = cell.text.empty() ? cell.url : cell.text;
    if (!web || cell.url.size() > kUrlMax || links_ >= kLinksMax || CleanText(cell.url) != cell.url) {
      return Text(at, web ? cell.url : shown);
    }
    ++links_;
    GUANHU_RETURN_IF_ERROR(Done(
        worksheet_write_url_opt(sheet_, Row32(), at, cell.url.c_str(), nullptr, Escaped(shown).c_str(), nullptr), at));
    return absl::OkStatus();
  }

  lxw_format* Format(const std::string& number) {
    lxw_format*& format = formats_[number];
    if (format == nullptr) {
      format = workbook_add_format(book_);
      format_set_num_format(format, number.c_str());
    }
    return format;
  }

  absl::Status Done(lxw_error error, int at) const {
    if (error == LXW_NO_ERROR) return absl::OkStatus();
    return absl::InternalError(absl::StrCat("row ", row_ + 1, ", column ", at + 1, " cannot be written as XLSX (",
                                            lxw_strerror(error), "); export as CSV and report it"));
  }
  lxw_row_t Row32() const { return static_cast<lxw_row_t>(row_); }

  const std::vector<Column> columns_;
  const std::string path_;
  std::string part_, folder_;
  lxw_workbook* book_ = nullptr;
  lxw_worksheet* sheet_ = nullptr;
  std::map<std::string, lxw_format*> formats_;
  int64_t row_ = 1;
  int links_ = 0;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowWriter>> NewXlsxWriter(std::vector<Column> columns, const std::string& path,
                                                         const std::string& sheet_name) {
  auto writer = std::make_unique<XlsxWriter>(std::move(columns), path);
  GUANHU_RETURN_IF_ERROR(writer->Open(sheet_name));
  return writer;
}

}  // namespace guanhu::sheet
