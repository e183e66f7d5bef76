#include "common/schema/display.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/bytes.h"
#include "common/schema/refs.h"
#include "google/protobuf/util/json_util.h"
#include "guanhu/options/v1/options.pb.h"

namespace guanhu::schema {
namespace {

namespace pb = google::protobuf;
namespace opt = guanhu::options::v1;
using Field = pb::FieldDescriptor;

struct Unit {
  absl::string_view name;
  absl::string_view zh;
  absl::string_view en;
};
constexpr Unit kUnits[] = {
    {"mm", "毫米", "mm"},       {"dm", "分米", "dm"},         {"dm2", "平方分米", "dm²"},
    {"days", "天", "days"},     {"months", "个月", "months"}, {"s", "秒", "s"},
    {"min", "分钟", "min"},     {"persons", "人", "persons"}, {"households", "户", "households"},
    {"bytes", "字节", "bytes"}, {"px", "像素", "px"},
};

// `value` / 10^decimals.
std::string Scaled(int64_t value, int decimals) {
  std::string digits = absl::StrCat(value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value));
  const auto places = static_cast<size_t>(decimals);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  if (places > 0) digits.insert(digits.size() - places, ".");
  return absl::StrCat(value < 0 ? "-" : "", digits);
}

std::string NumberText(int64_t value, absl::string_view unit, const DisplayOptions& o) {
  const bool zh = o.language == Language::kChinese;
  if (unit == "fen") return zh ? absl::StrCat(Scaled(value, 2), " 元") : absl::StrCat("CNY ", Scaled(value, 2));
  if (unit == "ms since 1970 UTC") return absl::FormatTime("%Y-%m-%d %H:%M", absl::FromUnixMillis(value), o.zone);
  if (unit == "ms") return absl::FormatDuration(absl::Milliseconds(value));
  if (unit == "1e-7 deg") return Scaled(value, 7);
  if (unit == "1/10000") return absl::StrCat(Scaled(value, 2), " %");
  for (const Unit& u : kUnits) {
    if (u.name == unit) return absl::StrCat(value, " ", zh ? u.zh : u.en);
  }
  return absl::StrCat(value);
}

std::string MessageText(const pb::Message& message, const DisplayOptions& o);

// Index -1: a single field.
std::string ElementText(const Field& field, const pb::Message& message, int index, absl::string_view unit,
                        const DisplayOptions& o) {
  const pb::Reflection& r = *message.GetReflection();
  const bool one = index < 0;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_BOOL: {
      const bool v = one ? r.GetBool(message, &field) : r.GetRepeatedBool(message, &field, index);
      return o.language == Language::kChinese ? (v ? "是" : "否") : (v ? "yes" : "no");
    }
    case Field::CPPTYPE_ENUM:
      return EnumLabel(*field.enum_type(),
                       one ? r.GetEnumValue(message, &field) : r.GetRepeatedEnumValue(message, &field, index),
                       o.language);
    case Field::CPPTYPE_INT32:
      return NumberText(one ? r.GetInt32(message, &field) : r.GetRepeatedInt32(message, &field, index), unit, o);
    case Field::CPPTYPE_INT64:
      return NumberText(one ? r.GetInt64(message, &field) : r.GetRepeatedInt64(message, &field, index), unit, o);
    case Field::CPPTYPE_UINT32:
      return NumberText(one ? r.GetUInt32(message, &field) : r.GetRepeatedUInt32(message, &field, index), unit, o);
    case Field::CPPTYPE_UINT64: {
      const uint64_t v = one ? r.GetUInt64(message, &field) : r.GetRepeatedUInt64(message, &field, index);
      if (field.type() == Field::TYPE_FIXED64) return base::ToText(v);  // ids are read out in Crockford characters
      return v > INT64_MAX ? absl::StrCat(v) : NumberText(static_cast<int64_t>(v), unit, o);
    }
    case Field::CPPTYPE_STRING: {
      const std::string v = one ? r.GetString(message, &field) : r.GetRepeatedString(message, &field, index);
      return field.type() == Field::TYPE_STRING ? v : base::ToHex(absl::string_view(v).substr(0, 8));
    }
    case Field::CPPTYPE_MESSAGE:
      return MessageText(one ? r.GetMessage(message, &field) : r.GetRepeatedMessage(message, &field, index), o);
    case Field::CPPTYPE_DOUBLE:
    case Field::CPPTYPE_FLOAT:
      break;  // the lint refuses them
  }
  return "";
}

bool IsSet(const Field& field, const pb::Message& message) {
  const pb::Reflection& r = *message.GetReflection();
  return field.is_repeated() ? r.FieldSize(message, &field) > 0 : r.HasField(message, &field);
}

std::string FieldText(const Field& field, const pb::Message& message, absl::string_view unit, const DisplayOptions& o) {
  if (!IsSet(field, message)) return "";
  if (!field.is_repeated()) return ElementText(field, message, -1, unit, o);
  std::vector<std::string> parts;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    parts.push_back(ElementText(field, message, i, unit, o));
  }
  return absl::StrJoin(parts, "; ");
}

std::string PointText(const records::v1::Point& p) {
  std::string out = absl::StrCat(Scaled(p.lat_e7(), 7), ", ", Scaled(p.lon_e7(), 7));
  if (p.accuracy_dm() != 0) absl::StrAppend(&out, " ±", Scaled(p.accuracy_dm(), 1), " m");
  return out;
}

std::string MessageText(const pb::Message& message, const DisplayOptions& o) {
  const std::string& name = message.GetDescriptor()->full_name();
  if (name == records::v1::RecordRef::descriptor()->full_name()) {
    records::v1::RecordRef ref;
    ref.CopyFrom(message);
    const base::RecordId id = FromRef(ref, o.scope);
    const std::string called = o.name_of ? o.name_of(id) : "";
    return called.empty() ? base::ToText(base::ShortHash(id)) : called;
  }
  if (name == records::v1::Point::descriptor()->full_name()) {
    records::v1::Point point;
    point.CopyFrom(message);
    return PointText(point);
  }
  if (name == records::v1::Reading::descriptor()->full_name()) {
    records::v1::Reading reading;
    reading.CopyFrom(message);
    const int decimals = static_cast<int>(std::min(reading.decimals(), 18u));
    return absl::StrCat(reading.item(), " ", Scaled(reading.value(), decimals), " ", reading.unit());
  }
  std::vector<std::string> parts;
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const Field& field = *message.GetDescriptor()->field(i);
    std::string text = FieldText(field, message, field.options().GetExtension(opt::field).unit(), o);
    if (!text.empty()) parts.push_back(std::move(text));
  }
  return absl::StrJoin(parts, " ");
}

void StripNested(pb::Message& message) {
  const pb::Reflection& r = *message.GetReflection();
  r.MutableUnknownFields(&message)->Clear();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const Field& field = *message.GetDescriptor()->field(i);
    if (field.options().GetExtension(opt::field).personal()) {
      r.ClearField(&message, &field);
    } else if (field.cpp_type() == Field::CPPTYPE_MESSAGE && IsSet(field, message)) {
      if (!field.is_repeated()) {
        StripNested(*r.MutableMessage(&message, &field));
        continue;
      }
      for (int k = 0; k < r.FieldSize(message, &field); ++k)
        StripNested(*r.MutableRepeatedMessage(&message, &field, k));
    }
  }
}

}  // namespace

absl::string_view LabelOf(const FieldInfo& field, Language language) {
  return language == Language::kChinese ? field.zh : field.en;
}

absl::string_view LabelOf(const RecordInfo& record, Language language) {
  return language == Language::kChinese ? record.zh : record.en;
}

std::string EnumLabel(const pb::EnumDescriptor& type, int value, Language language) {
  const pb::EnumValueDescriptor* known = type.FindValueByNumber(value);
  if (known == nullptr) return absl::StrCat("#", value);
  const opt::ValueRule& rule = known->options().GetExtension(opt::value);
  const std::string& label = language == Language::kChinese ? rule.zh() : rule.en();
  return label.empty() ? known->name() : label;
}

std::string EnumIcon(const pb::EnumDescriptor& type, int value) {
  const pb::EnumValueDescriptor* known = type.FindValueByNumber(value);
  return known == nullptr ? "question" : known->options().GetExtension(opt::value).icon();
}

std::string ValueText(const FieldInfo& field, const pb::Message& message, const DisplayOptions& options) {
  return FieldText(*field.descriptor, message, field.unit, options);
}

std::string RecordText(const RecordInfo& record, const pb::Message& message, const DisplayOptions& options) {
  std::string out;
  for (const FieldInfo& field : record.fields) {
    const std::string value = ValueText(field, message, options);
    if (!value.empty()) absl::StrAppend(&out, LabelOf(field, options.language), ": ", value, "\n");
  }
  return out;
}

absl::StatusOr<std::string> ToJson(const pb::Message& message) {
  pb::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = pb::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    return absl::InternalError(absl::StrCat("a record of type ", message.GetDescriptor()->name(),
                                            " has no JSON form; report it with the record's number"));
  }
  return json;
}

void KeepPublic(const RecordInfo& record, pb::Message& message) {
  for (const FieldInfo& field : record.fields) {
    if (!field.is_public || field.personal) message.GetReflection()->ClearField(&message, field.descriptor);
  }
  StripNested(message);
}

}  // namespace guanhu::schema
