#include "common/rpc/status_map.h"

#include <gtest/gtest.h>

#include <string>

namespace guanhu::rpc {
namespace {

TEST(StatusMapTest, RetryMeanings) {
  const auto code = [](grpc::StatusCode c, const char* message = "m") {
    return FromGrpc(grpc::Status(c, message)).code();
  };
  using G = grpc::StatusCode;
  using A = absl::StatusCode;
  EXPECT_EQ(code(G::OK), A::kOk);
  for (const G c : {G::UNAVAILABLE, G::CANCELLED, G::UNKNOWN, G::INTERNAL, G::DEADLINE_EXCEEDED})
    EXPECT_EQ(code(c), A::kUnavailable);
  for (const G c : {G::PERMISSION_DENIED, G::UNAUTHENTICATED, G::UNIMPLEMENTED})
    EXPECT_EQ(code(c), A::kFailedPrecondition);
  EXPECT_EQ(code(G::RESOURCE_EXHAUSTED), A::kResourceExhausted);
  EXPECT_EQ(code(G::RESOURCE_EXHAUSTED, "Received message larger than max (2 vs. 1)"), A::kInvalidArgument);
  for (const A c : {A::kAborted, A::kFailedPrecondition, A::kInvalidArgument, A::kDataLoss, A::kResourceExhausted,
                    A::kUnavailable}) {
    EXPECT_EQ(FromGrpc(ToGrpc(absl::Status(c, "m"))).code(), c);
  }
}

TEST(StatusMapTest, MessagesAreOneShortPrintableLine) {
  const grpc::Status s = ToGrpc(absl::AbortedError(std::string("a\nb\r\0", 5) + std::string(5000, 'x')));
  EXPECT_EQ(s.error_message().find('\n'), std::string::npos);
  EXPECT_LE(s.error_message().size(), 4u * 512);
  EXPECT_EQ(s.error_message().substr(0, 1), "a");
}

}  // namespace
}  // namespace guanhu::rpc
