// The work of one village of a sample county over the years, written by its own device and by its township's.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/ids.h"
#include "tools/seed/writer.h"

namespace guanhu::seed {

struct VillagePlan {
  base::PlaceId place;
  std::string name;
  uint32_t number = 0;  // in the county, from 0
  size_t assets = 0;
  size_t inspections = 0;
  int64_t from_ms = 0;
  int64_t to_ms = 0;
  std::vector<base::RecordId> types;  // in the order of FacilityKinds()
  base::RecordId standard;
  uint64_t seed = 0;
};

// Writes all of it at both devices; nothing is handed in. Errors: those of the nodes.
absl::Status WriteVillage(const VillagePlan& plan, Writer& village, Writer& township);

}  // namespace guanhu::seed
