// A mapping for tables whose headings are the schema's own names or labels, so that a simple table needs no file.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/schema/schema.h"

namespace guanhu::ctl {

// TOML for import::ParseMapping. Every heading that names a field of `record` is taken, enums by name or label, times
// as YYYY-MM-DD; other columns are left out. Inspections are linked to assets by the column of the asset's code.
// Errors: kInvalidArgument if no heading names a field, or the one that tells rows apart is missing.
absl::StatusOr<std::string> GuessMapping(const schema::RecordInfo& record, const std::vector<std::string>& headings);

}  // namespace guanhu::ctl
