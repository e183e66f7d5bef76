#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/health_check_service_interface.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "common/rpc/method.h"
#include "common/rpc/status_map.h"
#include "tests/support/byte_proxy.h"
#include "tests/unit/rpc/fixture.h"

namespace guanhu::rpc {
namespace {

std::shared_ptr<grpc::ServerCredentials> Plain() { return grpc::InsecureServerCredentials(); }
StreamServerOptions Anyone() { return StreamServerOptions{.allow_anonymous = true}; }
StreamClientOptions PlainTo(const std::string& address) {
  StreamClientOptions out;
  out.address = address;
  out.credentials = grpc::InsecureChannelCredentials();
  out.backoff_min = absl::Milliseconds(10);
  out.backoff_max = absl::Milliseconds(50);
  return out;
}

// Both ends send `frames` frames at once and count what comes.
struct Flood {
  explicit Flood(int frames, size_t bytes, bool wait_for_own_writes)
      : frames_(frames), bytes_(bytes), wait_for_own_writes_(wait_for_own_writes) {}

  HandlerFactory Side(int side) {
    return [this, side](std::shared_ptr<FrameStream> stream) {
      signal_.Update([&] { streams_[side] = stream; });
      return Handlers({.on_open =
                           [this](FrameStream& s) {
                             if (wait_for_own_writes_) s.PauseReading();
                             for (int i = 0; i < frames_; ++i) ASSERT_TRUE(s.Send(Frame(i)));
                           },
                       .on_frame =
                           [this, side](FrameStream&, const std::string& frame) {
                             signal_.Update([&] {
                               EXPECT_EQ(frame, Frame(got_[side])) << "frame " << got_[side] << " of side " << side;
                               ++got_[side];
                             });
                           },
                       .on_drained =
                           [this, side](FrameStream& s) {
                             if (s.queued_bytes() > 0) return;
                             signal_.Update([&] { drained_[side] = true; });
                             s.ResumeReading();
                           },
                       .on_closed = [this](FrameStream&, const absl::Status&) { signal_.Update([&] { ++closed_; }); }})(
          stream);
    };
  }
  std::string Frame(int i) const { return std::to_string(i) + std::string(bytes_, static_cast<char>('a' + i % 26)); }
  bool Done() const { return got_[0] == frames_ && got_[1] == frames_; }

  const int frames_;
  const size_t bytes_;
  const bool wait_for_own_writes_;
  Signal signal_;
  int got_[2] = {0, 0};
  bool drained_[2] = {false, false};
  int closed_ = 0;
  std::shared_ptr<FrameStream> streams_[2];
};

class StreamTest : public ::testing::Test {
 protected:
  static std::unique_ptr<StreamClient> Client(const StreamClientOptions& options, HandlerFactory factory) {
    auto client =
        std::make_unique<StreamClient>(options, std::make_unique<trust::SecureRandom>(), std::move(factory), nullptr);
    client->Start();
    return client;
  }
};

TEST_F(StreamTest, TenThousandFramesBothWaysAtOnce) {
  Flood flood(10'000, 1000, false);
  const County county;
  TestServer server(TlsServer(county.Node(1)), {}, flood.Side(0));
  const auto client = Client(To(server.address(), county.Node(2)), flood.Side(1));
  EXPECT_TRUE(flood.signal_.Wait([&] { return flood.Done(); }));
  const StreamStats stats = flood.streams_[1]->stats();
  EXPECT_EQ(stats.frames_in, 10'000u);
  EXPECT_EQ(stats.frames_out, 10'000u);
  EXPECT_EQ(stats.bytes_in, stats.bytes_out);
  EXPECT_GT(stats.bytes_in, 10'000u * 1000);
}

// The fault that the design must not have: each side reads only after its own writes are through. With more than the
// connection's windows in both directions this stands still, which shows that the flood above is large enough to tell.
TEST_F(StreamTest, ControlReadingAfterWritingStandsStill) {
  Flood naive(2'000, 16'000, true);
  TestServer server(Plain(), Anyone(), naive.Side(0));
  testing::ByteProxy proxy(server.port());
  const auto client = Client(PlainTo(proxy.address()), naive.Side(1));
  ASSERT_TRUE(naive.signal_.Wait([&] { return naive.streams_[0] != nullptr; }));
  proxy.CountsWhenQuiet(std::chrono::milliseconds(500));
  naive.signal_.Update([&] {
    EXPECT_FALSE(naive.drained_[0]);
    EXPECT_FALSE(naive.drained_[1]);
    EXPECT_FALSE(naive.Done());
  });
  naive.streams_[0]->ResumeReading();
  naive.streams_[1]->ResumeReading();
  EXPECT_TRUE(naive.signal_.Wait([&] { return naive.Done(); }));

  Flood flood(2'000, 16'000, false);
  TestServer other(Plain(), Anyone(), flood.Side(0));
  const auto client2 = Client(PlainTo(other.address()), flood.Side(1));
  EXPECT_TRUE(flood.signal_.Wait([&] { return flood.Done(); }));
}

TEST_F(StreamTest, CallbacksComeOneAfterAnotherAndEndOnce) {
  std::atomic<int> inside{0};
  std::atomic<int> overlaps{0};
  std::atomic<int> closed{0};
  std::atomic<int> after_close{0};
  const auto enter = [&] {
    if (inside.fetch_add(1) != 0) ++overlaps;
    if (closed > 0) ++after_close;
    std::this_thread::yield();
    --inside;
  };
  TestServer server(Plain(), Anyone(), Echo());
  std::atomic<int> got{0};
  const absl::Status status =
      RunStreamOnce(PlainTo(server.address()), Handlers({.on_open =
                                                             [&](FrameStream& s) {
                                                               enter();
                                                               for (int i = 0; i < 3000; ++i) s.Send("x");
                                                             },
                                                         .on_frame =
                                                             [&](FrameStream& s, const std::string&) {
                                                               enter();
                                                               if (++got == 3000) s.Close(absl::OkStatus());
                                                             },
                                                         .on_drained = [&](FrameStream&) { enter(); },
                                                         .on_closed =
                                                             [&](FrameStream& s, const absl::Status&) {
                                                               enter();
                                                               ++closed;
                                                               EXPECT_FALSE(s.Send("late"));
                                                               s.Close(absl::OkStatus());
                                                               s.Cancel(absl::OkStatus());
                                                               s.ResumeReading();
                                                             }}));
  EXPECT_EQ(status, absl::OkStatus());
  EXPECT_EQ(overlaps, 0);
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(after_close, 0);
}

TEST_F(StreamTest, CloseSendsTheQueueFirst) {
  Signal signal;
  int at_server = 0;
  absl::Status server_end = absl::UnknownError("none");
  TestServer server(
      Plain(), Anyone(),
      Handlers({.on_frame = [&](FrameStream&, const std::string&) { signal.Update([&] { ++at_server; }); },
                .on_closed = [&](FrameStream&, const absl::Status& s) { signal.Update([&] { server_end = s; }); }}));
  EXPECT_EQ(RunStreamOnce(PlainTo(server.address()), Handlers({.on_open =
                                                                   [](FrameStream& s) {
                                                                     for (int i = 0; i < 1000; ++i)
                                                                       s.Send(std::string(5000, 'q'));
                                                                     s.Close(absl::OkStatus());
                                                                     EXPECT_FALSE(s.Send("late"));
                                                                   }})),
            absl::OkStatus());
  EXPECT_TRUE(signal.Wait([&] { return server_end.ok(); }));
  EXPECT_EQ(at_server, 1000);
}

TEST_F(StreamTest, ServersReasonArrivesAfterItsFrames) {
  TestServer server(Plain(), Anyone(), Handlers({.on_open = [](FrameStream& s) {
                      for (int i = 0; i < 1000; ++i) s.Send(std::string(5000, 'q'));
                      s.Close(absl::AbortedError("start a new session"));
                    }}));
  std::atomic<int> got{0};
  const absl::Status status = RunStreamOnce(PlainTo(server.address()),
                                            Handlers({.on_frame = [&](FrameStream&, const std::string&) { ++got; }}));
  EXPECT_EQ(status, absl::AbortedError("start a new session"));
  EXPECT_EQ(got, 1000);
}

TEST_F(StreamTest, CancelDropsTheQueueAndKeepsTheReason) {
  Signal signal;
  absl::Status server_end;
  bool ended = false;
  TestServer server(Plain(), Anyone(),
                    Handlers({.on_open = [](FrameStream& s) { s.PauseReading(); },
                              .on_closed =
                                  [&](FrameStream&, const absl::Status& s) {
                                    signal.Update([&] {
                                      server_end = s;
                                      ended = true;
                                    });
                                  }}));
  const absl::Status status = RunStreamOnce(PlainTo(server.address()), Handlers({.on_open = [](FrameStream& s) {
                                              for (int i = 0; i < 1000; ++i) s.Send(std::string(50'000, 'q'));
                                              s.Cancel(absl::ResourceExhaustedError("own reason"));
                                              EXPECT_EQ(s.queued_bytes(), 0u);
                                            }}));
  EXPECT_EQ(status, absl::ResourceExhaustedError("own reason"));
  // The call may have been cancelled before it left; if it arrived, the server hears that it is lost.
  const auto idle = [&] { return server.streams().open_streams() == 0; };
  EXPECT_TRUE(signal.Wait([&] { return ended || idle(); }));
  if (ended) {
    EXPECT_EQ(server_end.code(), absl::StatusCode::kUnavailable);
  }
}

TEST_F(StreamTest, CloseGivesUpOnAPeerThatTakesNothing) {
  Signal signal;
  std::shared_ptr<FrameStream> at_client;
  absl::Status at_server;
  bool ended = false;
  StreamServerOptions options = Anyone();
  options.close_timeout = absl::Milliseconds(100);
  TestServer server(Plain(), options,
                    Handlers({.on_open =
                                  [](FrameStream& s) {
                                    for (int i = 0; i < 100; ++i) s.Send(std::string(100'000, 'x'));
                                    s.Close(absl::OkStatus());
                                  },
                              .on_closed =
                                  [&](FrameStream&, const absl::Status& s) {
                                    signal.Update([&] {
                                      at_server = s;
                                      ended = true;
                                    });
                                  }}));
  const auto client = Client(PlainTo(server.address()), [&](std::shared_ptr<FrameStream> s) {
    at_client = s;
    return Handlers({.on_open = [](FrameStream& f) { f.PauseReading(); }})(std::move(s));
  });
  ASSERT_TRUE(signal.Wait([&] { return ended; }));
  EXPECT_EQ(at_server.code(), absl::StatusCode::kUnavailable);
  at_client->ResumeReading();
}

TEST_F(StreamTest, PausedReaderStopsTheSender) {
  Signal signal;
  int got = 0;
  std::shared_ptr<FrameStream> at_server;
  TestServer server(Plain(), Anyone(), [&](std::shared_ptr<FrameStream> s) {
    signal.Update([&] { at_server = s; });
    return Handlers({.on_frame = [&](FrameStream& f, const std::string&) {
      f.PauseReading();
      signal.Update([&] { ++got; });
    }})(std::move(s));
  });
  testing::ByteProxy proxy(server.port());
  std::shared_ptr<FrameStream> at_client;
  const auto client = Client(PlainTo(proxy.address()), [&](std::shared_ptr<FrameStream> s) {
    at_client = s;
    return Handlers({.on_open = [](FrameStream& f) {
      for (int i = 0; i < 100; ++i) f.Send(std::string(100'000, 'x'));
    }})(std::move(s));
  });
  ASSERT_TRUE(signal.Wait([&] { return got == 1; }));
  EXPECT_LT(proxy.CountsWhenQuiet(std::chrono::milliseconds(300)).up, 3'000'000u);  // of 10 MB
  EXPECT_GT(at_client->queued_bytes(), 5'000'000u);
  EXPECT_EQ(signal.Read([&] { return got; }), 1);
  for (int i = 2; i <= 100; ++i) {
    at_server->ResumeReading();
    ASSERT_TRUE(signal.Wait([&] { return got == i; })) << i;
  }
  at_server->ResumeReading();  // a paused reader would not see the client leave
}

// A sender that does not obey the frame limit, as a foreign or broken peer would.
grpc::Status SendRaw(const std::shared_ptr<grpc::Channel>& channel, size_t bytes, std::string* echoed = nullptr) {
  class Reactor final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
   public:
    void OnReadDone(bool ok) override {
      if (ok) StartWritesDone();
    }
    void OnDone(const grpc::Status& s) override {
      signal.Update([&] {
        status = s;
        done = true;
      });
    }
    Signal signal;
    grpc::Status status;
    bool done = false;
    grpc::ByteBuffer in;
    grpc::ByteBuffer out;
  } reactor;
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub(channel);
  grpc::ClientContext context;
  const grpc::Slice slice(std::string(bytes, 'z'));
  reactor.out = grpc::ByteBuffer(&slice, 1);
  stub.PrepareBidiStreamingCall(&context, kStreamMethod, {}, &reactor);
  reactor.StartWrite(&reactor.out);
  reactor.StartRead(&reactor.in);
  reactor.StartCall();
  EXPECT_TRUE(reactor.signal.Wait([&] { return reactor.done; }));
  if (echoed != nullptr) *echoed = std::string(reactor.in.Length(), 'z');
  return reactor.status;
}

TEST_F(StreamTest, OversizeFramesAreRefusedAndTheConnectionLives) {
  TestServer server(Plain(), Anyone(), Echo());
  EXPECT_EQ(RunStreamOnce(PlainTo(server.address()),
                          Handlers({.on_open =
                                        [](FrameStream& s) {
                                          EXPECT_FALSE(s.Send(std::string(base::kFrameBytesMax + 1, 'x')));
                                          EXPECT_FALSE(s.Send(""));
                                          EXPECT_TRUE(s.Send(std::string(base::kFrameBytesMax, 'x')));
                                        },
                                    .on_frame =
                                        [](FrameStream& s, const std::string& frame) {
                                          EXPECT_EQ(frame.size(), base::kFrameBytesMax);
                                          s.Close(absl::OkStatus());
                                        }})),
            absl::OkStatus());

  grpc::ChannelArguments args = ChannelLimits(Keepalive{});
  const auto channel = grpc::CreateCustomChannel(server.address(), grpc::InsecureChannelCredentials(), args);
  const absl::Status above = FromGrpc(SendRaw(channel, base::kFrameBytesMax + 1));
  EXPECT_EQ(above.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(above.message()), ::testing::HasSubstr("frame of 524289 bytes"));
  EXPECT_EQ(FromGrpc(SendRaw(channel, 0)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FromGrpc(SendRaw(channel, 8 << 20)).code(), absl::StatusCode::kInvalidArgument);
  // The same connection serves on.
  std::string echoed;
  EXPECT_TRUE(SendRaw(channel, 100, &echoed).ok());
  EXPECT_EQ(echoed.size(), 100u);
}

TEST_F(StreamTest, OtherServicesShareTheServerAndUnknownMethodsAreRefused) {
  grpc::EnableDefaultHealthCheckService(true);
  TestServer server(Plain(), Anyone(), Echo());
  grpc::EnableDefaultHealthCheckService(false);
  const auto channel =
      grpc::CreateCustomChannel(server.address(), grpc::InsecureChannelCredentials(), ChannelLimits(Keepalive{}));
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub(channel);
  const auto call = [&](const std::string& method) {
    grpc::ClientContext one;
    const grpc::Slice slice("");
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    Signal signal;
    grpc::Status status;
    bool done = false;
    stub.UnaryCall(&one, method, {}, &request, &response, [&](const grpc::Status& s) {
      signal.Update([&] {
        status = s;
        done = true;
      });
    });
    EXPECT_TRUE(signal.Wait([&] { return done; }));
    return status.error_code();
  };
  EXPECT_EQ(call("/grpc.health.v1.Health/Check"), grpc::StatusCode::OK);
  EXPECT_EQ(call("/grpc.health.v1.Health/Nothing"), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(call("/other"), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(Ping(PlainTo(server.address())), absl::OkStatus());
}

TEST_F(StreamTest, FactoriesMayRefuse) {
  TestServer server(Plain(), Anyone(), [](std::shared_ptr<FrameStream>) { return nullptr; });
  EXPECT_EQ(Ping(PlainTo(server.address())).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(server.streams().open_streams(), 0u);
  EXPECT_EQ(RunStreamOnce(PlainTo(server.address()), [](std::shared_ptr<FrameStream>) { return nullptr; }).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(StreamTest, StreamsAreCounted) {
  Signal signal;
  StreamServerOptions options = Anyone();
  options.streams_max = 2;
  TestServer server(Plain(), options, Echo());
  int open = 0;
  std::vector<std::unique_ptr<StreamClient>> clients;
  const auto holder = Handlers({.on_open = [](FrameStream& s) { s.Send("hold"); },
                                .on_frame = [&](FrameStream&, const std::string&) { signal.Update([&] { ++open; }); }});
  for (int i = 0; i < 2; ++i) clients.push_back(Client(PlainTo(server.address()), holder));
  ASSERT_TRUE(signal.Wait([&] { return open == 2; }));
  EXPECT_EQ(Ping(PlainTo(server.address())).code(), absl::StatusCode::kResourceExhausted);
  clients.pop_back();
  // The place is free once the server has seen the end.
  absl::Status status;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    status = Ping(PlainTo(server.address()));
  } while (!status.ok() && std::chrono::steady_clock::now() < end);
  EXPECT_EQ(status, absl::OkStatus());
}

int Threads() {
  std::ifstream in("/proc/self/status");
  std::string word;
  while (in >> word) {
    if (word == "Threads:") {
      int n = 0;
      in >> n;
      return n;
    }
  }
  return -1;
}

TEST_F(StreamTest, ThousandIdleStreamsNeedNoThreads) {
  Signal signal;
  int open = 0;
  TestServer server(Plain(), Anyone(), Echo());
  const auto idle = Handlers({.on_open = [](FrameStream& s) { s.Send("hello"); },
                              .on_frame = [&](FrameStream&, const std::string&) { signal.Update([&] { ++open; }); }});
  std::vector<std::unique_ptr<StreamClient>> clients;
  const auto grow = [&](int n) {
    while (static_cast<int>(clients.size()) < n) {
      clients.push_back(Client(PlainTo(server.address()), idle));
      // A few at a time: the listen queue is not the subject.
      const int wanted = static_cast<int>(clients.size()) - 50;
      ASSERT_TRUE(signal.Wait([&] { return open >= wanted; }));
    }
    ASSERT_TRUE(signal.Wait([&] { return open == n; }));
  };
  grow(50);
  const int before = Threads();
  grow(1000);
  EXPECT_EQ(server.streams().open_streams(), 1000u);
  const int after = Threads();
  std::printf("threads at 50 streams: %d, at 1000: %d\n", before, after);
  EXPECT_LT(after - before, 16);  // both ends of all streams are in this process
}

}  // namespace
}  // namespace guanhu::rpc
