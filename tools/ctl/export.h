// Tables that leave the house as files.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "guanhu/api/v1/local.pb.h"

namespace guanhu::ctl {

// `gcj02`: positions in that datum, not in the stored one. Writes the rows to `path` as CSV, XLSX or GeoJSON, which the
// path's ending says. Errors: kInvalidArgument for another ending or GeoJSON without a column of points; those of the
// writer.
absl::Status SaveTable(const api::v1::FigureTable& table, bool chinese, bool gcj02, const std::string& path);

}  // namespace guanhu::ctl
