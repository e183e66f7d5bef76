// What the public may see of a record. Used on the node's thread.
#pragma once

#include <memory>

#include "common/figures/desk.h"

namespace guanhu::figures {

// Only public fields, at any depth. nullptr: the public sees nothing of the record: it is deleted, a notice, document
// or model case that is not published now, a notice that is not valid at `now`, or of a type without public fields.
std::unique_ptr<google::protobuf::Message> PublicCopy(const Desk& desk, const base::RecordId& id,
                                                      const google::protobuf::Message& message, absl::Time now);

}  // namespace guanhu::figures
