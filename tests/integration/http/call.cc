// guanhu-test-call DATA_DIR save|list < JSON: one call of a node's own service, its answer as JSON.
#include <google/protobuf/util/json_util.h>

#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>

#include "common/api/call.h"

namespace {

template <typename Request, typename Response>
int Run(guanhu::api::Stub& stub,
        grpc::Status (guanhu::api::Stub::*method)(grpc::ClientContext*, const Request&, Response*)) {
  const std::string json((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  Request request;
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, &request);
  if (!parsed.ok()) {
    std::fprintf(stderr, "%s\n", parsed.ToString().c_str());
    return 2;
  }
  const absl::StatusOr<Response> answer = guanhu::api::Call(stub, method, request);
  if (!answer.ok()) {
    std::fprintf(stderr, "%s\n", answer.status().ToString().c_str());
    return 1;
  }
  std::string out;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (!google::protobuf::util::MessageToJsonString(*answer, &out, options).ok()) return 1;
  std::puts(out.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto local = guanhu::api::Local::Open({argv[1]});
  if (!local.ok()) {
    std::fprintf(stderr, "%s\n", local.status().ToString().c_str());
    return 1;
  }
  using guanhu::api::Stub;
  const std::string method = argv[2];
  if (method == "save") return Run((*local)->stub(), &Stub::Save);
  if (method == "list") return Run((*local)->stub(), &Stub::List);
  return 2;
}
