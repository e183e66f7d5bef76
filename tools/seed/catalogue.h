// What a sample county is made of: the fifteen bodies of the county's plan, and facility types of the eight classes.
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/common.pb.h"

namespace guanhu::seed {

struct FacilityKind {
  const char* code;
  const char* zh;
  const char* en;
  records::v1::FacilityClass facility_class;
  uint32_t department;  // index into Departments()
  records::v1::OperatingKind operating;
  uint32_t interval_days;
  uint32_t share;  // of all assets, relative
};

absl::Span<const char* const> Departments();
absl::Span<const FacilityKind> FacilityKinds();

}  // namespace guanhu::seed
