#include "common/schema/schema.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/schema/wire.h"
#include "guanhu/options/v1/options.pb.h"
#include "guanhu/records/v1/assessment.pb.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/common.pb.h"
#include "guanhu/records/v1/defect.pb.h"
#include "guanhu/records/v1/device.pb.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/fund.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/people.pb.h"
#include "guanhu/records/v1/place.pb.h"
#include "guanhu/records/v1/plan.pb.h"
#include "guanhu/records/v1/programme.pb.h"
#include "guanhu/records/v1/public.pb.h"
#include "guanhu/records/v1/remark.pb.h"
#include "guanhu/records/v1/review.pb.h"
#include "guanhu/records/v1/step.pb.h"
#include "guanhu/records/v1/technique.pb.h"
#include "guanhu/records/v1/work_order.pb.h"

namespace guanhu::schema {
namespace {

namespace pb = google::protobuf;
namespace opt = guanhu::options::v1;

Writers ReadWriters(const opt::Writers& in) {
  Writers out;
  for (int tier : in.tiers()) out.tiers |= 1u << tier;
  for (int role : in.roles()) out.roles |= uint64_t{1} << role;
  return out;
}

bool IsWholeNumber(const pb::FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
    case pb::FieldDescriptor::CPPTYPE_INT64:
    case pb::FieldDescriptor::CPPTYPE_UINT32:
    case pb::FieldDescriptor::CPPTYPE_UINT64:
    case pb::FieldDescriptor::CPPTYPE_ENUM:
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      return !field.is_repeated();
    default:
      return false;
  }
}

bool IsFlat(const pb::FieldDescriptor& field) {
  if (field.type() != pb::FieldDescriptor::TYPE_MESSAGE || field.is_repeated()) return false;
  for (int i = 0; i < field.message_type()->field_count(); ++i) {
    const pb::FieldDescriptor& inner = *field.message_type()->field(i);
    if (inner.is_repeated() || inner.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE ||
        inner.cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING)
      return false;
  }
  return true;
}

size_t DefaultBytesMax(const pb::FieldDescriptor& field) {
  return field.is_repeated() ? kRepeatedBytesMax : kTextBytesMax;
}

absl::Status ReadStateOrder(const pb::FieldDescriptor& field, const opt::FieldRule& rule, FieldInfo& info) {
  if (info.merge != Merge::kState) return absl::OkStatus();
  if (field.enum_type() == nullptr || field.is_repeated() || rule.state_order().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(field.full_name(), ": STATE needs a single enum field and a state_order; add the order"));
  }
  for (const std::string& name : rule.state_order()) {
    const pb::EnumValueDescriptor* value = field.enum_type()->FindValueByName(name);
    if (value == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(field.full_name(), ": state_order names ", name, ", which the enum has not; correct the name"));
    }
    info.state_order.push_back(value->number());
  }
  return absl::OkStatus();
}

absl::StatusOr<FieldInfo> ReadField(const pb::FieldDescriptor& field) {
  const opt::FieldRule& rule = field.options().GetExtension(opt::field);
  FieldInfo info;
  info.number = static_cast<uint32_t>(field.number());
  info.name = field.name();
  info.descriptor = &field;
  info.wire_type = WireTypeOf(field);
  info.repeated = field.is_repeated();
  info.flat = IsFlat(field);
  info.merge = rule.merge() == opt::MERGE_UNSPECIFIED ? Merge::kLatest : static_cast<Merge>(rule.merge());
  info.card = rule.card();
  info.ranked = rule.ranked();
  info.group = rule.group();
  info.zh = rule.zh();
  info.en = rule.en();
  info.unit = rule.unit();
  info.personal = rule.personal();
  info.is_public = rule.is_public();
  info.since = rule.since();
  info.writers = ReadWriters(rule.writers());
  info.required = rule.required();
  info.link = rule.link();
  info.bytes_max = rule.bytes_max() != 0 ? rule.bytes_max() : DefaultBytesMax(field);
  if ((info.merge == Merge::kMax || info.merge == Merge::kMin) && !IsWholeNumber(field)) {
    return absl::InvalidArgumentError(
        absl::StrCat(field.full_name(), ": MAX and MIN need a single whole number; choose another merge rule"));
  }
  if (info.merge == Merge::kUnion && !field.is_repeated()) {
    return absl::InvalidArgumentError(
        absl::StrCat(field.full_name(), ": UNION needs a repeated field; choose another merge rule"));
  }
  GUANHU_RETURN_IF_ERROR(ReadStateOrder(field, rule, info));
  return info;
}

// The value whose name is `prefix` + `name`, where the prefix is that of the enum's first value.
absl::StatusOr<int> ValueNamed(const pb::EnumDescriptor& type, absl::string_view name, const RecordInfo& record) {
  const std::string zero = type.value(0)->name();  // "..._UNSPECIFIED"
  const std::string full = absl::StrCat(absl::string_view(zero).substr(0, zero.size() - 11), name);
  const pb::EnumValueDescriptor* value = type.FindValueByName(full);
  if (value == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(record.name, ": its life cycle names ", name, ", which ", type.name(), " has not; correct it"));
  }
  return value->number();
}

std::vector<Need> ReadNeeds(const pb::RepeatedField<int>& needs) {
  std::vector<Need> out;
  for (int n : needs) out.push_back(static_cast<Need>(n));
  return out;
}

absl::Status ReadLife(const opt::RecordRule& rule, RecordInfo& info) {
  if (rule.life().empty()) return absl::OkStatus();
  const FieldInfo* state = info.Field(absl::string_view("state"));
  if (state == nullptr || state->merge != Merge::kDerived || state->descriptor->enum_type() == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(info.name, ": a record with a life cycle needs a derived enum field named state"));
  }
  const pb::EnumDescriptor& states = *state->descriptor->enum_type();
  GUANHU_ASSIGN_OR_RETURN(info.born, ValueNamed(states, rule.born(), info));
  for (const opt::Transition& row : rule.life()) {
    Transition t;
    for (const std::string& name : row.from()) {
      GUANHU_ASSIGN_OR_RETURN(const int from, ValueNamed(states, name, info));
      t.from.push_back(from);
    }
    GUANHU_ASSIGN_OR_RETURN(t.act, ValueNamed(*records::v1::StepAct_descriptor(), row.act(), info));
    if (!row.to().empty()) {
      GUANHU_ASSIGN_OR_RETURN(t.to, ValueNamed(states, row.to(), info));
    }
    t.writers = ReadWriters(row.writers());
    t.needs = ReadNeeds(row.needs());
    t.needs_ab = ReadNeeds(row.needs_ab());
    t.times_max = row.times_max();
    t.rank = row.rank();
    t.guard = row.guard();
    info.life.push_back(std::move(t));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<const RecordInfo>> ReadRecord(const pb::Descriptor& message) {
  const opt::RecordRule& rule = message.options().GetExtension(opt::record);
  auto info = std::make_unique<RecordInfo>();
  info->type = rule.type();
  info->name = message.name();
  info->descriptor = &message;
  info->zh = rule.zh();
  info->en = rule.en();
  info->visibility = static_cast<VisibilityRule>(rule.visibility());
  info->home = static_cast<Tier>(rule.home());
  info->creators = ReadWriters(rule.creators());
  info->immutable = rule.immutable();
  info->since = rule.since();
  for (int i = 0; i < message.field_count(); ++i) {
    GUANHU_ASSIGN_OR_RETURN(FieldInfo field, ReadField(*message.field(i)));
    info->fields.push_back(std::move(field));
  }
  std::sort(info->fields.begin(), info->fields.end(),
            [](const FieldInfo& a, const FieldInfo& b) { return a.number < b.number; });
  info->noun = rule.noun();
  GUANHU_RETURN_IF_ERROR(ReadLife(rule, *info));
  return std::unique_ptr<const RecordInfo>(std::move(info));
}

}  // namespace

const FieldInfo* RecordInfo::Field(uint32_t number) const {
  // Most numbers are given out without a gap.
  if (number - 1 < fields.size() && fields[number - 1].number == number) return &fields[number - 1];
  auto it = std::lower_bound(fields.begin(), fields.end(), number,
                             [](const FieldInfo& f, uint32_t n) { return f.number < n; });
  return it != fields.end() && it->number == number ? &*it : nullptr;
}

const FieldInfo* RecordInfo::Field(absl::string_view field_name) const {
  for (const FieldInfo& f : fields) {
    if (absl::string_view(f.name) == field_name) return &f;
  }
  return nullptr;
}

absl::StatusOr<Schema> Schema::Build() {
  namespace rec = guanhu::records::v1;
  const pb::FileDescriptor* const files[] = {
      rec::Place::descriptor()->file(),     rec::Org::descriptor()->file(),
      rec::Device::descriptor()->file(),    rec::Asset::descriptor()->file(),
      rec::Plan::descriptor()->file(),      rec::Inspection::descriptor()->file(),
      rec::Defect::descriptor()->file(),    rec::WorkOrder::descriptor()->file(),
      rec::Remark::descriptor()->file(),    rec::Step::descriptor()->file(),
      rec::RecordRef::descriptor()->file(), rec::ConflictDecision::descriptor()->file(),
      rec::TechItem::descriptor()->file(),  rec::Notice::descriptor()->file(),
      rec::Milestone::descriptor()->file(), rec::Title::descriptor()->file(),
      rec::FundEntry::descriptor()->file(), rec::AssessmentRun::descriptor()->file(),
  };
  return Build(files);
}

absl::StatusOr<Schema> Schema::Build(absl::Span<const pb::FileDescriptor* const> files) {
  Schema schema;
  for (const pb::FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const pb::Descriptor& message = *file->message_type(i);
      if (!message.options().HasExtension(opt::record)) continue;
      GUANHU_ASSIGN_OR_RETURN(std::unique_ptr<const RecordInfo> info, ReadRecord(message));
      if (info->type == 0 || !schema.by_number_.emplace(info->type, info.get()).second) {
        return absl::InvalidArgumentError(absl::StrCat(message.full_name(), ": record type ", info->type,
                                                       " is zero or taken; give it a number of its own"));
      }
      schema.by_name_.emplace(info->name, info.get());
      schema.types_.push_back(std::move(info));
    }
  }
  std::sort(schema.types_.begin(), schema.types_.end(), [](const auto& a, const auto& b) { return a->type < b->type; });
  return schema;
}

const RecordInfo* Schema::Type(uint32_t type) const {
  auto it = by_number_.find(type);
  return it == by_number_.end() ? nullptr : it->second;
}

const RecordInfo* Schema::Type(absl::string_view name) const {
  auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

const FieldInfo* Schema::Field(uint32_t type, uint32_t number) const {
  const RecordInfo* record = Type(type);
  return record == nullptr ? nullptr : record->Field(number);
}

const RecordInfo* Schema::TypeOf(const pb::Message& message) const {
  const RecordInfo* record = Type(absl::string_view(message.GetDescriptor()->name()));
  return record != nullptr && record->descriptor == message.GetDescriptor() ? record : nullptr;
}

std::unique_ptr<pb::Message> Schema::NewMessage(uint32_t type) const {
  const RecordInfo* record = Type(type);
  if (record == nullptr) return nullptr;
  const pb::Message* prototype = pb::MessageFactory::generated_factory()->GetPrototype(record->descriptor);
  return prototype == nullptr ? nullptr : std::unique_ptr<pb::Message>(prototype->New());
}

std::string Label(const FieldInfo& field) { return absl::StrCat(field.en, " (", field.zh, ")"); }
std::string Label(const RecordInfo& record) { return absl::StrCat(record.en, " (", record.zh, ")"); }

}  // namespace guanhu::schema
