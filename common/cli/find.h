// From what people type to records and places. Functions block on the service.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/api/call.h"

namespace guanhu::cli {

using api::Call;
using api::Stub;

// By full id, record code, unique prefix of it, or, for an asset, by the code on its sign. `type` may be empty.
// Errors: kNotFound; kInvalidArgument if several records answer or the record has another type.
absl::StatusOr<api::v1::RecordView> FindRecord(Stub& stub, absl::string_view text, absl::string_view type);

// A record that another one refers to: as FindRecord, or an organisation, person or facility type by its exact name or
// code. Errors: kNotFound; kInvalidArgument if several records answer.
absl::StatusOr<api::v1::RecordView> FindReference(Stub& stub, absl::string_view text);

// By place id, division code or exact name. Errors: kNotFound, kInvalidArgument if several places answer.
absl::StatusOr<api::v1::PlaceView> FindPlace(Stub& stub, absl::string_view text);

}  // namespace guanhu::cli
