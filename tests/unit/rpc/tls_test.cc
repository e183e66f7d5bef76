#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/byte_proxy.h"
#include "tests/unit/rpc/fixture.h"

namespace guanhu::rpc {
namespace {

using ::testing::HasSubstr;

class TlsStreamTest : public ::testing::Test {
 protected:
  County county_;
  TlsOptions city_ = county_.Node(1);
};

TEST_F(TlsStreamTest, BothSidesLearnTheOther) {
  Signal signal;
  base::NodeId seen;
  TestServer server(TlsServer(city_), {}, Handlers({.on_frame = [&](FrameStream& s, std::string frame) {
                      signal.Update([&] { seen = s.peer(); });
                      s.Send(std::move(frame));
                    }}));
  ASSERT_TRUE(server.running());
  base::NodeId answered;
  EXPECT_EQ(Ping(To(server.address(), county_.Node(42)), &answered), absl::OkStatus());
  EXPECT_EQ(answered.value, 1u);
  EXPECT_EQ(signal.Read([&] { return seen.value; }), 42u);
}

TEST_F(TlsStreamTest, WrongAuthorityIsRefusedBothWays) {
  TestServer server(TlsServer(city_), {}, Echo());
  const County other;
  TlsOptions stranger = other.Node(42);
  // The client refuses the server ...
  EXPECT_EQ(Ping(To(server.address(), stranger)).code(), absl::StatusCode::kUnavailable);
  // ... and the server refuses a client that would take anybody.
  stranger.ca_pem = county_.ca.certificate_pem;
  EXPECT_EQ(Ping(To(server.address(), stranger)).code(), absl::StatusCode::kUnavailable);
  // Control: the same server takes its own.
  EXPECT_EQ(Ping(To(server.address(), county_.Node(42))), absl::OkStatus());
}

TEST_F(TlsStreamTest, SelfSignedAndMissingCertificatesAreRefused) {
  TestServer server(TlsServer(city_), {}, Echo());
  TlsOptions self = county_.Node(42);
  self.identity = *trust::NewTlsAuthority("self", absl::Now());
  EXPECT_EQ(Ping(To(server.address(), self)).code(), absl::StatusCode::kUnavailable);
  StreamClientOptions bare = To(server.address(), county_.Node(42));
  grpc::SslCredentialsOptions roots;
  roots.pem_root_certs = county_.ca.certificate_pem;
  bare.credentials = grpc::SslCredentials(roots);
  EXPECT_EQ(Ping(bare).code(), absl::StatusCode::kUnavailable);
  bare.credentials = grpc::InsecureChannelCredentials();
  EXPECT_EQ(Ping(bare).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Ping(To(server.address(), county_.Node(42))), absl::OkStatus());
}

// A tablet whose clock stands at 1970 or 2035 sees every certificate as not yet valid or expired; so does a node with
// a certificate of those years see it now.
TEST_F(TlsStreamTest, DatesDoNotShutOut) {
  for (const char* year : {"1970", "2035"}) {
    absl::Time from;
    ASSERT_TRUE(absl::ParseTime("%Y-%m-%d", std::string(year) + "-02-01", &from, nullptr));
    TestServer server(TlsServer(county_.NodeWithDates(1, from, from + absl::Hours(24))), {}, Echo());
    EXPECT_EQ(Ping(To(server.address(), county_.NodeWithDates(42, from, from + absl::Hours(24)))), absl::OkStatus())
        << year;
    // Control: gRPC's own check refuses this server.
    StreamClientOptions stock = To(server.address(), county_.Node(42));
    grpc::SslCredentialsOptions ssl;
    ssl.pem_root_certs = county_.ca.certificate_pem;
    const TlsOptions node = county_.Node(42);
    ssl.pem_private_key = node.identity.key_pem;
    ssl.pem_cert_chain = node.identity.certificate_pem;
    stock.credentials = grpc::SslCredentials(ssl);
    EXPECT_EQ(Ping(stock).code(), absl::StatusCode::kUnavailable) << year;
  }
}

TEST_F(TlsStreamTest, UnexpectedServerIsRefused) {
  TestServer server(TlsServer(city_), {}, Echo());
  TlsOptions tablet = county_.Node(42);
  tablet.expected_server = base::NodeId{2};
  EXPECT_EQ(Ping(To(server.address(), tablet)).code(), absl::StatusCode::kUnavailable);
  tablet.expected_server = base::NodeId{1};
  EXPECT_EQ(Ping(To(server.address(), tablet)), absl::OkStatus());
}

TEST_F(TlsStreamTest, PolicySeesEachHandshake) {
  std::atomic<int> calls{0};
  TlsOptions strict = city_;
  strict.policy = [&](const trust::PeerCertificate& peer) {
    ++calls;
    return peer.node.value == 42 ? absl::OkStatus() : absl::FailedPreconditionError("not on the list");
  };
  TestServer server(TlsServer(strict), {}, Echo());
  EXPECT_EQ(Ping(To(server.address(), county_.Node(42))), absl::OkStatus());
  EXPECT_EQ(Ping(To(server.address(), county_.Node(42))), absl::OkStatus());
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(Ping(To(server.address(), county_.Node(43))).code(), absl::StatusCode::kUnavailable);
}

TEST_F(TlsStreamTest, RefusedNodeIsToldWhy) {
  std::atomic<bool> revoked{true};
  StreamServerOptions options;
  options.admit = [&](base::NodeId node, absl::string_view address) {
    EXPECT_THAT(std::string(address), HasSubstr("127.0.0.1"));
    if (revoked && node.value == 42) return absl::PermissionDeniedError("tablet 42 was reported lost; call the office");
    return absl::OkStatus();
  };
  TestServer server(TlsServer(city_), options, Echo());
  const absl::Status status = Ping(To(server.address(), county_.Node(42)));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("reported lost"));
  EXPECT_EQ(Ping(To(server.address(), county_.Node(43))), absl::OkStatus());
  revoked = false;
  EXPECT_EQ(Ping(To(server.address(), county_.Node(42))), absl::OkStatus());
}

TEST_F(TlsStreamTest, RevokedNodeLosesItsOpenStream) {
  TestServer server(TlsServer(city_), {}, Echo());
  Signal signal;
  int answers = 0;
  std::map<int, absl::Status> closed;
  std::vector<std::thread> tablets;
  for (int id : {42, 43}) {
    tablets.emplace_back([&, id] {
      const absl::Status status =
          RunStreamOnce(To(server.address(), county_.Node(static_cast<uint64_t>(id))),
                        Handlers({.on_open = [](FrameStream& s) { s.Send("hello"); },
                                  .on_frame = [&](FrameStream&, std::string) { signal.Update([&] { ++answers; }); }}));
      signal.Update([&] { closed[id] = status; });
    });
  }
  EXPECT_TRUE(signal.Wait([&] { return answers == 2; }));
  server.streams().CloseNode(base::NodeId{42}, absl::PermissionDeniedError("revoked"));
  EXPECT_TRUE(signal.Wait([&] { return closed.count(42) == 1; }));
  EXPECT_EQ(signal.Read([&] { return closed[42]; }).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(server.streams().open_streams(), 1u);
  server.streams().Drain();
  for (std::thread& t : tablets) t.join();
  EXPECT_EQ(closed[43].code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(server.streams().WaitEmpty(absl::Seconds(60)));
  // A draining server takes nobody.
  EXPECT_EQ(Ping(To(server.address(), county_.Node(44))).code(), absl::StatusCode::kUnavailable);
}

TEST_F(TlsStreamTest, GarbageOnThePortHarmsNobody) {
  TestServer server(TlsServer(city_), {}, Echo());
  trust::SecureRandom random;
  std::vector<std::string> inputs = {"", "GET / HTTP/1.0\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                                     std::string(5, '\x16'),
                                     std::string("\x16\x03\x01\xff\xff", 5) + std::string(70000, 'x')};
  for (int i = 0; i < 200; ++i) inputs.push_back(std::string("\x16\x03\x01", 3) + random.Bytes(random.Below(2000)));
  for (const std::string& bytes : inputs) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in a = {};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<uint16_t>(server.port()));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&a), sizeof(a)), 0);
    static_cast<void>(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    ::close(fd);
  }
  // Handshakes that are cut after each few bytes.
  testing::ByteProxy proxy(server.port());
  for (uint64_t cut = 1; cut < 2600; cut += 97) {
    proxy.CutAfter(cut);
    static_cast<void>(Ping(To(proxy.address(), county_.Node(42))));
  }
  EXPECT_EQ(Ping(To(server.address(), county_.Node(42))), absl::OkStatus());
}

TEST_F(TlsStreamTest, ReplacedFilesAreServedWithoutRestart) {
  std::string pattern = ::testing::TempDir() + "guanhu-tls-XXXXXX";
  const std::string dir = ::mkdtemp(pattern.data());
  const auto write = [&](const TlsOptions& node) {
    const std::pair<const char*, std::string> files[] = {{"/key", node.identity.key_pem},
                                                         {"/crt", node.identity.certificate_pem}};
    for (const auto& [name, text] : files) {
      FILE* f = std::fopen((dir + name).c_str(), "w");
      ASSERT_NE(f, nullptr);
      std::fwrite(text.data(), 1, text.size(), f);
      std::fclose(f);
    }
  };
  write(county_.Node(1));
  TlsOptions watched;
  watched.ca_pem = county_.ca.certificate_pem;
  watched.key_path = dir + "/key";
  watched.certificate_path = dir + "/crt";
  watched.refresh = absl::Seconds(1);
  TestServer server(TlsServer(watched), {}, Echo());
  base::NodeId seen;
  EXPECT_EQ(Ping(To(server.address(), county_.Node(42)), &seen), absl::OkStatus());
  EXPECT_EQ(seen.value, 1u);
  write(county_.Node(2));
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (seen.value != 2 && std::chrono::steady_clock::now() < end) {
    static_cast<void>(Ping(To(server.address(), county_.Node(42)), &seen));
  }
  EXPECT_EQ(seen.value, 2u);
  // The client side watches files too.
  TlsOptions client = watched;
  EXPECT_EQ(Ping(To(server.address(), client)), absl::OkStatus());
}

TEST(UnixSocketTest, ServesWithoutTlsButOnlyWhereAllowed) {
  std::string pattern = ::testing::TempDir() + "guanhu-unix-XXXXXX";
  const std::string address = std::string("unix:") + ::mkdtemp(pattern.data()) + "/admin";
  StreamClientOptions options;
  options.address = address;
  options.credentials = UnixClient();
  {
    TestServer server(UnixServer(), StreamServerOptions{.allow_anonymous = true}, Echo(), address);
    EXPECT_EQ(Ping(options), absl::OkStatus());
  }
  TestServer strict(UnixServer(), {}, Echo(), address);
  EXPECT_EQ(Ping(options).code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace guanhu::rpc
