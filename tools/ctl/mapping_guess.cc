#include "tools/ctl/mapping_guess.h"

#include <algorithm>
#include <map>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/cli/fields.h"
#include "common/cli/json.h"
#include "common/schema/display.h"

namespace guanhu::ctl {
namespace {

namespace pb = google::protobuf;

std::string Toml(absl::string_view text) { return cli::Quoted(text); }  // a JSON text is a TOML basic string

std::string EnumValues(const pb::EnumDescriptor& type) {
  const std::string zero = type.value(0)->name();
  const std::string prefix =
      absl::EndsWith(zero, "UNSPECIFIED") ? std::string(absl::StripSuffix(zero, "UNSPECIFIED")) : "";
  std::map<std::string, std::string> values;
  for (int i = 0; i < type.value_count(); ++i) {
    const pb::EnumValueDescriptor& value = *type.value(i);
    if (value.number() == 0) continue;
    for (const std::string& name : {schema::EnumLabel(type, value.number(), schema::Language::kChinese),
                                    schema::EnumLabel(type, value.number(), schema::Language::kEnglish), value.name(),
                                    absl::AsciiStrToLower(absl::StripPrefix(value.name(), prefix))}) {
      values.try_emplace(name, value.name());
    }
  }
  std::string out;
  for (const auto& [name, value] : values)
    absl::StrAppend(&out, out.empty() ? "" : ", ", Toml(name), " = ", Toml(value));
  return absl::StrCat("values = { ", out, " }\n");
}

// Nothing for fields that a single cell cannot fill.
std::optional<std::string> FieldEntry(const schema::FieldInfo& field, const std::string& heading) {
  if (field.descriptor->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE || field.repeated) return std::nullopt;
  if (field.number >= schema::kDeletedField) return std::nullopt;
  std::string out = absl::StrCat("\n[[record.field]]\nfield = ", Toml(field.name), "\ncolumn = ", Toml(heading), "\n");
  if (field.descriptor->cpp_type() == pb::FieldDescriptor::CPPTYPE_ENUM)
    absl::StrAppend(&out, EnumValues(*field.descriptor->enum_type()));
  if (field.unit == "ms since 1970 UTC") absl::StrAppend(&out, "date = \"%Y-%m-%d\"\n");
  return out;
}

}  // namespace

absl::StatusOr<std::string> GuessMapping(const schema::RecordInfo& record, const std::vector<std::string>& headings) {
  const bool inspection = record.name == "Inspection";
  std::string fields;
  std::string code;  // the heading of the asset's code
  std::string when;
  for (const std::string& heading : headings) {
    const absl::StatusOr<const schema::FieldInfo*> field = cli::FindField(record, absl::StripAsciiWhitespace(heading));
    if (!field.ok()) continue;
    const std::optional<std::string> entry = FieldEntry(**field, heading);
    if (!entry) continue;
    absl::StrAppend(&fields, *entry);
    if ((*field)->name == (inspection ? "asset_code" : "code")) code = heading;
    if ((*field)->name == "observed_ms") when = heading;
  }
  if (code.empty() || (inspection && when.empty())) {
    return absl::InvalidArgumentError(
        absl::StrCat("the table's headings do not say what they are: ",
                     inspection ? "asset_code (设施编号) and observed_ms (巡查时间) are" : "code (设施编号) is",
                     " needed; give a mapping with --mapping FILE"));
  }
  std::string out = absl::StrCat("name = \"by headings\"\n\n[[record]]\ntype = ", Toml(record.name), "\nkey = [",
                                 Toml(code), inspection ? absl::StrCat(", ", Toml(when)) : "", "]\n",
                                 inspection ? "" : "repeats = \"edit\"\n", fields);
  if (inspection)
    absl::StrAppend(&out, "\n[[record.link]]\nfield = \"asset\"\nrecord = \"Asset\"\ncolumns = [", Toml(code), "]\n");
  return out;
}

}  // namespace guanhu::ctl
