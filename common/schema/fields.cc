#include "common/schema/fields.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/schema/wire.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace guanhu::schema {
namespace {

namespace pb = google::protobuf;

std::string SerializeDeterministic(const pb::Message& message) {
  std::string bytes;
  {
    pb::io::StringOutputStream stream(&bytes);
    pb::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&out);
  }
  return bytes;
}

std::map<uint32_t, std::string> ByNumber(const pb::Message& message) {
  std::map<uint32_t, std::string> out;
  for (model::Field& f : FieldsOf(message)) out.emplace(f.number, std::move(f.raw));
  return out;
}

}  // namespace

std::vector<model::Field> FieldsOf(const pb::Message& message) {
  // protobuf's own bytes always split.
  return SplitFields(SerializeDeterministic(message)).value();
}

absl::StatusOr<std::unique_ptr<pb::Message>> ParseRecord(const Schema& schema, uint32_t type,
                                                         absl::Span<const model::Field> fields) {
  std::unique_ptr<pb::Message> message = schema.NewMessage(type);
  if (message == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("record type ", type, " is newer than this program; update it to see such records"));
  }
  std::string bytes;
  for (const model::Field& f : fields) bytes += f.raw;
  if (!message->ParsePartialFromString(bytes)) {
    return absl::InvalidArgumentError(absl::StrCat("a record of type ", schema.Type(type)->name,
                                                   " has bytes that do not parse; ask its author to write it again"));
  }
  return message;
}

FieldChanges Diff(const RecordInfo& record, const pb::Message& before, const pb::Message& now) {
  const std::map<uint32_t, std::string> old_fields = ByNumber(before);
  const std::map<uint32_t, std::string> new_fields = ByNumber(now);
  std::set<uint32_t> touched;
  for (const auto& [number, raw] : new_fields) {
    auto it = old_fields.find(number);
    if (it == old_fields.end() || it->second != raw) touched.insert(number);
  }
  for (const auto& [number, raw] : old_fields) {
    if (new_fields.count(number) == 0 && record.Field(number) != nullptr) touched.insert(number);
  }
  std::set<std::string> groups;
  for (uint32_t number : touched) {
    const FieldInfo* field = record.Field(number);
    if (field != nullptr && !field->group.empty()) groups.insert(field->group);
  }
  for (const FieldInfo& field : record.fields) {
    if (groups.count(field.group) != 0) touched.insert(field.number);
  }
  FieldChanges out;
  for (uint32_t number : touched) {
    auto it = new_fields.find(number);
    if (it != new_fields.end()) {
      out.set.push_back({number, it->second});
    } else {
      out.cleared.push_back(number);
    }
  }
  return out;
}

}  // namespace guanhu::schema
