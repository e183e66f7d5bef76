#include <gtest/gtest.h>

#include <atomic>

#include "tests/support/byte_proxy.h"
#include "tests/unit/rpc/fixture.h"

namespace guanhu::rpc {
namespace {

class ReconnectTest : public ::testing::Test {
 protected:
  std::unique_ptr<TestServer> Serve(StreamServerOptions options = {}, HandlerFactory factory = Echo()) {
    return std::make_unique<TestServer>(TlsServer(county_.Node(1)), std::move(options), std::move(factory));
  }
  // A client that says hello on each stream and counts answers.
  std::unique_ptr<StreamClient> Client(const StreamClientOptions& options) {
    auto client = std::make_unique<StreamClient>(
        options, std::make_unique<trust::SecureRandom>(),
        Handlers({.on_open = [](FrameStream& s) { s.Send("hello"); },
                  .on_frame = [this](FrameStream&, const std::string&) { signal_.Update([&] { ++answers_; }); },
                  .on_closed = [this](FrameStream&, const absl::Status&) { signal_.Update([&] { ++closed_; }); }}),
        [this](ClientState state, const absl::Status& status) {
          signal_.Update([&] {
            states_.push_back(state);
            last_ = status;
            if (state == ClientState::kConnecting) ++attempts_;
          });
        });
    client->Start();
    return client;
  }

  County county_;
  TlsOptions tablet_ = county_.Node(42);
  Signal signal_;
  int answers_ = 0;
  int closed_ = 0;
  int attempts_ = 0;
  absl::Status last_;
  std::vector<ClientState> states_;
};

TEST_F(ReconnectTest, ServerRestart) {
  auto server = Serve();
  testing::ByteProxy proxy(server->port());
  auto client = Client(To(proxy.address(), tablet_));
  ASSERT_TRUE(signal_.Wait([&] { return answers_ == 1; }));
  server->Stop();
  ASSERT_TRUE(signal_.Wait([&] { return closed_ >= 1 && states_.size() >= 3; }));
  EXPECT_EQ(signal_.Read([&] { return last_.code(); }), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(signal_.Wait([&] { return attempts_ >= 3; }));  // it tries while nobody is there
  server = Serve();
  proxy.SetTarget(server->port());
  ASSERT_TRUE(signal_.Wait([&] { return answers_ == 2; }));
  client->Stop();
  signal_.Update([&] {
    EXPECT_EQ(states_.front(), ClientState::kConnecting);
    EXPECT_EQ(states_[1], ClientState::kOpen);
    EXPECT_EQ(states_[2], ClientState::kWaiting);
    EXPECT_EQ(states_.back(), ClientState::kStopped);
    EXPECT_EQ(closed_, attempts_);
  });
}

TEST_F(ReconnectTest, CutsAtAnyByte) {
  Signal server_signal;
  int opened = 0;
  int ended = 0;
  auto server = Serve({}, [&](std::shared_ptr<FrameStream> s) {
    server_signal.Update([&] { ++opened; });
    return Handlers({.on_frame = [](FrameStream& f, std::string frame) { f.Send(std::move(frame)); },
                     .on_closed = [&](FrameStream&, const absl::Status&) { server_signal.Update([&] { ++ended; }); }})(
        std::move(s));
  });
  testing::ByteProxy proxy(server->port());
  for (uint64_t cut = 40; cut < 4000; cut += 137) {
    proxy.CutAfter(cut);
    int got = 0;
    const absl::Status status =
        RunStreamOnce(To(proxy.address(), tablet_), Handlers({.on_open =
                                                                  [](FrameStream& s) {
                                                                    for (int i = 0; i < 100; ++i) {
                                                                      s.Send(std::to_string(1000 + i));
                                                                    }
                                                                  },
                                                              .on_frame =
                                                                  [&](FrameStream&, const std::string& f) {
                                                                    EXPECT_EQ(f, std::to_string(1000 + got));
                                                                    ++got;
                                                                  }}));
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << cut;
    EXPECT_LT(got, 100);
  }
  EXPECT_TRUE(server->streams().WaitEmpty(absl::Seconds(60)));
  EXPECT_TRUE(server_signal.Wait([&] { return opened == ended; }));
  EXPECT_GT(opened, 0);
}

TEST_F(ReconnectTest, RefusedClientWaitsLongUntilAsked) {
  std::atomic<bool> allowed{false};
  StreamServerOptions options;
  options.admit = [&](base::NodeId, absl::string_view) {
    return allowed ? absl::OkStatus() : absl::FailedPreconditionError("unknown device");
  };
  auto server = Serve(options);
  StreamClientOptions to = To(server->address(), tablet_);
  to.backoff_max = absl::Hours(1);
  auto client = Client(to);
  ASSERT_TRUE(signal_.Wait([&] { return !states_.empty() && states_.back() == ClientState::kWaiting; }));
  EXPECT_EQ(last_.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(states_,
            (std::vector<ClientState>{ClientState::kConnecting, ClientState::kWaiting}));  // a refusal is no opening
  allowed = true;
  // Once the alarm is set, asking ends the waiting; asking a moment too early has no effect, so ask until it is heard.
  while (signal_.Read([&] { return answers_ == 0; })) {
    client->RetryNow();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_TRUE(signal_.Wait([&] { return answers_ == 1; }));
}

TEST_F(ReconnectTest, StopEndsEveryState) {
  // Never started.
  { StreamClient never(To("127.0.0.1:1", tablet_), std::make_unique<trust::SecureRandom>(), Echo(), nullptr); }
  // Waiting for the next attempt.
  {
    StreamClientOptions to = To("127.0.0.1:1", tablet_);
    to.backoff_min = absl::Hours(1);
    to.backoff_max = absl::Hours(1);
    auto client = Client(to);
    ASSERT_TRUE(signal_.Wait([&] { return !states_.empty() && states_.back() == ClientState::kWaiting; }));
    client->Stop();
    client->Stop();
    client->Start();  // stopping is final
    EXPECT_EQ(states_.back(), ClientState::kStopped);
  }
  // Connecting to something that never answers.
  auto server = Serve();
  testing::ByteProxy proxy(server->port());
  proxy.Stall(true);
  {
    auto client = Client(To(proxy.address(), tablet_));
    client->Stop(absl::Milliseconds(50));
    EXPECT_EQ(states_.back(), ClientState::kStopped);
  }
  proxy.Stall(false);
  // Open, but the peer stopped taking anything.
  {
    answers_ = 0;
    std::shared_ptr<FrameStream> stream;
    StreamClient client(
        To(proxy.address(), tablet_), std::make_unique<trust::SecureRandom>(),
        [&](std::shared_ptr<FrameStream> s) {
          stream = s;
          return Handlers({.on_open = [](FrameStream& f) { f.Send("hello"); },
                           .on_frame = [&](FrameStream&, const std::string&) { signal_.Update([&] { ++answers_; }); }})(
              std::move(s));
        },
        nullptr);
    client.Start();
    ASSERT_TRUE(signal_.Wait([&] { return answers_ == 1; }));
    proxy.Stall(true);
    for (int i = 0; i < 100; ++i) stream->Send(std::string(100'000, 'x'));
    client.Stop(absl::Milliseconds(50));
    EXPECT_FALSE(stream->Send("late"));
    proxy.Stall(false);
  }
}

TEST_F(ReconnectTest, SlowAndLateLinkStillWorks) {
  auto server = Serve();
  testing::ByteProxy proxy(server->port());
  proxy.Delay(std::chrono::milliseconds(20));
  proxy.Throttle(20'000);
  EXPECT_EQ(Ping(To(proxy.address(), tablet_)), absl::OkStatus());
}

}  // namespace
}  // namespace guanhu::rpc
