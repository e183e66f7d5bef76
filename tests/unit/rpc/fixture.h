// A county with a city server and tablets, on the loopback.
#pragma once

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/rpc/credentials.h"
#include "common/rpc/limits.h"
#include "common/rpc/stream_client.h"
#include "common/rpc/stream_server.h"
#include "common/trust/certificate.h"
#include "common/trust/tls.h"

namespace guanhu::rpc {

// Long enough for a loaded machine; reaching it fails the test, so it decides nothing else.
inline constexpr auto kPatience = std::chrono::seconds(60);

struct County {
  explicit County(const std::string& name = "Jiexiu") : ca(*trust::NewTlsAuthority(name, absl::Now())) {}

  trust::TlsIdentity ca;

  TlsOptions Node(uint64_t id) const {
    return NodeWithDates(id, absl::Now() - absl::Hours(1), absl::Now() + absl::Hours(24));
  }
  TlsOptions NodeWithDates(uint64_t id, absl::Time from, absl::Time to) const {
    TlsOptions out;
    out.identity.key_pem = *trust::NewTlsKey();
    out.identity.certificate_pem = *trust::IssueLeaf(ca, trust::LeafRequest{.public_key_pem = out.identity.key_pem,
                                                                            .node = base::NodeId{id},
                                                                            .serial = id,
                                                                            .not_before = from,
                                                                            .not_after = to});
    out.ca_pem = ca.certificate_pem;
    return out;
  }
};

// Waits for a condition that other threads make true.
class Signal {
 public:
  template <typename F>
  void Update(F change) {
    std::lock_guard<std::mutex> lock(mu_);
    change();
    changed_.notify_all();
  }
  template <typename F>
  ::testing::AssertionResult Wait(F condition) {
    std::unique_lock<std::mutex> lock(mu_);
    if (changed_.wait_for(lock, kPatience, condition)) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "did not happen in time";
  }
  template <typename F>
  auto Read(F get) {
    std::lock_guard<std::mutex> lock(mu_);
    return get();
  }

 private:
  std::mutex mu_;
  std::condition_variable changed_;
};

// A handler made of functions; any may be empty.
struct Callbacks {
  std::function<void(FrameStream&)> on_open = {};
  std::function<void(FrameStream&, std::string)> on_frame = {};
  std::function<void(FrameStream&)> on_drained = {};
  std::function<void(FrameStream&, const absl::Status&)> on_closed = {};
};

class CallbackHandler final : public StreamHandler {
 public:
  CallbackHandler(std::shared_ptr<FrameStream> stream, const Callbacks& callbacks)
      : stream_(std::move(stream)), callbacks_(callbacks) {}
  void OnOpen() override {
    if (callbacks_.on_open) callbacks_.on_open(*stream_);
  }
  void OnFrame(std::string frame) override {
    if (callbacks_.on_frame) callbacks_.on_frame(*stream_, std::move(frame));
  }
  void OnDrained() override {
    if (callbacks_.on_drained) callbacks_.on_drained(*stream_);
  }
  void OnClosed(const absl::Status& status) override {
    if (callbacks_.on_closed) callbacks_.on_closed(*stream_, status);
  }

 private:
  const std::shared_ptr<FrameStream> stream_;
  const Callbacks callbacks_;
};

inline HandlerFactory Handlers(Callbacks callbacks) {
  return [callbacks](std::shared_ptr<FrameStream> stream) {
    return std::make_unique<CallbackHandler>(std::move(stream), callbacks);
  };
}

class TestServer {
 public:
  TestServer(const std::shared_ptr<grpc::ServerCredentials>& credentials, StreamServerOptions options,
             HandlerFactory factory, const std::string& address = "127.0.0.1:0",
             const std::function<void(grpc::ServerBuilder&)>& more = nullptr)
      : streams_(std::move(options), std::move(factory)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, credentials, &port_);
    ApplyLimits(builder, ServerLimits{});
    if (more) more(builder);
    streams_.Register(builder);
    server_ = builder.BuildAndStart();
  }
  ~TestServer() { Stop(); }
  void Stop() {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    server_.reset();
  }
  bool running() const { return server_ != nullptr; }
  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  StreamServer& streams() { return streams_; }

 private:
  int port_ = 0;
  StreamServer streams_;
  std::unique_ptr<grpc::Server> server_;
};

inline HandlerFactory Echo() {
  return Handlers({.on_frame = [](FrameStream& s, std::string frame) { s.Send(std::move(frame)); }});
}

inline StreamClientOptions To(std::string address, const TlsOptions& tls) {
  StreamClientOptions out;
  out.address = std::move(address);
  out.credentials = TlsClient(tls);
  out.backoff_min = absl::Milliseconds(20);
  out.backoff_max = absl::Milliseconds(200);
  return out;
}

// One echo exchange; gives the status of the stream.
inline absl::Status Ping(const StreamClientOptions& options, base::NodeId* server = nullptr) {
  return RunStreamOnce(options,
                       Handlers({.on_open = [](FrameStream& s) { s.Send("ping"); },
                                 .on_frame =
                                     [server](FrameStream& s, std::string frame) {
                                       if (server != nullptr) *server = s.peer();
                                       s.Close(frame == "ping" ? absl::OkStatus() : absl::DataLossError(frame));
                                     }}));
}

}  // namespace guanhu::rpc
