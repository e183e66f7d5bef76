#include "common/import/values.h"

#include <limits>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/status.h"

namespace guanhu::import {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

constexpr int kDigitsMax = 18;

absl::Status NotANumber() { return absl::InvalidArgumentError("is not a number"); }

absl::StatusOr<int64_t> Number(const FieldMap& how, absl::string_view text) {
  absl::StatusOr<int64_t> v = how.date.empty() ? ParseDecimal(text, how.factor, how.factor_decimals)
                                               : ParseDate(text, how.date, how.utc_offset_minutes);
  if (!v.ok()) return v;
  if ((how.min && *v < *how.min) || (how.max && *v > *how.max)) {
    return absl::InvalidArgumentError(absl::StrCat("is out of range", how.min ? absl::StrCat(", least ", *how.min) : "",
                                                   how.max ? absl::StrCat(", most ", *how.max) : "", " (as stored)"));
  }
  return v;
}

absl::Status WriteInteger(const Field& field, int64_t v, pb::Message& m) {
  const pb::Reflection& r = *m.GetReflection();
  const bool many = field.is_repeated();
  const auto fits = [v](int64_t low, int64_t high) { return v >= low && v <= high; };
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT64:
      many ? r.AddInt64(&m, &field, v) : r.SetInt64(&m, &field, v);
      return absl::OkStatus();
    case Field::CPPTYPE_UINT64:
      if (v < 0) break;
      many ? r.AddUInt64(&m, &field, static_cast<uint64_t>(v)) : r.SetUInt64(&m, &field, static_cast<uint64_t>(v));
      return absl::OkStatus();
    case Field::CPPTYPE_INT32:
      if (!fits(std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max())) break;
      many ? r.AddInt32(&m, &field, static_cast<int32_t>(v)) : r.SetInt32(&m, &field, static_cast<int32_t>(v));
      return absl::OkStatus();
    case Field::CPPTYPE_UINT32:
      if (!fits(0, std::numeric_limits<uint32_t>::max())) break;
      many ? r.AddUInt32(&m, &field, static_cast<uint32_t>(v)) : r.SetUInt32(&m, &field, static_cast<uint32_t>(v));
      return absl::OkStatus();
    default:
      return absl::InvalidArgumentError("cannot be stored as a number here; correct the mapping");
  }
  return absl::InvalidArgumentError("is too large or negative for this field");
}

absl::Status WriteEnum(const Field& field, const std::string& text, pb::Message& m) {
  const pb::EnumValueDescriptor* value = field.enum_type()->FindValueByName(text);
  if (value == nullptr) return absl::InvalidArgumentError("is none of the values that the mapping knows");
  field.is_repeated() ? m.GetReflection()->AddEnum(&m, &field, value) : m.GetReflection()->SetEnum(&m, &field, value);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int64_t> ParseDecimal(absl::string_view cell, int64_t factor, int factor_decimals) {
  const bool negative = !cell.empty() && cell[0] == '-';
  if (!cell.empty() && (cell[0] == '-' || cell[0] == '+')) cell.remove_prefix(1);
  absl::int128 digits = 0;
  int count = 0, decimals = 0;
  bool point = false;
  for (char c : cell) {
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      digits = digits * 10 + (c - '0');
      count += digits != 0 ? 1 : 0;
      decimals += point ? 1 : 0;
    } else {
      return NotANumber();
    }
    if (count > kDigitsMax || decimals > kDigitsMax) return absl::InvalidArgumentError("has more than 18 digits");
  }
  if (cell.empty() || cell == "." || cell[0] == '.' || cell[cell.size() - 1] == '.') return NotANumber();
  // 18 digits times a factor of 18 digits fit into 127 bits.
  absl::int128 value = digits * factor;
  absl::int128 divisor = 1;
  for (int i = 0; i < decimals + factor_decimals; ++i) divisor *= 10;
  const absl::int128 sign = value < 0 ? -1 : 1;
  value = (value * sign + divisor / 2) / divisor * sign;
  if (value > std::numeric_limits<int64_t>::max() || value < std::numeric_limits<int64_t>::min()) {
    return absl::OutOfRangeError("is too large");
  }
  const auto result = static_cast<int64_t>(value);
  return negative ? -result : result;
}

absl::StatusOr<int64_t> ParseDate(absl::string_view cell, const std::string& format, int utc_offset_minutes) {
  absl::Time time;
  std::string error;
  const absl::TimeZone zone = absl::FixedTimeZone(utc_offset_minutes * 60);
  if (!absl::ParseTime(format, cell, zone, &time, &error)) {
    return absl::InvalidArgumentError(absl::StrCat("is not a date of the form ", format));
  }
  const auto year = absl::ToCivilYear(time, zone).year();
  if (year < 1900 || year > 2100) return absl::InvalidArgumentError(absl::StrCat("is in the year ", year));
  return absl::ToUnixMillis(time);
}

absl::Status WriteScalar(const Field& field, const FieldMap& how, const std::string& text, pb::Message& m) {
  const pb::Reflection& r = *m.GetReflection();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_STRING:
      field.is_repeated() ? r.AddString(&m, &field, text) : r.SetString(&m, &field, text);
      return absl::OkStatus();
    case Field::CPPTYPE_ENUM:
      return WriteEnum(field, text, m);
    case Field::CPPTYPE_BOOL:
      if (text != "true" && text != "false") return absl::InvalidArgumentError("is neither true nor false");
      field.is_repeated() ? r.AddBool(&m, &field, text == "true") : r.SetBool(&m, &field, text == "true");
      return absl::OkStatus();
    default: {
      GUANHU_ASSIGN_OR_RETURN(const int64_t v, Number(how, text));
      return WriteInteger(field, v, m);
    }
  }
}

absl::Status WriteValue(const FieldMap& map, const std::string& value, pb::Message& message) {
  const pb::Reflection& r = *message.GetReflection();
  if (map.attribute != 0) {
    pb::UnknownFieldSet& fields = *r.MutableUnknownFields(&message);
    if (!map.attribute_is_number) {
      fields.AddLengthDelimited(static_cast<int>(map.attribute), value);
      return absl::OkStatus();
    }
    GUANHU_ASSIGN_OR_RETURN(const int64_t v, Number(map, value));
    fields.AddVarint(static_cast<int>(map.attribute), (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63));
    return absl::OkStatus();
  }
  if (map.into == nullptr) return WriteScalar(*map.field, map, value, message);
  pb::Message* element =
      map.field->is_repeated() ? r.AddMessage(&message, map.field) : r.MutableMessage(&message, map.field);
  for (const auto& [field, text] : map.element) GUANHU_RETURN_IF_ERROR(WriteScalar(*field, FieldMap{}, text, *element));
  return WriteScalar(*map.into, map, value, *element);
}

}  // namespace guanhu::import
