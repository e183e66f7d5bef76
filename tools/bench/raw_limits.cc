// What gRPC itself costs on this machine: the floor under every figure of a link.
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <thread>

#include "common/rpc/credentials.h"
#include "common/rpc/limits.h"
#include "tools/bench/suite.h"

namespace guanhu::bench {
namespace {

// An empty unary call to a method that nobody serves: the answer's status travels all the same.
void EmptyCall(const trust::Enrolment& enrolment, const std::string& address) {
  rpc::TlsOptions tls;
  tls.identity = enrolment.tls;
  tls.ca_pem = enrolment.tls_ca_pem;
  auto channel = grpc::CreateCustomChannel(address, rpc::TlsClient(tls), rpc::ChannelLimits({}));
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  auto call = stub.PrepareUnaryCall(&context, "/e", grpc::ByteBuffer(), &queue);
  call->StartCall();
  grpc::ByteBuffer reply;
  grpc::Status status;
  call->Finish(&reply, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
}

class Sink final : public rpc::StreamHandler {
 public:
  explicit Sink(std::atomic<uint64_t>* bytes) : bytes_(bytes) {}
  void OnFrame(std::string frame) override { *bytes_ += frame.size(); }

 private:
  std::atomic<uint64_t>* const bytes_;
};

}  // namespace

void MeasureGrpc(const Suite& suite, Report& report) {
  County county(suite.dir + "/grpc");
  const trust::Enrolment& enrolment = county.loader().host->enrolment();
  testing::ByteProxy& proxy = *county.town().proxy;
  for (int run = 0; run < 5; ++run) {
    const uint64_t before = proxy.CountsWhenQuiet().total();
    EmptyCall(enrolment, proxy.address());
    report.Add("raw", "gRPC: new mTLS connection and an empty unary call (TCP payload)", "B",
               static_cast<double>(proxy.CountsWhenQuiet().total() - before));
  }
  // Frames of 61 KB through one stream, nothing done with them.
  std::atomic<uint64_t> received{0};
  rpc::StreamServerOptions options;
  rpc::StreamServer server(options,
                           [&](std::shared_ptr<rpc::FrameStream>) { return std::make_unique<Sink>(&received); });
  grpc::ServerBuilder builder;
  rpc::ApplyLimits(builder, rpc::ServerLimits{});
  rpc::TlsOptions tls;
  tls.identity = county.town().host->enrolment().tls;
  tls.ca_pem = enrolment.tls_ca_pem;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", rpc::TlsServer(tls), &port);
  server.Register(builder);
  std::unique_ptr<grpc::Server> running = builder.BuildAndStart();
  rpc::TlsOptions mine;
  mine.identity = enrolment.tls;
  mine.ca_pem = enrolment.tls_ca_pem;
  rpc::StreamClientOptions client_options;
  client_options.address = "127.0.0.1:" + std::to_string(port);
  client_options.credentials = rpc::TlsClient(mine);
  std::shared_ptr<rpc::FrameStream> stream;
  std::atomic<bool> opened{false};
  std::atomic<uint64_t> ignored{0};
  rpc::StreamClient client(
      client_options, std::make_unique<trust::SecureRandom>(),
      [&](std::shared_ptr<rpc::FrameStream> s) {
        stream = std::move(s);
        opened = true;
        return std::make_unique<Sink>(&ignored);
      },
      nullptr);
  client.Start();
  County::WaitUntil([&] { return opened.load(); });
  constexpr size_t kFrame = 61 * 1024, kFrames = 3000;
  const std::string frame(kFrame, 'x');
  const double start = Seconds(), cpu = CpuSeconds();
  for (size_t i = 0; i < kFrames; ++i) {
    while (stream->queued_bytes() > (1 << 20)) std::this_thread::sleep_for(std::chrono::microseconds(50));
    stream->Send(frame);
  }
  County::WaitUntil([&] { return received == kFrames * kFrame; });
  const double seconds = Seconds() - start;
  report.Add("raw", "gRPC: one mTLS stream of 61 KB frames", "MB/s",
             static_cast<double>(kFrames * kFrame) / seconds / 1e6);
  report.Add("raw", "the same, CPU of both ends a frame", "us", (CpuSeconds() - cpu) * 1e6 / kFrames);
  stream.reset();
  client.Stop();
  server.Drain();
  running->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
}

}  // namespace guanhu::bench
