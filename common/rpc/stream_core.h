// What both ends of a FrameStream share: the send queue, the order of callbacks and the closing. Private to this room.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/rpc/frame_stream.h"

namespace guanhu::rpc {

// The operations of one gRPC reactor. StreamCore calls them under its lock: gRPC runs reactions elsewhere, never
// inline.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void Read(grpc::ByteBuffer* into) = 0;
  virtual void Write(const grpc::ByteBuffer* frame, grpc::WriteOptions options) = 0;
  // No Read or Write follows.
  virtual void Finish(const absl::Status& status) = 0;
  // Makes every operation in flight fail.
  virtual void Cancel() = 0;
};

class StreamCore final : public FrameStream, public std::enable_shared_from_this<StreamCore> {
 public:
  // Runs once, after the handler's OnClosed and destruction. Not run if the stream was never attached.
  using OnGone = std::function<void(StreamCore*, const absl::Status&)>;
  StreamCore(OnGone on_gone, absl::Duration close_timeout)
      : on_gone_(std::move(on_gone)), close_timeout_(close_timeout) {}

  // FrameStream
  bool Send(std::string frame) override;
  void Close(absl::Status status) override;
  void Cancel(absl::Status status) override;
  void PauseReading() override;
  void ResumeReading() override;
  base::NodeId peer() const override;
  size_t queued_bytes() const override;
  StreamStats stats() const override;

  // For the reactors, in this order: SetHandler, Open, Attach, the On functions, OnDone.
  void SetHandler(std::unique_ptr<StreamHandler> handler) { handler_ = std::move(handler); }
  void SetPeer(base::NodeId peer);
  void Open();                        // runs OnOpen
  void Attach(Transport* transport);  // reading and writing start
  void OnReadDone(bool ok);
  void OnWriteDone(bool ok);
  void OnLost();  // the server learnt that the call was cancelled
  // The reactor ends. `from_server` is the call's status at the client, null at the server; an error given to Close or
  // Cancel goes before it.
  void OnDone(const absl::Status* from_server);

 private:
  struct Event {
    enum class Kind { kOpen, kFrame, kDrained, kClosed } kind;
    std::string frame;
    absl::Status status;
  };

  void Post(Event event);  // needs no lock; runs the callback unless another thread does
  bool RunNext();
  void PumpLocked();
  void ReadLocked();
  void EndLocked(absl::Status status, bool drop_queue);
  void ArmCloseTimerLocked();

  const OnGone on_gone_;
  const absl::Duration close_timeout_;
  std::unique_ptr<StreamHandler> handler_;  // used by the dispatching thread only

  mutable std::mutex mu_;
  Transport* transport_ = nullptr;  // null before Attach and after OnDone
  base::NodeId peer_;
  StreamStats stats_;
  std::deque<std::string> queue_;
  size_t queued_bytes_ = 0;
  grpc::ByteBuffer writing_;
  grpc::ByteBuffer reading_;
  bool write_in_flight_ = false;
  bool read_paused_ = false;
  bool read_due_ = false;   // a read was put off by PauseReading
  bool finished_ = false;   // Transport::Finish was called
  bool cancelled_ = false;  // Cancel was called, perhaps before Attach
  bool done_ = false;
  std::optional<absl::Status> close_status_;  // set once this side is closing
  bool own_close_ = false;                    // ... by Close or Cancel, not because the peer left
  std::unique_ptr<grpc::Alarm> close_timer_;
  std::deque<Event> events_;
  bool dispatching_ = false;
};

}  // namespace guanhu::rpc
