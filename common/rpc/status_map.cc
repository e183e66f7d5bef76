#include "common/rpc/status_map.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/limits.h"

namespace guanhu::rpc {

absl::Status FromGrpc(const grpc::Status& status) {
  const std::string& message = status.error_message();
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return absl::OkStatus();
    case grpc::StatusCode::UNAVAILABLE:
      return absl::UnavailableError(message);
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return absl::UnavailableError(absl::StrCat("the connection was lost: ", message));
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::UNIMPLEMENTED:
      return absl::FailedPreconditionError(absl::StrCat("the peer refuses this node: ", message));
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      // gRPC's own name for an oversized message means "wait" in this house, which would repeat it for ever.
      if (absl::StartsWith(message, "Received message larger than max")) return absl::InvalidArgumentError(message);
      return absl::ResourceExhaustedError(message);
    default:
      return absl::Status(static_cast<absl::StatusCode>(status.error_code()), message);
  }
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      base::Printable(status.message().substr(0, base::kReasonBytesMax)));
}

}  // namespace guanhu::rpc
