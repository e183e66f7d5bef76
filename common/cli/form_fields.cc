// Fields of a record type as options.
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/cli/forms.h"
#include "common/schema/display.h"
#include "guanhu/records/v1/common.pb.h"

namespace guanhu::cli {
namespace {

using Descriptor = google::protobuf::FieldDescriptor;

// Taken by the program and by the forms themselves.
bool IsTaken(absl::string_view name) {
  static constexpr absl::string_view kTaken[] = {"help",       "data", "json",   "quiet", "lang", "person",
                                                 "command-id", "set",  "fields", "place", "why",  "published"};
  for (const absl::string_view taken : kTaken) {
    if (name == taken) return true;
  }
  return false;
}

std::string Dashed(absl::string_view name) { return absl::StrReplaceAll(name, {{"_", "-"}}); }

// "due" for due_ms: people say dates and amounts, not units.
std::string OptionName(const schema::RecordInfo& info, const schema::FieldInfo& field) {
  absl::string_view shorter = field.name;
  for (const absl::string_view unit : {"_ms", "_fen", "_sha256"}) {
    if (absl::EndsWith(shorter, unit)) shorter = absl::StripSuffix(shorter, unit);
  }
  const std::string name = Dashed(shorter);
  const bool clear = shorter == field.name || info.Field(shorter) == nullptr;
  if (clear && !IsTaken(name)) return name;
  return absl::StrCat("for-", Dashed(field.name));
}

bool IsFile(const schema::FieldInfo& field) {
  return field.descriptor->type() == Descriptor::TYPE_BYTES && absl::StrContains(field.en, "SHA-256");
}

std::string EnumHelp(const google::protobuf::EnumDescriptor& type) {
  const google::protobuf::EnumValueDescriptor* zero = type.FindValueByNumber(0);
  const std::string prefix = zero == nullptr ? "" : std::string(absl::StripSuffix(zero->name(), "UNSPECIFIED"));
  std::vector<std::string> values;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() == 0) continue;
    values.push_back(absl::StrCat(absl::AsciiStrToLower(absl::StripPrefix(type.value(i)->name(), prefix)), " ",
                                  schema::EnumLabel(type, type.value(i)->number(), schema::Language::kChinese)));
  }
  return absl::StrJoin(values, ", ");
}

std::string TiersText(const schema::Writers& writers) {
  std::vector<std::string> tiers;
  for (const auto& [tier, name] :
       {std::pair{schema::Tier::kVillage, "村 village"}, std::pair{schema::Tier::kTownship, "乡镇 township"},
        std::pair{schema::Tier::kCity, "市 city"}}) {
    if (writers.tiers >> static_cast<unsigned>(tier) & 1u) tiers.emplace_back(name);
  }
  return absl::StrJoin(tiers, ", ");
}

std::string ValueHelp(const FormField& form) {
  const schema::FieldInfo& field = *form.field;
  if (form.file) return "a file, or its SHA-256";
  if (field.unit == "fen") return "12.50元, or fen";
  if (field.unit == "ms since 1970 UTC") return "2026-11-25 or \"2026-11-25 10:30\"";
  if (const auto* type = field.descriptor->enum_type()) return EnumHelp(*type);
  if (field.descriptor->type() == Descriptor::TYPE_BOOL) return "yes or no";
  if (const auto* type = field.descriptor->message_type()) {
    if (type == records::v1::RecordRef::descriptor()) return "a record: its code, or the name of an organisation, ...";
    if (type == records::v1::Point::descriptor()) return "LAT,LON in degrees";
    return "JSON";
  }
  if (field.descriptor->type() == Descriptor::TYPE_FIXED64)
    return absl::StrContains(field.name, "place") || field.name == "parent" ? "a place: name, code or id" : "an id";
  return field.unit == "none" || field.unit == "count" ? "" : field.unit;
}

}  // namespace

std::vector<FormField> FormFields(const schema::RecordInfo& info, bool creates) {
  std::vector<FormField> out;
  for (const schema::FieldInfo& field : info.fields) {
    if (field.number >= schema::kDeletedField) break;
    if (field.merge == schema::Merge::kSum || field.merge == schema::Merge::kDerived) continue;
    if (!creates && !info.immutable && field.merge == schema::Merge::kImmutable) continue;
    out.push_back({&field, absl::StrCat("--", OptionName(info, field)), IsFile(field)});
  }
  return out;
}

std::string FieldHelp(const schema::RecordInfo&, const FormField& form) {
  const schema::FieldInfo& field = *form.field;
  std::string out = absl::StrCat(field.zh, " / ", field.en);
  if (field.required) absl::StrAppend(&out, " [必填 required]");
  const std::string value = ValueHelp(form);
  if (!value.empty()) absl::StrAppend(&out, ": ", value);
  if (field.repeated) absl::StrAppend(&out, "; several with commas");
  const std::string tiers = TiersText(field.writers);
  if (!tiers.empty()) absl::StrAppend(&out, " (", tiers, ")");
  return out;
}

}  // namespace guanhu::cli
