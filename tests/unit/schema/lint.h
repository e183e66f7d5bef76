// What every record type must say of itself.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"

namespace guanhu::schema {

// One sentence for each fault.
std::vector<std::string> Lint(absl::Span<const google::protobuf::FileDescriptor* const> files);

// "type.number Message.field wire merge" for every field, ascending: what peers of other versions rely on.
std::vector<std::string> Fingerprint(absl::Span<const google::protobuf::FileDescriptor* const> files);

}  // namespace guanhu::schema
