// From cells to values. Pure and thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/import/mapping.h"
#include "google/protobuf/message.h"

namespace guanhu::import {

// cell x factor / 10^factor_decimals, exactly, then rounded half away from zero. "1 204,5" is not a number.
// Errors: kInvalidArgument with a reason for people; kOutOfRange beyond 64 bits.
absl::StatusOr<int64_t> ParseDecimal(absl::string_view cell, int64_t factor, int factor_decimals);

// Milliseconds since 1970 UTC. Errors: kInvalidArgument; years before 1900 and after 2100 are taken as typing errors.
absl::StatusOr<int64_t> ParseDate(absl::string_view cell, const std::string& format, int utc_offset_minutes);

// Writes one value (after `values`, `split` and `absent`). Errors: kInvalidArgument with a reason for people.
absl::Status WriteValue(const FieldMap& map, const std::string& value, google::protobuf::Message& message);

// Writes `text` as the constant of a field. Errors: kInvalidArgument.
absl::Status WriteScalar(const google::protobuf::FieldDescriptor& field, const FieldMap& how, const std::string& text,
                         google::protobuf::Message& message);

}  // namespace guanhu::import
