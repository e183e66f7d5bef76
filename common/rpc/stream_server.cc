#include "common/rpc/stream_server.h"

#include <grpcpp/support/server_callback.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/rpc/credentials.h"
#include "common/rpc/method.h"
#include "common/rpc/status_map.h"
#include "common/rpc/stream_core.h"

namespace guanhu::rpc {
namespace {

// Answers a call that gets no stream.
class Refusal final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Refusal(const absl::Status& status) { Finish(ToGrpc(status)); }
  void OnDone() override { delete this; }
};

class ServerReactor final : public grpc::ServerGenericBidiReactor, public Transport {
 public:
  ServerReactor(std::shared_ptr<StreamCore> core, grpc::CallbackServerContext* context)
      : core_(std::move(core)), context_(context) {}

  void Read(grpc::ByteBuffer* into) override {
    if (!finished_) StartRead(into);
  }
  void Write(const grpc::ByteBuffer* frame, grpc::WriteOptions options) override { StartWrite(frame, options); }
  void Finish(const absl::Status& status) override {
    finished_ = true;
    grpc::ServerGenericBidiReactor::Finish(ToGrpc(status));
  }
  void Cancel() override { context_->TryCancel(); }

  void OnReadDone(bool ok) override { core_->OnReadDone(ok); }
  void OnWriteDone(bool ok) override { core_->OnWriteDone(ok); }
  void OnCancel() override { core_->OnLost(); }
  void OnDone() override {
    const std::shared_ptr<StreamCore> core = std::move(core_);
    core->OnDone(nullptr);
    delete this;
  }

 private:
  std::shared_ptr<StreamCore> core_;
  grpc::CallbackServerContext* const context_;
  bool finished_ = false;  // guarded by the core's lock, like every call of Transport
};

}  // namespace

class StreamServer::Service final : public grpc::CallbackGenericService {
 public:
  Service(StreamServerOptions options, HandlerFactory factory)
      : options_(std::move(options)), factory_(std::move(factory)) {}

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    if (context->method() != kStreamMethod)
      return new Refusal(absl::UnimplementedError("this server does not know the method"));
    const base::NodeId node = PeerOf(*context->auth_context());
    if (absl::Status status = Admit(node, context->peer()); !status.ok()) return new Refusal(status);
    auto core = std::make_shared<StreamCore>([this](StreamCore* gone, const absl::Status&) { Remove(gone); },
                                             options_.close_timeout);
    core->SetPeer(node);
    if (absl::Status status = Add(core); !status.ok()) return new Refusal(status);
    std::unique_ptr<StreamHandler> handler = factory_(core);
    if (handler == nullptr) {
      Remove(core.get());
      return new Refusal(absl::UnavailableError("the server takes no stream now; try again later"));
    }
    core->SetHandler(std::move(handler));
    core->Open();
    auto* reactor = new ServerReactor(core, context);
    core->Attach(reactor);
    return reactor;
  }

  void CloseNode(base::NodeId node, const absl::Status& status) {
    for (const std::shared_ptr<StreamCore>& core : Open()) {
      if (core->peer() == node) core->Close(status);
    }
  }
  void Drain() {
    {
      std::lock_guard<std::mutex> lock(mu_);
      draining_ = true;
    }
    for (const std::shared_ptr<StreamCore>& core : Open()) core->Close(Stopping());
  }
  bool WaitEmpty(absl::Duration timeout) {
    std::unique_lock<std::mutex> lock(mu_);
    return empty_.wait_for(lock, absl::ToChronoMilliseconds(timeout), [this] { return open_.empty(); });
  }
  size_t open_streams() const {
    std::lock_guard<std::mutex> lock(mu_);
    return open_.size();
  }

 private:
  static absl::Status Stopping() { return absl::UnavailableError("the server is stopping; connect again later"); }

  absl::Status Admit(base::NodeId node, absl::string_view address) const {
    if (!node && !options_.allow_anonymous) {
      return absl::PermissionDeniedError("a stream needs a TLS certificate that names a node");
    }
    return options_.admit ? options_.admit(node, address) : absl::OkStatus();
  }

  absl::Status Add(const std::shared_ptr<StreamCore>& core) {
    std::lock_guard<std::mutex> lock(mu_);
    if (draining_) return Stopping();
    if (open_.size() >= options_.streams_max) {
      return absl::ResourceExhaustedError("the server has no room for another stream; connect again later");
    }
    open_.emplace(core.get(), core);
    return absl::OkStatus();
  }

  void Remove(StreamCore* core) {
    std::lock_guard<std::mutex> lock(mu_);
    open_.erase(core);
    if (open_.empty()) empty_.notify_all();
  }

  std::vector<std::shared_ptr<StreamCore>> Open() const {
    std::vector<std::shared_ptr<StreamCore>> out;
    std::lock_guard<std::mutex> lock(mu_);
    for (const auto& [raw, weak] : open_) {
      if (std::shared_ptr<StreamCore> core = weak.lock()) out.push_back(std::move(core));
    }
    return out;
  }

  const StreamServerOptions options_;
  const HandlerFactory factory_;
  mutable std::mutex mu_;
  std::condition_variable empty_;
  bool draining_ = false;
  std::map<StreamCore*, std::weak_ptr<StreamCore>> open_;
};

StreamServer::StreamServer(StreamServerOptions options, HandlerFactory factory)
    : service_(std::make_unique<Service>(std::move(options), std::move(factory))) {}
StreamServer::~StreamServer() = default;
void StreamServer::Register(grpc::ServerBuilder& builder) { builder.RegisterCallbackGenericService(service_.get()); }
void StreamServer::CloseNode(base::NodeId node, const absl::Status& status) { service_->CloseNode(node, status); }
void StreamServer::Drain() { service_->Drain(); }
bool StreamServer::WaitEmpty(absl::Duration timeout) { return service_->WaitEmpty(timeout); }
size_t StreamServer::open_streams() const { return service_->open_streams(); }

}  // namespace guanhu::rpc
