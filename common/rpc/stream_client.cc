#include "common/rpc/stream_client.h"

#include <grpcpp/alarm.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/client_callback.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "common/rpc/credentials.h"
#include "common/rpc/method.h"
#include "common/rpc/status_map.h"
#include "common/rpc/stream_core.h"

namespace guanhu::rpc {
namespace {

using Stub = grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer>;

std::shared_ptr<grpc::Channel> NewChannel(const StreamClientOptions& options) {
  return grpc::CreateCustomChannel(options.address, options.credentials, ChannelLimits(options.keepalive));
}

// One call on a channel of its own. Deletes itself at its end. Whoever starts it keeps the channel for longer and lets
// go of it outside of callbacks: the last channel of a process takes gRPC's callback threads with it, and gRPC 1.51
// aborts when one of them must wait for itself.
class ClientReactor final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>, public Transport {
 public:
  ClientReactor(std::shared_ptr<StreamCore> core, std::function<void()> on_answer,
                const std::shared_ptr<grpc::Channel>& channel)
      : core_(std::move(core)), on_answer_(std::move(on_answer)), stub_(channel) {}

  void Start() {
    core_->Open();
    // Frames that OnOpen queued travel in one packet with the call's headers.
    context_.set_initial_metadata_corked(core_->queued_bytes() > 0);
    stub_.PrepareBidiStreamingCall(&context_, kStreamMethod, {}, this);
    AddHold();  // the core starts operations outside of reactions until both halves of the call are over
    StartCall();
    core_->Attach(this);
  }

  void Read(grpc::ByteBuffer* into) override { StartRead(into); }
  void Write(const grpc::ByteBuffer* frame, grpc::WriteOptions options) override { StartWrite(frame, options); }
  void Finish(const absl::Status&) override {
    StartWritesDone();
    HalfOver();
  }
  void Cancel() override { context_.TryCancel(); }

  void OnReadInitialMetadataDone(bool ok) override {
    if (ok) Answered();
  }
  void OnReadDone(bool ok) override {
    if (ok) Answered();
    core_->OnReadDone(ok);
    if (!ok) HalfOver();
  }
  void OnWriteDone(bool ok) override { core_->OnWriteDone(ok); }
  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<StreamCore> core = std::move(core_);
    const absl::Status mapped = FromGrpc(status);
    delete this;
    core->OnDone(&mapped);
  }

 private:
  // The peer's name is known from here on, and not before: gRPC keeps what it answers first.
  void Answered() {
    std::call_once(answered_, [this] {
      core_->SetPeer(PeerOf(*context_.auth_context()));
      if (on_answer_) on_answer_();
    });
  }
  void HalfOver() {
    if (--halves_ == 0) RemoveHold();
  }

  std::shared_ptr<StreamCore> core_;
  const std::function<void()> on_answer_;
  Stub stub_;
  grpc::ClientContext context_;
  std::once_flag answered_;
  std::atomic<int> halves_{2};
};

// Null if the factory gave no handler.
std::shared_ptr<StreamCore> NewStream(const HandlerFactory& factory, absl::Duration close_timeout,
                                      StreamCore::OnGone on_gone) {
  auto core = std::make_shared<StreamCore>(std::move(on_gone), close_timeout);
  std::unique_ptr<StreamHandler> handler = factory(core);
  if (handler == nullptr) return nullptr;
  core->SetHandler(std::move(handler));
  return core;
}

absl::Status Stopping() { return absl::UnavailableError("this node is stopping"); }
absl::Status NoHandler() { return absl::UnavailableError("this node takes no stream now"); }

}  // namespace

class StreamClient::Impl : public std::enable_shared_from_this<StreamClient::Impl> {
 public:
  Impl(StreamClientOptions options, std::unique_ptr<base::Random> random, HandlerFactory factory, OnState on_state)
      : options_(std::move(options)),
        random_(std::move(random)),
        factory_(std::move(factory)),
        on_state_(std::move(on_state)),
        backoff_(options_.backoff_min) {}

  void Start() {
    {
      std::lock_guard<std::mutex> lock(mu_);
      if (busy_ || stopping_) return;
      busy_ = true;
    }
    Attempt();
  }

  void RetryNow() {
    std::lock_guard<std::mutex> lock(mu_);
    backoff_ = options_.backoff_min;
    if (alarm_ != nullptr) alarm_->Cancel();
  }

  void Stop(absl::Duration grace) {
    std::unique_lock<std::mutex> lock(mu_);
    stopping_ = true;
    if (alarm_ != nullptr) alarm_->Cancel();
    const std::shared_ptr<StreamCore> stream = stream_.lock();
    lock.unlock();
    if (stream != nullptr) stream->Close(absl::OkStatus());
    lock.lock();
    if (!idle_.wait_for(lock, absl::ToChronoMilliseconds(grace), [this] { return !busy_; }) && stream != nullptr) {
      lock.unlock();
      stream->Cancel(Stopping());
      lock.lock();
    }
    idle_.wait(lock, [this] { return !busy_; });
    const std::shared_ptr<grpc::Channel> last = std::move(channel_);
    const std::unique_ptr<grpc::Alarm> alarm = std::move(alarm_);  // its callback holds this object
    lock.unlock();  // the end of `last` waits for callbacks, and these may take the lock
  }

 private:
  // At most one chain of Attempt -> Ended -> alarm -> Attempt runs; busy_ says that it does.
  void Attempt() {
    Report(ClientState::kConnecting, last_);
    auto self = shared_from_this();
    const std::shared_ptr<StreamCore> stream = NewStream(
        factory_, options_.close_timeout,
        [self](StreamCore* core, const absl::Status& status) { self->Ended(status, core->stats().frames_in > 0); });
    if (stream == nullptr) return Ended(NoHandler(), false);
    const std::shared_ptr<grpc::Channel> channel = NewChannel(options_);
    std::shared_ptr<grpc::Channel> previous;  // let go at the end, when the new one has taken hold of the threads
    {
      std::lock_guard<std::mutex> lock(mu_);
      stream_ = stream;
      previous = std::exchange(channel_, channel);
      if (stopping_) stream->Cancel(Stopping());  // Stop came before it could see the stream
    }
    (new ClientReactor(
         stream, [self] { self->Report(ClientState::kOpen, absl::OkStatus()); }, channel))
        ->Start();
  }

  void Ended(const absl::Status& status, bool heard) {
    std::unique_lock<std::mutex> lock(mu_);
    last_ = status;
    if (stopping_) return Idle(std::move(lock));
    if (heard) backoff_ = options_.backoff_min;
    if (absl::IsFailedPrecondition(status)) backoff_ = options_.backoff_max;
    const int64_t half_ms = absl::ToInt64Milliseconds(backoff_) / 2;
    const int64_t wait_ms = half_ms + static_cast<int64_t>(random_->Below(static_cast<uint64_t>(half_ms) + 1));
    backoff_ = std::min(backoff_ * 2, options_.backoff_max);
    lock.unlock();
    Report(ClientState::kWaiting, status);
    lock.lock();
    if (stopping_) return Idle(std::move(lock));
    alarm_ = std::make_unique<grpc::Alarm>();
    alarm_->Set(std::chrono::system_clock::now() + std::chrono::milliseconds(wait_ms),
                [self = shared_from_this()](bool) { self->Woken(); });
  }

  void Woken() {
    {
      std::unique_lock<std::mutex> lock(mu_);
      if (stopping_) return Idle(std::move(lock));
    }
    Attempt();
  }

  void Idle(std::unique_lock<std::mutex> lock) {
    lock.unlock();
    Report(ClientState::kStopped, last_);
    lock.lock();
    busy_ = false;
    idle_.notify_all();
  }

  void Report(ClientState state, const absl::Status& status) {
    std::lock_guard<std::mutex> lock(report_mu_);
    if (on_state_) on_state_(state, status);
  }

  const StreamClientOptions options_;
  const std::unique_ptr<base::Random> random_;
  const HandlerFactory factory_;
  const OnState on_state_;
  std::mutex report_mu_;
  std::mutex mu_;
  std::condition_variable idle_;
  bool busy_ = false;
  bool stopping_ = false;
  absl::Duration backoff_;
  absl::Status last_;
  std::weak_ptr<StreamCore> stream_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<grpc::Alarm> alarm_;
};

StreamClient::StreamClient(StreamClientOptions options, std::unique_ptr<base::Random> random, HandlerFactory factory,
                           OnState on_state)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(random), std::move(factory), std::move(on_state))) {}
StreamClient::~StreamClient() { impl_->Stop(absl::Seconds(5)); }
void StreamClient::Start() { impl_->Start(); }
void StreamClient::RetryNow() { impl_->RetryNow(); }
void StreamClient::Stop(absl::Duration grace) { impl_->Stop(grace); }

absl::Status RunStreamOnce(const StreamClientOptions& options, const HandlerFactory& factory) {
  struct Outcome {
    std::mutex mu;
    std::condition_variable done;
    std::optional<absl::Status> status;
  };
  const auto outcome =
      std::make_shared<Outcome>();  // shared: the callback may still hold it when this function returns
  const std::shared_ptr<grpc::Channel> channel = NewChannel(options);
  const std::shared_ptr<StreamCore> stream =
      NewStream(factory, options.close_timeout, [outcome](StreamCore*, const absl::Status& status) {
        std::lock_guard<std::mutex> lock(outcome->mu);
        outcome->status = status;
        outcome->done.notify_all();
      });
  if (stream == nullptr) return NoHandler();
  (new ClientReactor(stream, nullptr, channel))->Start();
  std::unique_lock<std::mutex> lock(outcome->mu);
  outcome->done.wait(lock, [&] { return outcome->status.has_value(); });
  return *outcome->status;
}

}  // namespace guanhu::rpc
