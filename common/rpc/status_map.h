// gRPC statuses and the house's retry meanings.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace guanhu::rpc {

// A status received from a call. What the transport reports about lost connections (UNAVAILABLE, CANCELLED, UNKNOWN,
// INTERNAL, DEADLINE_EXCEEDED) becomes kUnavailable; refusals (PERMISSION_DENIED, UNAUTHENTICATED, UNIMPLEMENTED)
// become kFailedPrecondition; a message above the size limit becomes kInvalidArgument. The other codes keep their
// meaning.
absl::Status FromGrpc(const grpc::Status& status);

// A status to send. Codes are numerically the same; the message is cut to 512 bytes and made printable, as it travels
// in a header.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace guanhu::rpc
