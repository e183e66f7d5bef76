// Between messages and the fields that edits carry. Pure and thread-safe.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/model/entry.h"
#include "common/schema/schema.h"
#include "google/protobuf/message.h"

namespace guanhu::schema {

// Every field of the message, unknown ones too: ascending numbers, the same bytes for equal messages.
std::vector<model::Field> FieldsOf(const google::protobuf::Message& message);

// The message that the fields make; fields of a newer version stay in its unknown fields.
// Errors: kNotFound for a record type of a newer version, kInvalidArgument for bytes that do not parse.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> ParseRecord(const Schema& schema, uint32_t type,
                                                                       absl::Span<const model::Field> fields);

struct FieldChanges {
  std::vector<model::Field> set;  // ascending
  std::vector<uint32_t> cleared;  // ascending
  bool empty() const { return set.empty() && cleared.empty(); }
};

// What an edit must carry to make `now` of `before` (messages of one type). When one field of an atomic group differs,
// the whole group is written. A field that the schema does not know is never cleared: a page that rebuilt the message
// may have dropped it unseen.
FieldChanges Diff(const RecordInfo& record, const google::protobuf::Message& before,
                  const google::protobuf::Message& now);

}  // namespace guanhu::schema
