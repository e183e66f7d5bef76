#include "common/import/table.h"

#include <utility>

#include "common/base/status.h"
#include "common/import/csv.h"
#include "common/sheet/text.h"
#include "common/sheet/xlsx_reader.h"

namespace guanhu::import {
namespace {

class CsvTable : public sheet::TableReader {
 public:
  explicit CsvTable(std::string utf8) : utf8_(std::move(utf8)), reader_(utf8_) {}
  bool Next(sheet::TableRow& row) override {
    if (!reader_.Next(row)) return false;
    for (std::string& cell : row.cells) cell = sheet::UnguardFormula(cell);
    return true;
  }

 private:
  const std::string utf8_;
  CsvReader reader_;
};

}  // namespace

absl::StatusOr<Table> OpenTable(absl::string_view bytes, const TableOptions& options) {
  GUANHU_ASSIGN_OR_RETURN(std::string unpacked, Unpack(bytes));
  Table out;
  if (sheet::LooksLikeXlsx(unpacked) || sheet::LooksLikeOldOffice(unpacked)) {
    out.workbook = true;
    GUANHU_ASSIGN_OR_RETURN(out.rows, sheet::XlsxReader::Open(std::move(unpacked), options.sheet));
    return out;
  }
  GUANHU_ASSIGN_OR_RETURN(Text text, Decode(unpacked, options.encoding));
  out.encoding = text.encoding;
  out.rows = std::make_unique<CsvTable>(std::move(text.utf8));
  return out;
}

}  // namespace guanhu::import
