#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/sheet/columns.h"
#include "common/sheet/text.h"
#include "common/sheet/writer.h"

namespace guanhu::sheet {
namespace {

// Whole numbers beyond this lose digits where numbers are doubles, as in every browser.
constexpr int64_t kExactMax = int64_t{1} << 53;

std::string ValueOf(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::kEmpty:
      return "null";
    case Cell::Kind::kInteger:
    case Cell::Kind::kDecimal:
    case Cell::Kind::kMoney:
      if (cell.value <= kExactMax && cell.value >= -kExactMax) return PlainText(cell);
      [[fallthrough]];
    default:
      return JsonText(CleanText(PlainText(cell)));
  }
}

class GeoJsonWriter : public RowWriter {
 public:
  GeoJsonWriter(std::vector<Column> columns, Sink sink) : columns_(std::move(columns)), sink_(std::move(sink)) {
    for (const Column& c : columns_) titles_.push_back(JsonText(CleanText(c.title)));
    while (geometry_ < columns_.size() && !IsPointColumn(columns_[geometry_])) ++geometry_;
  }

  absl::Status Row(absl::Span<const Cell> cells) override {
    GUANHU_RETURN_IF_ERROR(status_);
    GUANHU_RETURN_IF_ERROR(status_ = CheckRow(columns_, cells));
    absl::StrAppend(&buffer_, first_ ? "" : ",", "\n{\"type\":\"Feature\",\"geometry\":");
    first_ = false;
    if (geometry_ < cells.size() && cells[geometry_].kind == Cell::Kind::kPoint) {
      const geo::Wgs p = cells[geometry_].point;
      absl::StrAppend(&buffer_, "{\"type\":\"Point\",\"coordinates\":[", DecimalText(p.lon_e7, 7), ",",
                      DecimalText(p.lat_e7, 7), "]}");
    } else {
      absl::StrAppend(&buffer_, "null");
    }
    absl::StrAppend(&buffer_, ",\"properties\":{");
    bool first = true;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i == geometry_) continue;
      absl::StrAppend(&buffer_, first ? "" : ",", titles_[i], ":", ValueOf(cells[i]));
      first = false;
    }
    absl::StrAppend(&buffer_, "}}");
    return buffer_.size() < kSinkBytes ? absl::OkStatus() : Flush();
  }

  absl::Status Finish() override {
    GUANHU_RETURN_IF_ERROR(status_);
    absl::StrAppend(&buffer_, "\n]}\n");
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
  std::vector<std::string> titles_;
  size_t geometry_ = 0;
  bool first_ = true;
  std::string buffer_ = "{\"type\":\"FeatureCollection\",\"features\":[";
};

}  // namespace

std::unique_ptr<RowWriter> NewGeoJsonWriter(std::vector<Column> columns, Sink sink) {
  return std::make_unique<GeoJsonWriter>(std::move(columns), std::move(sink));
}

}  // namespace guanhu::sheet
