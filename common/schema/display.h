// Records as text for people and as JSON. Pure and thread-safe.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/schema/schema.h"
#include "google/protobuf/message.h"

namespace guanhu::schema {

enum class Language : uint8_t { kChinese = 0, kEnglish = 1 };

struct DisplayOptions {
  Language language = Language::kChinese;
  absl::TimeZone zone = absl::FixedTimeZone(8 * 3600);  // the county's
  base::ScopeId scope;                                  // of the record, for its references
  // What people call a record; empty or no function: its code is shown.
  std::function<std::string(const base::RecordId&)> name_of;
};

absl::string_view LabelOf(const FieldInfo& field, Language language);
absl::string_view LabelOf(const RecordInfo& record, Language language);
// The label of an enum value; a value of a newer version is shown as its number.
std::string EnumLabel(const google::protobuf::EnumDescriptor& type, int value, Language language);
std::string EnumIcon(const google::protobuf::EnumDescriptor& type, int value);

// The field's value, elements joined with "; ". Empty if the field is not set.
std::string ValueText(const FieldInfo& field, const google::protobuf::Message& message, const DisplayOptions& options);

// One line for each field that is set: "label: value".
std::string RecordText(const RecordInfo& record, const google::protobuf::Message& message,
                       const DisplayOptions& options);

// Proto JSON with field names as in the .proto file. Errors: kInternal.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message);

// Leaves only fields that are public and not personal, at any depth, and nothing of a newer version.
void KeepPublic(const RecordInfo& record, google::protobuf::Message& message);

}  // namespace guanhu::schema
