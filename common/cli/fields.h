// From what people type for a field ("state=在用") to a record's message. Reads names, labels and units from the
// schema.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/schema/schema.h"
#include "google/protobuf/message.h"

namespace guanhu::cli {

// What a value may need of the node.
struct Lookups {
  std::function<absl::StatusOr<base::RecordId>(absl::string_view)> record;
  std::function<absl::StatusOr<base::PlaceId>(absl::string_view)> place;
};

// By name in the .proto file, Chinese or English label. Errors: kInvalidArgument naming the closest fields.
absl::StatusOr<const schema::FieldInfo*> FindField(const schema::RecordInfo& record, absl::string_view name);

// "asset", "Asset", "设施" -> the record type. Errors: kInvalidArgument naming the types.
absl::StatusOr<const schema::RecordInfo*> FindType(const schema::Schema& schema, absl::string_view name);

// By name with or without its prefix, Chinese or English label, or number. Errors: kInvalidArgument naming the values.
absl::StatusOr<int> FindEnumValue(const google::protobuf::EnumDescriptor& type, absl::string_view text);

// Sets `field` of `message` from text: enums by name or label; times as "2026-11-25", "2026-11-25 10:30" or ms; amounts
// as fen or "12.50元"; a point as "LAT,LON" in degrees; bytes in hex; references by record code; lists separated by
// commas; anything as proto JSON when it starts with { or [. Empty text clears the field.
// `scope` is that of the record that will hold it. Errors: kInvalidArgument with what would be right; those of lookups.
absl::Status SetField(const schema::FieldInfo& field, absl::string_view text, const base::ScopeId& scope,
                      const Lookups& lookups, absl::TimeZone zone, google::protobuf::Message& message);

// Merges proto JSON of the record type into `message`. Errors: kInvalidArgument.
absl::Status MergeJson(absl::string_view json, google::protobuf::Message& message);

// "2026-11-25", "2026-11-25 10:30" or RFC 3339. Errors: kInvalidArgument.
absl::StatusOr<absl::Time> ParseWhen(absl::string_view text, absl::TimeZone zone);

}  // namespace guanhu::cli
