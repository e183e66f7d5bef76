#include "tools/ctl/export.h"

#include <cstdio>
#include <fstream>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/geo/datum.h"
#include "common/sheet/writer.h"

namespace guanhu::ctl {
namespace {

using api::v1::FigureCell;
using api::v1::FigureColumn;

sheet::Cell CellOf(const FigureColumn& column, const FigureCell& cell, bool gcj02) {
  if (cell.unknown()) return sheet::Cell::Empty();
  if (column.kind() == "fen") return sheet::Cell::Money(cell.number());
  if (column.kind() == "time") return sheet::Cell::Time(cell.number());
  if (column.kind() == "bp") return sheet::Cell::Decimal(cell.number(), 2);
  if (column.kind() == "number" || column.kind() == "minutes") return sheet::Cell::Integer(cell.number());
  if (column.kind() == "point") {
    const std::pair<std::string, std::string> parts = absl::StrSplit(cell.text(), ',');
    double lat = 0;
    double lon = 0;
    if (!absl::SimpleAtod(parts.first, &lat) || !absl::SimpleAtod(parts.second, &lon)) return sheet::Cell::Empty();
    const auto e7 = [](double degrees) { return static_cast<int32_t>(degrees * 1e7 + (degrees < 0 ? -0.5 : 0.5)); };
    const geo::Wgs stored{e7(lat), e7(lon)};
    if (!gcj02) return sheet::Cell::Point(stored);
    const geo::Gcj shifted = geo::ToGcj(stored);  // the file's columns say so
    return sheet::Cell::Point({shifted.lat_e7, shifted.lon_e7});
  }
  return sheet::Cell::Text(cell.text());
}

absl::StatusOr<std::unique_ptr<sheet::RowWriter>> NewWriter(const api::v1::FigureTable& table, bool chinese, bool gcj02,
                                                            const std::string& path, std::ofstream& file) {
  std::vector<sheet::Column> columns;
  bool points = false;
  for (const FigureColumn& c : table.columns()) {
    sheet::Column column{chinese ? c.label_zh() : c.label_en(), ""};
    if (c.kind() == "bp") column.title += " (%)";
    if (c.kind() == "point") {
      const char* datum = gcj02 ? " (GCJ-02)" : "";
      column.title = absl::StrCat(chinese ? "纬度" : "Latitude", datum);
      column.lon_title = absl::StrCat(chinese ? "经度" : "Longitude", datum);
      points = true;
    }
    columns.push_back(std::move(column));
  }
  if (absl::EndsWith(path, ".xlsx"))
    return sheet::NewXlsxWriter(std::move(columns), path, chinese ? table.title_zh() : table.title_en());
  const bool geo = absl::EndsWith(path, ".geojson");
  if (!geo && !absl::EndsWith(path, ".csv"))
    return absl::InvalidArgumentError(absl::StrCat(path, ": the name must end with .csv, .xlsx or .geojson"));
  if (geo && !points) return absl::InvalidArgumentError("this table has no positions; write it as .csv or .xlsx");
  file.open(path + ".part", std::ios::binary | std::ios::trunc);
  if (!file) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  const sheet::Sink sink = [&file](absl::string_view bytes) {
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return file ? absl::OkStatus() : absl::UnavailableError("the file cannot be written: is the disk full?");
  };
  return geo ? sheet::NewGeoJsonWriter(std::move(columns), sink) : sheet::NewCsvWriter(std::move(columns), sink);
}

}  // namespace

absl::Status SaveTable(const api::v1::FigureTable& table, bool chinese, bool gcj02, const std::string& path) {
  std::ofstream file;
  GUANHU_ASSIGN_OR_RETURN(const std::unique_ptr<sheet::RowWriter> writer, NewWriter(table, chinese, gcj02, path, file));
  std::vector<sheet::Cell> cells;
  for (const auto& row : table.rows()) {
    cells.clear();
    for (int i = 0; i < row.cells_size(); ++i) cells.push_back(CellOf(table.columns(i), row.cells(i), gcj02));
    GUANHU_RETURN_IF_ERROR(writer->Row(cells));
  }
  GUANHU_RETURN_IF_ERROR(writer->Finish());
  if (!file.is_open()) return absl::OkStatus();
  file.close();
  if (!file || std::rename((path + ".part").c_str(), path.c_str()) != 0)
    return absl::UnavailableError(absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

}  // namespace guanhu::ctl
