#include "common/schema/check.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/schema/wire.h"
#include "google/protobuf/message.h"

namespace guanhu::schema {
namespace {

namespace pb = google::protobuf;

absl::string_view TierName(Tier tier) {
  switch (tier) {
    case Tier::kVillage:
      return "village";
    case Tier::kTownship:
      return "township";
    case Tier::kCity:
      return "city";
    case Tier::kUnknown:
      break;
  }
  return "unknown tier";
}

std::string Where(const RecordInfo& record, const FieldInfo& field) {
  return absl::StrCat(Label(record), ", field \"", Label(field), "\": ");
}

absl::Status MayWrite(const RecordInfo& record, const FieldInfo& field, const Writer& writer, bool creating) {
  if (field.merge == Merge::kSum || field.merge == Merge::kDerived) {
    return absl::PermissionDeniedError(
        absl::StrCat(Where(record, field), "is computed and cannot be written; write the records it is computed from"));
  }
  if (field.merge == Merge::kImmutable && !creating) {
    return absl::PermissionDeniedError(absl::StrCat(
        Where(record, field), "is fixed when the record is made; write an amendment that names the record"));
  }
  if (!Allows(field.writers, writer)) {
    return absl::PermissionDeniedError(absl::StrCat(Where(record, field), "may not be written by a ",
                                                    TierName(writer.tier),
                                                    " writer with these roles; ask the tier above"));
  }
  return absl::OkStatus();
}

// Whether `raw` is one value of the field, as nearly all are; `payload` is then its text or message.
bool IsOneValue(const FieldInfo& field, absl::string_view raw, absl::string_view& payload) {
  base::Reader in(raw);
  if (in.Varint() != (uint64_t{field.number} << 3 | field.wire_type)) return false;
  if (field.wire_type == 0) {
    in.Varint();
  } else if (field.wire_type == 2) {
    payload = in.String();
  } else {
    in.Bytes(field.wire_type == 1 ? 8 : 4);
  }
  return in.done() && field.wire_type != 3;
}

absl::Status CheckBytes(const RecordInfo& record, const FieldInfo& field, absl::string_view raw) {
  if (raw.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(Where(record, field), "is set to nothing; clear it instead"));
  }
  if (raw.size() > field.bytes_max) {
    return absl::InvalidArgumentError(absl::StrCat(Where(record, field), "has ", raw.size(), " bytes, the limit is ",
                                                   field.bytes_max, "; shorten it"));
  }
  absl::string_view payload;
  const bool text = field.descriptor->type() == pb::FieldDescriptor::TYPE_STRING;
  if (IsOneValue(field, raw, payload) && (!text || IsUtf8(payload))) return absl::OkStatus();
  WireField f;
  while (!raw.empty()) {
    if (!NextField(raw, f) || f.number != field.number) {
      return absl::InvalidArgumentError(
          absl::StrCat(Where(record, field), "has bytes of something else; update the sender"));
    }
    const bool packed = f.wire_type == 2 && field.descriptor->is_packable();
    if (f.wire_type != field.wire_type && !packed) {
      return absl::InvalidArgumentError(absl::StrCat(Where(record, field), "has wire type ", int{f.wire_type},
                                                     " instead of ", int{field.wire_type}, "; update the sender"));
    }
    if (text && !IsUtf8(f.payload)) {
      return absl::InvalidArgumentError(absl::StrCat(Where(record, field), "is not valid UTF-8; enter the text again"));
    }
  }
  return absl::OkStatus();
}

// One message, well-formed inside, without groups.
bool IsWellFormed(const FieldInfo& field, absl::string_view raw) {
  absl::string_view message;
  if (!IsOneValue(field, raw, message)) return false;
  base::Reader in(message);
  while (in.ok() && !in.done()) {
    const uint64_t tag = in.Varint();
    if (tag >> 3 == 0 || tag > UINT32_MAX) return false;
    switch (tag & 7) {
      case 0:
        in.Varint();
        break;
      case 1:
        in.Bytes(8);
        break;
      case 2:
        in.String();
        break;
      case 5:
        in.Bytes(4);
        break;
      default:
        return false;
    }
  }
  return in.ok();
}

// Finds what the checks of the outer bytes cannot see: nested values.
absl::Status CheckParse(const Schema& schema, const RecordInfo& record, absl::Span<const model::Field> set) {
  std::unique_ptr<pb::Message> scratch;
  for (const model::Field& f : set) {
    const FieldInfo* field = record.Field(f.number);
    if (field == nullptr || (field->wire_type != 2 && !field->repeated)) continue;
    if (field->descriptor->type() == pb::FieldDescriptor::TYPE_STRING) continue;
    if (field->flat && IsWellFormed(*field, f.raw)) continue;
    if (scratch == nullptr) scratch = schema.NewMessage(record.type);
    if (scratch == nullptr) return absl::OkStatus();
    if (!scratch->ParsePartialFromString(f.raw)) {
      return absl::InvalidArgumentError(
          absl::StrCat(Where(record, *field), "does not parse (or holds text that is not UTF-8); enter it again"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool Allows(const Writers& writers, const Writer& writer) {
  if (writer.city) return true;
  if (writers.tiers != 0 && (writers.tiers >> static_cast<unsigned>(writer.tier) & 1u) == 0) return false;
  return writers.roles == 0 || (writers.roles & writer.roles) != 0;
}

absl::Status Check(const Schema& schema, uint32_t type, absl::Span<const model::Field> set,
                   absl::Span<const uint32_t> cleared, const Writer& writer, bool creating) {
  const RecordInfo* record = schema.Type(type);
  if (record == nullptr) return absl::OkStatus();
  if (creating && !Allows(record->creators, writer)) {
    return absl::PermissionDeniedError(absl::StrCat(Label(*record), ": may not be created by a ", TierName(writer.tier),
                                                    " writer with these roles; ask the tier above"));
  }
  for (const model::Field& f : set) {
    const FieldInfo* field = record->Field(f.number);
    if (field == nullptr) continue;
    GUANHU_RETURN_IF_ERROR(MayWrite(*record, *field, writer, creating));
    GUANHU_RETURN_IF_ERROR(CheckBytes(*record, *field, f.raw));
  }
  for (uint32_t number : cleared) {
    const FieldInfo* field = record->Field(number);
    if (field != nullptr) GUANHU_RETURN_IF_ERROR(MayWrite(*record, *field, writer, creating));
  }
  return CheckParse(schema, *record, set);
}

absl::Status CheckComplete(const Schema& schema, uint32_t type, absl::Span<const model::Field> set) {
  const RecordInfo* record = schema.Type(type);
  if (record == nullptr) return absl::OkStatus();
  for (const FieldInfo& field : record->fields) {
    if (!field.required) continue;
    const bool there =
        std::any_of(set.begin(), set.end(), [&](const model::Field& f) { return f.number == field.number; });
    if (there) continue;
    return absl::InvalidArgumentError(absl::StrCat("新增", record->zh, "缺少“", field.zh, "”；A new ",
                                                   absl::AsciiStrToLower(record->en), " needs ", Label(field), " [",
                                                   field.name, "]"));
  }
  return absl::OkStatus();
}

absl::Status CheckScope(const Schema& schema, uint32_t type, base::Visibility visibility, Tier place_tier) {
  const RecordInfo* record = schema.Type(type);
  if (record == nullptr) return absl::OkStatus();
  const bool published = visibility == base::Visibility::kPublished;
  const bool visibility_ok =
      record->visibility == VisibilityRule::kAny || published == (record->visibility == VisibilityRule::kPublished);
  if (!visibility_ok) {
    return absl::InvalidArgumentError(absl::StrCat(Label(*record), ": cannot be ", published ? "published" : "internal",
                                                   "; write it into the place's other scope"));
  }
  if (record->home != Tier::kUnknown && record->home != place_tier) {
    return absl::InvalidArgumentError(absl::StrCat(Label(*record), ": belongs to a ", TierName(record->home),
                                                   ", not to a ", TierName(place_tier), "; write it there"));
  }
  return absl::OkStatus();
}

}  // namespace guanhu::schema
