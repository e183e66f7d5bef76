#include <utility>

#include "common/base/status.h"
#include "common/sheet/columns.h"
#include "common/sheet/text.h"
#include "common/sheet/writer.h"

namespace guanhu::sheet {
namespace {

class CsvWriter : public RowWriter {
 public:
  CsvWriter(std::vector<Column> columns, Sink sink) : columns_(std::move(columns)), sink_(std::move(sink)) {
    std::vector<std::string> titles;
    for (const Column& c : columns_) {
      titles.push_back(CleanText(c.title));
      if (IsPointColumn(c)) titles.push_back(CleanText(c.lon_title));
    }
    buffer_ = "\xEF\xBB\xBF" + CsvLine(titles);
  }

  absl::Status Row(absl::Span<const Cell> cells) override {
    GUANHU_RETURN_IF_ERROR(status_);
    GUANHU_RETURN_IF_ERROR(status_ = CheckRow(columns_, cells));
    texts_.clear();
    for (size_t i = 0; i < cells.size(); ++i) {
      if (IsPointColumn(columns_[i])) {
        const bool is = cells[i].kind == Cell::Kind::kPoint;
        texts_.push_back(is ? DecimalText(cells[i].point.lat_e7, 7) : "");
        texts_.push_back(is ? DecimalText(cells[i].point.lon_e7, 7) : "");
      } else {
        texts_.push_back(CleanText(PlainText(cells[i])));
      }
    }
    buffer_ += CsvLine(texts_);
    return buffer_.size() < kSinkBytes ? absl::OkStatus() : Flush();
  }

  absl::Status Finish() override {
    GUANHU_RETURN_IF_ERROR(status_);
    return Flush();
  }

 private:
  absl::Status Flush() {
    status_ = sink_(buffer_);
    buffer_.clear();
    return status_;
  }

  const std::vector<Column> columns_;
  const Sink sink_;
  absl::Status status_;
  std::string buffer_;
  std::vector<std::string> texts_;
};

}  // namespace

std::unique_ptr<RowWriter> NewCsvWriter(std::vector<Column> columns, Sink sink) {
  return std::make_unique<CsvWriter>(std::move(columns), std::move(sink));
}

}  // namespace guanhu::sheet
