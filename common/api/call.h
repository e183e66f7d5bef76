// One call of the node's service, with its answer or a Status.
#pragma once

#include <grpcpp/client_context.h>

#include "absl/status/statusor.h"
#include "common/api/client.h"

namespace guanhu::api {

using Stub = v1::LocalService::StubInterface;

// Call(stub, &Stub::Get, request). Errors: those of the service.
template <typename Request, typename Response>
absl::StatusOr<Response> Call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                              const Request& request) {
  grpc::ClientContext context;
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

}  // namespace guanhu::api
