// What the wire costs: TCP payload counted by a proxy between client and server. The bounds are the figures seen, with
// a little room for other sizes of signatures; they fail when a setting that keeps the wire small is lost.
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/health_check_service_interface.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/support/byte_proxy.h"
#include "tests/unit/rpc/fixture.h"

namespace guanhu::rpc {
namespace {

class BytesTest : public ::testing::Test {
 protected:
  static std::string Show(const char* what, uint64_t up, uint64_t down) {
    std::printf("%-46s %6llu up %6llu down %6llu together\n", what, static_cast<unsigned long long>(up),
                static_cast<unsigned long long>(down), static_cast<unsigned long long>(up + down));
    return what;
  }

  County county_;
  TestServer server_{TlsServer(county_.Node(1)), {}, Echo()};
  testing::ByteProxy proxy_{server_.port()};
  StreamClientOptions options_ = To(proxy_.address(), county_.Node(42));
};

TEST_F(BytesTest, PingOnAnOpenStream) {
  Signal signal;
  int answers = 0;
  std::shared_ptr<FrameStream> stream;
  StreamClient client(
      options_, std::make_unique<trust::SecureRandom>(),
      [&](std::shared_ptr<FrameStream> s) {
        stream = s;
        return Handlers({.on_open = [](FrameStream& f) { f.Send(std::string(18, 'h')); },
                         .on_frame = [&](FrameStream&, std::string) { signal.Update([&] { ++answers; }); }})(
            std::move(s));
      },
      nullptr);
  client.Start();
  ASSERT_TRUE(signal.Wait([&] { return answers == 1; }));
  testing::ByteProxy::Counts before = proxy_.CountsWhenQuiet();
  Show("mTLS connection, stream, 18 B frame each way", before.up, before.down);
  EXPECT_LE(before.total(), 2600u);
  // A hundred, so that an update that comes only now and then is seen too.
  const auto start = before;
  for (int i = 0; i < 100; ++i) {
    stream->Send(std::string(18, 'p'));
    ASSERT_TRUE(signal.Wait([&] { return answers == i + 2; }));
    const auto after = proxy_.CountsWhenQuiet(std::chrono::milliseconds(5));
    if (i < 3) Show("18 B ping and pong", after.up - before.up, after.down - before.down);
    before = after;
  }
  before = proxy_.CountsWhenQuiet();
  Show("100 pings and pongs", before.up - start.up, before.down - start.down);
  // 2 x (18 payload + 5 gRPC + 9 HTTP/2 + 22 TLS) and gRPC's window updates: 13 on each frame's back for connection and
  // stream, but the side that speaks first gives the stream's in a record of its own.
  EXPECT_LE(before.total() - start.total(), 100u * 184);
  EXPECT_GE(before.total() - start.total(), 100u * 108);
  client.Stop();
  const auto end = proxy_.CountsWhenQuiet();
  Show("closing", end.up - before.up, end.down - before.down);
}

TEST_F(BytesTest, SecondConnection) {
  ASSERT_EQ(Ping(options_), absl::OkStatus());
  const auto first = proxy_.CountsWhenQuiet();
  Show("first connection, ping, close", first.up, first.down);
  ASSERT_EQ(Ping(options_), absl::OkStatus());
  const auto second = proxy_.CountsWhenQuiet();
  Show("second connection, ping, close", second.up - first.up, second.down - first.down);
  EXPECT_LE(first.total(), 2700u);
  EXPECT_LE(second.total() - first.total(), 2700u);
}

// For comparison with other programs: what one more unary call without content costs on the open connection.
TEST_F(BytesTest, EmptyUnaryCall) {
  grpc::EnableDefaultHealthCheckService(true);
  TestServer server(TlsServer(county_.Node(1)), {}, Echo());
  grpc::EnableDefaultHealthCheckService(false);
  testing::ByteProxy proxy(server.port());
  const auto channel = grpc::CreateCustomChannel(proxy.address(), options_.credentials, ChannelLimits(Keepalive{}));
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub(channel);
  testing::ByteProxy::Counts before;
  for (int i = 0; i < 3; ++i) {
    grpc::ClientContext context;
    const grpc::Slice slice("");
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    Signal signal;
    bool done = false;
    stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &request, &response,
                   [&](const grpc::Status& s) { signal.Update([&] { done = s.ok(); }); });
    ASSERT_TRUE(signal.Wait([&] { return done; }));
    const auto after = proxy.CountsWhenQuiet();
    Show(i == 0 ? "mTLS connection, first unary call" : "a further unary call", after.up - before.up,
         after.down - before.down);
    before = after;
  }
}

}  // namespace
}  // namespace guanhu::rpc
