#include "tests/unit/schema/lint.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/schema/schema.h"
#include "guanhu/options/v1/options.pb.h"

namespace guanhu::schema {
namespace {

namespace pb = google::protobuf;
namespace opt = guanhu::options::v1;
using Field = pb::FieldDescriptor;

// Names that say what they count; the option must agree.
const std::map<std::string, std::string>& SuffixUnits() {
  static const auto& units = *new std::map<std::string, std::string>{
      {"_fen", "fen"},       {"_e7", "1e-7 deg"}, {"_mm", "mm"},       {"_dm", "dm"},
      {"_dm2", "dm2"},       {"_bp", "1/10000"},  {"_s", "s"},         {"_days", "days"},
      {"_months", "months"}, {"_minutes", "min"}, {"_bytes", "bytes"}, {"_px", "px"}};
  return units;
}

bool IsNumber(const Field& field) {
  switch (field.type()) {
    case Field::TYPE_INT32:
    case Field::TYPE_INT64:
    case Field::TYPE_UINT32:
    case Field::TYPE_UINT64:
    case Field::TYPE_SINT32:
    case Field::TYPE_SINT64:
      return true;
    default:
      return false;  // fixed64 is an id, which has no unit
  }
}

class Linter {
 public:
  std::vector<std::string> faults;

  void Message(const pb::Descriptor& message) {
    const bool is_record = message.options().HasExtension(opt::record);
    if (is_record) Record(message);
    for (int i = 0; i < message.field_count(); ++i) {
      const Field& field = *message.field(i);
      Labels(field);
      Unit(field);
      if (field.is_map()) Fault(field, "is a map: its entries cannot merge one by one; use a repeated message");
      if (field.cpp_type() == Field::CPPTYPE_DOUBLE || field.cpp_type() == Field::CPPTYPE_FLOAT) {
        Fault(field, "is a floating point number: store a whole number with a unit");
      }
      is_record ? MergeRule(message, field) : ValueRule(field);
    }
  }

  void Enum(const pb::EnumDescriptor& type) {
    for (int i = 0; i < type.value_count(); ++i) {
      const opt::ValueRule& rule = type.value(i)->options().GetExtension(opt::value);
      if (rule.zh().empty() || rule.en().empty() || rule.icon().empty()) {
        faults.push_back(absl::StrCat(type.value(i)->full_name(), " lacks a label or an icon"));
      }
    }
  }

 private:
  void Fault(const Field& field, absl::string_view text) {
    faults.push_back(absl::StrCat(field.full_name(), " ", text));
  }

  void Record(const pb::Descriptor& message) {
    const opt::RecordRule& rule = message.options().GetExtension(opt::record);
    if (rule.zh().empty() || rule.en().empty()) faults.push_back(absl::StrCat(message.full_name(), " lacks a label"));
    if (rule.type() == 0) faults.push_back(absl::StrCat(message.full_name(), " has no record type number"));
    auto [it, fresh] = types_.emplace(rule.type(), message.full_name());
    if (!fresh) faults.push_back(absl::StrCat(message.full_name(), " has the record type number of ", it->second));
    const Field* deleted = message.FindFieldByNumber(kDeletedField);
    if (deleted == nullptr || deleted->name() != "deleted" || deleted->type() != Field::TYPE_BOOL ||
        !deleted->has_presence()) {
      faults.push_back(absl::StrCat(message.full_name(), " lacks `optional bool deleted = 1000`"));
    }
    const Field* reason = message.FindFieldByNumber(kDeletedReasonField);
    if (reason == nullptr || reason->name() != "deleted_reason" || reason->type() != Field::TYPE_STRING) {
      faults.push_back(absl::StrCat(message.full_name(), " lacks `string deleted_reason = 1001`"));
    }
  }

  void MergeRule(const pb::Descriptor& message, const Field& field) {
    const opt::FieldRule& rule = field.options().GetExtension(opt::field);
    const bool common = field.number() == kDeletedField || field.number() == kDeletedReasonField;
    if (rule.merge() == opt::MERGE_UNSPECIFIED) Fault(field, "lacks an explicit merge rule");
    if (!common && field.number() >= static_cast<int>(kDeletedField))
      Fault(field, "has a number of the common fields or above");
    if (rule.merge() == opt::STATE && rule.state_order_size() != StatesOf(field)) {
      Fault(field, "is a STATE whose state_order does not name every value but the first once");
    }
    if (rule.merge() == opt::SUM && !IsNumber(field)) Fault(field, "is a SUM but no number");
    if (rule.merge() == opt::UNION && !field.is_repeated()) Fault(field, "is a UNION but not repeated");
    if (rule.personal() && rule.is_public()) Fault(field, "is personal and public at once");
    const bool fixed = rule.merge() == opt::IMMUTABLE || rule.merge() == opt::DERIVED || rule.merge() == opt::SUM;
    if (message.options().GetExtension(opt::record).immutable() && !fixed && !common) {
      Fault(field, "can be edited, though its record type is immutable");
    }
  }

  static int StatesOf(const Field& field) {
    if (field.enum_type() == nullptr) return -1;
    const auto& order = field.options().GetExtension(opt::field).state_order();
    const std::set<std::string> names(order.begin(), order.end());
    for (const std::string& name : names) {
      if (field.enum_type()->FindValueByName(name) == nullptr) return -1;
    }
    return static_cast<int>(names.size()) == field.enum_type()->value_count() - 1 ? order.size() : -1;
  }

  void ValueRule(const Field& field) {
    if (field.options().GetExtension(opt::field).merge() != opt::MERGE_UNSPECIFIED) {
      Fault(field, "is part of a value and cannot merge by itself");
    }
  }

  void Labels(const Field& field) {
    const opt::FieldRule& rule = field.options().GetExtension(opt::field);
    if (rule.zh().empty() || rule.en().empty()) Fault(field, "lacks a label in Chinese or English");
  }

  void Unit(const Field& field) {
    const std::string& unit = field.options().GetExtension(opt::field).unit();
    if (IsNumber(field) && unit.empty()) Fault(field, "is a number without a unit (\"none\" for a bare number)");
    if (!IsNumber(field)) return;
    for (const auto& [suffix, expected] : SuffixUnits()) {
      if (absl::EndsWith(field.name(), suffix) && unit != expected) {
        Fault(field, absl::StrCat("ends in ", suffix, " but its unit is not \"", expected, "\""));
      }
      // The other way round: a unit that the name does not say is read wrongly in code.
      if (unit == expected && !absl::EndsWith(field.name(), suffix)) {
        Fault(field, absl::StrCat("counts \"", unit, "\" but its name does not end in ", suffix));
      }
    }
    const bool time = unit == "ms since 1970 UTC" || unit == "ms";
    if (absl::EndsWith(field.name(), "_ms") != time) Fault(field, "must end in _ms exactly if it counts milliseconds");
  }

  std::map<uint32_t, std::string> types_;
};

}  // namespace

std::vector<std::string> Lint(absl::Span<const pb::FileDescriptor* const> files) {
  Linter linter;
  for (const pb::FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) linter.Message(*file->message_type(i));
    for (int i = 0; i < file->enum_type_count(); ++i) linter.Enum(*file->enum_type(i));
  }
  return linter.faults;
}

std::vector<std::string> Fingerprint(absl::Span<const pb::FileDescriptor* const> files) {
  std::vector<std::string> lines;
  for (const pb::FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const pb::Descriptor& message = *file->message_type(i);
      const uint32_t type = message.options().GetExtension(opt::record).type();
      for (int k = 0; k < message.field_count(); ++k) {
        const Field& field = *message.field(k);
        const std::string kind = field.message_type() != nullptr ? field.message_type()->name()
                                 : field.enum_type() != nullptr  ? field.enum_type()->name()
                                                                 : field.type_name();
        lines.push_back(absl::StrFormat("%04d.%04d %s.%s %s%s %s", type, field.number(), message.name(), field.name(),
                                        field.is_repeated() ? "repeated " : "", kind,
                                        opt::Merge_Name(field.options().GetExtension(opt::field).merge())));
      }
    }
    for (int i = 0; i < file->enum_type_count(); ++i) {
      const pb::EnumDescriptor& type = *file->enum_type(i);
      for (int k = 0; k < type.value_count(); ++k) {
        lines.push_back(absl::StrFormat("enum %s %d %s", type.name(), type.value(k)->number(), type.value(k)->name()));
      }
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace guanhu::schema
