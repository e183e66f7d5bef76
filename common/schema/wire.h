// Walks the protobuf wire format without a message type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/model/entry.h"
#include "google/protobuf/descriptor.h"

namespace guanhu::schema {

// One occurrence of a field. Views point into the walked bytes.
struct WireField {
  uint32_t number = 0;
  uint8_t wire_type = 0;      // 3 stands for a whole group
  absl::string_view raw;      // tag and value
  absl::string_view payload;  // the value without tag and length
  uint64_t scalar = 0;        // of wire types 0, 1 and 5
};

// Takes the next occurrence off `rest`. False at malformed bytes; call only while `rest` is not empty.
bool NextField(absl::string_view& rest, WireField& out);

// The bytes of a message, by field: ascending numbers, occurrences of one field in their order.
// Errors: kInvalidArgument for malformed bytes.
absl::StatusOr<std::vector<model::Field>> SplitFields(absl::string_view bytes);

// The wire type of one element, unpacked.
uint8_t WireTypeOf(const google::protobuf::FieldDescriptor& field);

// The elements of a repeated field, each as its value's bytes without tag (length-delimited: without length).
// Packed and unpacked occurrences may mix. False at malformed bytes.
bool SplitElements(const google::protobuf::FieldDescriptor& field, absl::string_view raw,
                   std::vector<absl::string_view>& elements);
// The opposite, as protobuf writes it: packed where the field is packed.
std::string JoinElements(const google::protobuf::FieldDescriptor& field,
                         const std::vector<absl::string_view>& elements);

bool IsUtf8(absl::string_view text);

}  // namespace guanhu::schema
