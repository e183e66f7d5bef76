// What a program asks to save, as a command of the node. Called on the node's thread.
#pragma once

#include "absl/status/statusor.h"
#include "common/api/views.h"
#include "common/node/node.h"
#include "common/schema/schema.h"
#include "guanhu/api/v1/local.pb.h"

namespace guanhu::api {

// One record of it. A new record that does not follow from a key must be complete.
// Errors: those of ToCommand.
absl::StatusOr<node::Command::Edit> ToEdit(const v1::Edit& wanted, const Views& views, const schema::Schema& schema);

// Errors: kNotFound, kInvalidArgument with the field or place that is wrong.
absl::StatusOr<node::Command> ToCommand(const v1::SaveRequest& request, const Views& views, const node::Node& node,
                                        const schema::Schema& schema);

}  // namespace guanhu::api
