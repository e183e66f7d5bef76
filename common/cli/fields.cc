#include "common/cli/fields.h"

#include <cmath>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/schema/display.h"
#include "common/schema/refs.h"
#include "google/protobuf/util/json_util.h"
#include "guanhu/records/v1/common.pb.h"

namespace guanhu::cli {
namespace {

namespace pb = google::protobuf;
using Descriptor = pb::FieldDescriptor;

std::string Lower(absl::string_view text) {
  return absl::AsciiStrToLower(absl::StrReplaceAll(text, {{"-", "_"}, {" ", "_"}}));
}

// "ASSET_STATE_UNSPECIFIED" -> "ASSET_STATE_".
std::string PrefixOf(const pb::EnumDescriptor& type) {
  const pb::EnumValueDescriptor* zero = type.FindValueByNumber(0);
  const absl::string_view name = zero == nullptr ? absl::string_view() : absl::string_view(zero->name());
  return absl::EndsWith(name, "UNSPECIFIED") ? std::string(absl::StripSuffix(name, "UNSPECIFIED")) : "";
}

absl::Status Wrong(const schema::FieldInfo& field, absl::string_view text, absl::string_view wanted) {
  return absl::InvalidArgumentError(absl::StrCat(schema::Label(field), ": \"", text, "\" is not ", wanted));
}

// Fen from "12.5元", "12.50 yuan"; nothing if the text has no such ending.
absl::StatusOr<int64_t> ParseFen(const schema::FieldInfo& field, absl::string_view text) {
  absl::string_view number = text;
  const bool yuan = absl::ConsumeSuffix(&number, "元") || absl::ConsumeSuffix(&number, "yuan");
  number = absl::StripAsciiWhitespace(number);
  int64_t whole = 0;
  if (!yuan) {
    if (!absl::SimpleAtoi(number, &whole))
      return Wrong(field, text, "a whole number of fen or an amount such as 12.50元");
    return whole;
  }
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(number, absl::MaxSplits('.', 1));
  int64_t cents = 0;
  const std::string fraction = absl::StrCat(parts.second, parts.second.size() == 1 ? "0"
                                                          : parts.second.empty()   ? "00"
                                                                                   : "");
  if (!absl::SimpleAtoi(parts.first, &whole) || fraction.size() != 2 || !absl::SimpleAtoi(fraction, &cents) ||
      cents < 0 || std::abs(whole) > 90'000'000'000'000) {
    return Wrong(field, text, "an amount such as 12.50元");
  }
  return whole * 100 + (absl::StartsWith(number, "-") ? -cents : cents);
}

absl::StatusOr<int64_t> ParseNumber(const schema::FieldInfo& field, absl::string_view text, absl::TimeZone zone) {
  int64_t value = 0;
  if (field.unit == "fen") return ParseFen(field, text);
  if (absl::SimpleAtoi(text, &value)) return value;
  if (field.unit == "ms since 1970 UTC") {
    absl::StatusOr<absl::Time> when = ParseWhen(text, zone);
    if (!when.ok()) return Wrong(field, text, "a time such as 2026-11-25 or \"2026-11-25 10:30\"");
    return absl::ToUnixMillis(*when);
  }
  return Wrong(field, text, "a whole number");
}

absl::StatusOr<bool> ParseBool(const schema::FieldInfo& field, absl::string_view text) {
  for (const absl::string_view yes : {"true", "yes", "1", "是"}) {
    if (absl::EqualsIgnoreCase(text, yes)) return true;
  }
  for (const absl::string_view no : {"false", "no", "0", "否"}) {
    if (absl::EqualsIgnoreCase(text, no)) return false;
  }
  return Wrong(field, text, "yes or no");
}

// Puts a value of a single or repeated field.
class Setter {
 public:
  Setter(const Descriptor* descriptor, pb::Message& message)
      : d_(descriptor), m_(message), r_(*message.GetReflection()) {}
  void Bool(bool v) { d_->is_repeated() ? r_.AddBool(&m_, d_, v) : r_.SetBool(&m_, d_, v); }
  void Enum(int v) { d_->is_repeated() ? r_.AddEnumValue(&m_, d_, v) : r_.SetEnumValue(&m_, d_, v); }
  void Text(std::string v) {
    d_->is_repeated() ? r_.AddString(&m_, d_, std::move(v)) : r_.SetString(&m_, d_, std::move(v));
  }
  void Unsigned64(uint64_t v) { d_->is_repeated() ? r_.AddUInt64(&m_, d_, v) : r_.SetUInt64(&m_, d_, v); }
  pb::Message* Message() { return d_->is_repeated() ? r_.AddMessage(&m_, d_) : r_.MutableMessage(&m_, d_); }
  // False if the value does not fit.
  bool Number(int64_t v) {
    switch (d_->cpp_type()) {
      case Descriptor::CPPTYPE_INT32:
        if (v < INT32_MIN || v > INT32_MAX) return false;
        d_->is_repeated() ? r_.AddInt32(&m_, d_, static_cast<int32_t>(v))
                          : r_.SetInt32(&m_, d_, static_cast<int32_t>(v));
        return true;
      case Descriptor::CPPTYPE_UINT32:
        if (v < 0 || v > UINT32_MAX) return false;
        d_->is_repeated() ? r_.AddUInt32(&m_, d_, static_cast<uint32_t>(v))
                          : r_.SetUInt32(&m_, d_, static_cast<uint32_t>(v));
        return true;
      case Descriptor::CPPTYPE_UINT64:
        if (v < 0) return false;
        Unsigned64(static_cast<uint64_t>(v));
        return true;
      default:
        d_->is_repeated() ? r_.AddInt64(&m_, d_, v) : r_.SetInt64(&m_, d_, v);
        return true;
    }
  }

 private:
  const Descriptor* d_;
  pb::Message& m_;
  const pb::Reflection& r_;
};

absl::Status SetPoint(const schema::FieldInfo& field, absl::string_view text, pb::Message& out) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ',');
  double lat = 0;
  double lon = 0;
  double accuracy_m = 0;
  const bool read = (parts.size() == 2 || parts.size() == 3) && absl::SimpleAtod(parts[0], &lat) &&
                    absl::SimpleAtod(parts[1], &lon) && (parts.size() == 2 || absl::SimpleAtod(parts[2], &accuracy_m));
  if (!read || !(std::abs(lat) <= 90) || !(std::abs(lon) <= 180) || !(accuracy_m >= 0 && accuracy_m < 1e6)) {
    return Wrong(field, text, "a position such as 37.0269,111.9167 (latitude, longitude in degrees)");
  }
  records::v1::Point point;
  point.set_lat_e7(static_cast<int32_t>(std::lround(lat * 1e7)));
  point.set_lon_e7(static_cast<int32_t>(std::lround(lon * 1e7)));
  point.set_accuracy_dm(static_cast<uint32_t>(std::lround(accuracy_m * 10)));
  point.set_source(records::v1::POINT_SOURCE_MAP_PIN);
  out.CopyFrom(point);
  return absl::OkStatus();
}

absl::Status SetMessage(const schema::FieldInfo& field, absl::string_view text, const base::ScopeId& scope,
                        const Lookups& lookups, pb::Message& out) {
  const std::string& type = out.GetDescriptor()->full_name();
  if (absl::StartsWith(text, "{")) return MergeJson(text, out);
  if (type == records::v1::Point::descriptor()->full_name()) return SetPoint(field, text, out);
  if (type == records::v1::RecordRef::descriptor()->full_name()) {
    absl::StatusOr<base::RecordId> id = lookups.record(text);
    if (!id.ok())
      return absl::Status(id.status().code(), absl::StrCat(schema::Label(field), ": ", id.status().message()));
    out.CopyFrom(schema::ToRef(*id, scope));
    return absl::OkStatus();
  }
  return Wrong(field, text, "a JSON object, as this field needs");
}

absl::Status SetId(const schema::FieldInfo& field, absl::string_view text, const Lookups& lookups, Setter& set) {
  if (absl::StrContains(field.name, "place") || field.name == "parent") {
    GUANHU_ASSIGN_OR_RETURN(const base::PlaceId place, lookups.place(text));
    set.Unsigned64(place.value);
    return absl::OkStatus();
  }
  absl::StatusOr<uint64_t> id = base::ParseCrockford(text);
  if (!id.ok()) return Wrong(field, text, "an id of 13 characters");
  set.Unsigned64(*id);
  return absl::OkStatus();
}

absl::Status SetElement(const schema::FieldInfo& field, absl::string_view text, const base::ScopeId& scope,
                        const Lookups& lookups, absl::TimeZone zone, pb::Message& message) {
  Setter set(field.descriptor, message);
  switch (field.descriptor->cpp_type()) {
    case Descriptor::CPPTYPE_BOOL: {
      GUANHU_ASSIGN_OR_RETURN(const bool value, ParseBool(field, text));
      set.Bool(value);
      return absl::OkStatus();
    }
    case Descriptor::CPPTYPE_ENUM: {
      absl::StatusOr<int> value = FindEnumValue(*field.descriptor->enum_type(), text);
      if (!value.ok())
        return absl::InvalidArgumentError(absl::StrCat(schema::Label(field), ": ", value.status().message()));
      set.Enum(*value);
      return absl::OkStatus();
    }
    case Descriptor::CPPTYPE_STRING: {
      if (field.descriptor->type() == Descriptor::TYPE_STRING) {
        set.Text(std::string(text));
        return absl::OkStatus();
      }
      const bool hex = text.size() % 2 == 0 && absl::c_all_of(text, absl::ascii_isxdigit);
      if (!hex) return Wrong(field, text, "hex digits");
      set.Text(absl::HexStringToBytes(text));
      return absl::OkStatus();
    }
    case Descriptor::CPPTYPE_MESSAGE:
      return SetMessage(field, text, scope, lookups, *set.Message());
    default:
      break;
  }
  if (field.descriptor->type() == Descriptor::TYPE_FIXED64) return SetId(field, text, lookups, set);
  GUANHU_ASSIGN_OR_RETURN(const int64_t number, ParseNumber(field, text, zone));
  if (!set.Number(number)) return Wrong(field, text, "a number that this field can hold");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<absl::Time> ParseWhen(absl::string_view text, absl::TimeZone zone) {
  absl::Time time;
  std::string error;
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", absl::RFC3339_full}) {
    if (absl::ParseTime(format, text, zone, &time, &error)) return time;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is no time such as 2026-11-25 or \"2026-11-25 10:30\""));
}

absl::StatusOr<const schema::FieldInfo*> FindField(const schema::RecordInfo& record, absl::string_view name) {
  // The name first: a label of one field may be the name of another ("photos").
  if (const schema::FieldInfo* field = record.Field(Lower(name)); field != nullptr) return field;
  std::vector<std::string> names;
  for (const schema::FieldInfo& field : record.fields) {
    if (field.zh == name || absl::EqualsIgnoreCase(field.en, name)) return &field;
    if (field.number < schema::kDeletedField) names.push_back(field.name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat(record.name, " has no field \"", name, "\"; it has ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<const schema::RecordInfo*> FindType(const schema::Schema& schema, absl::string_view name) {
  std::vector<std::string> names;
  const std::string wanted = absl::StrReplaceAll(Lower(name), {{"_", ""}});
  for (const auto& type : schema.types()) {
    if (absl::AsciiStrToLower(type->name) == wanted || type->zh == name || absl::EqualsIgnoreCase(type->en, name))
      return type.get();
    names.push_back(absl::StrCat(type->name, " ", type->zh));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no record type is called \"", name, "\"; there are ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<int> FindEnumValue(const pb::EnumDescriptor& type, absl::string_view text) {
  const std::string prefix = PrefixOf(type);
  const std::string wanted = absl::AsciiStrToUpper(Lower(text));
  int number = 0;
  const bool is_number = absl::SimpleAtoi(text, &number);
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    const pb::EnumValueDescriptor& value = *type.value(i);
    const std::string zh = schema::EnumLabel(type, value.number(), schema::Language::kChinese);
    const std::string en = schema::EnumLabel(type, value.number(), schema::Language::kEnglish);
    const bool same = value.name() == wanted || value.name() == absl::StrCat(prefix, wanted) || zh == text ||
                      absl::EqualsIgnoreCase(en, text);
    if (same || (is_number && value.number() == number)) return value.number();
    if (value.number() != 0)
      names.push_back(absl::StrCat(absl::AsciiStrToLower(absl::StripPrefix(value.name(), prefix)), " ", zh));
  }
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is none of ", absl::StrJoin(names, ", ")));
}

absl::Status MergeJson(absl::string_view json, pb::Message& message) {
  std::unique_ptr<pb::Message> parsed(message.New());
  const auto status = pb::util::JsonStringToMessage(pb::StringPiece(json.data(), json.size()), parsed.get());
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no JSON of ", message.GetDescriptor()->name(), ": ",
                     absl::string_view(status.message().data(), status.message().size())));
  }
  message.MergeFrom(*parsed);
  return absl::OkStatus();
}

absl::Status SetField(const schema::FieldInfo& field, absl::string_view text, const base::ScopeId& scope,
                      const Lookups& lookups, absl::TimeZone zone, pb::Message& message) {
  message.GetReflection()->ClearField(&message, field.descriptor);
  text = absl::StripAsciiWhitespace(text);
  if (text.empty()) return absl::OkStatus();
  if (field.repeated && absl::StartsWith(text, "["))
    return MergeJson(absl::StrCat("{\"", field.name, "\":", text, "}"), message);
  if (!field.repeated) return SetElement(field, text, scope, lookups, zone, message);
  for (const absl::string_view part : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    GUANHU_RETURN_IF_ERROR(SetElement(field, absl::StripAsciiWhitespace(part), scope, lookups, zone, message));
  }
  return absl::OkStatus();
}

}  // namespace guanhu::cli
