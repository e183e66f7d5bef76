#include "common/rpc/stream_core.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"

namespace guanhu::rpc {
namespace {

// Hands the string's memory to gRPC without copying it.
grpc::ByteBuffer ToBuffer(std::string frame) {
  auto* owned = new std::string(std::move(frame));
  const grpc::Slice slice(
      owned->data(), owned->size(), [](void* p) { delete static_cast<std::string*>(p); }, owned);
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToString(grpc::ByteBuffer& buffer) {
  std::string out;
  std::vector<grpc::Slice> slices;
  out.reserve(buffer.Length());
  if (buffer.Dump(&slices).ok()) {
    for (const grpc::Slice& s : slices) out.append(reinterpret_cast<const char*>(s.begin()), s.size());
  }
  return out;
}

}  // namespace

bool StreamCore::Send(std::string frame) {
  if (frame.empty() || frame.size() > base::kFrameBytesMax) return false;
  std::lock_guard<std::mutex> lock(mu_);
  if (close_status_.has_value() || done_) return false;
  queued_bytes_ += frame.size();
  queue_.push_back(std::move(frame));
  PumpLocked();
  return true;
}

void StreamCore::Close(absl::Status status) {
  std::lock_guard<std::mutex> lock(mu_);
  if (close_status_.has_value() || done_) return;
  own_close_ = true;
  EndLocked(std::move(status), /*drop_queue=*/false);
  if (!done_) ArmCloseTimerLocked();
}

void StreamCore::Cancel(absl::Status status) {
  std::lock_guard<std::mutex> lock(mu_);
  if (done_) return;
  // An earlier error of this side stays the reason; an intended good end, or the peer's leaving, does not.
  if (close_status_.has_value() && (!own_close_ || close_status_->ok())) close_status_.reset();
  own_close_ = true;
  EndLocked(std::move(status), /*drop_queue=*/true);
  cancelled_ = true;
  if (transport_ != nullptr) transport_->Cancel();
}

void StreamCore::PauseReading() {
  std::lock_guard<std::mutex> lock(mu_);
  read_paused_ = true;
}

void StreamCore::ResumeReading() {
  std::lock_guard<std::mutex> lock(mu_);
  read_paused_ = false;
  if (std::exchange(read_due_, false)) ReadLocked();
}

base::NodeId StreamCore::peer() const {
  std::lock_guard<std::mutex> lock(mu_);
  return peer_;
}

size_t StreamCore::queued_bytes() const {
  std::lock_guard<std::mutex> lock(mu_);
  return queued_bytes_;
}

StreamStats StreamCore::stats() const {
  std::lock_guard<std::mutex> lock(mu_);
  return stats_;
}

void StreamCore::SetPeer(base::NodeId peer) {
  std::lock_guard<std::mutex> lock(mu_);
  peer_ = peer;
}

void StreamCore::Open() { Post(Event{Event::Kind::kOpen, {}, {}}); }

void StreamCore::Attach(Transport* transport) {
  std::lock_guard<std::mutex> lock(mu_);
  transport_ = transport;
  if (cancelled_) transport_->Cancel();
  ReadLocked();
  PumpLocked();
}

void StreamCore::OnReadDone(bool ok) {
  std::string frame;
  {
    std::lock_guard<std::mutex> lock(mu_);
    if (!ok) {
      // The peer finished or is gone: nothing more can come, so this side ends too, after its queue.
      EndLocked(absl::OkStatus(), /*drop_queue=*/false);
      return;
    }
    if (close_status_.has_value()) {  // closing: read on, so that the end of the call is reached, but drop the frames
      ReadLocked();
      return;
    }
    if (reading_.Length() > base::kFrameBytesMax || reading_.Length() == 0) {
      own_close_ = true;
      EndLocked(absl::InvalidArgumentError(absl::StrCat("the peer sent a frame of ", reading_.Length(), " bytes; 1 to ",
                                                        base::kFrameBytesMax, " are allowed")),
                /*drop_queue=*/true);
      ReadLocked();
      return;
    }
    frame = ToString(reading_);
    reading_.Clear();
    ++stats_.frames_in;
    stats_.bytes_in += frame.size();
  }
  Post(Event{Event::Kind::kFrame, std::move(frame), {}});
}

void StreamCore::OnWriteDone(bool ok) {
  {
    std::lock_guard<std::mutex> lock(mu_);
    write_in_flight_ = false;
    writing_.Clear();
    if (!ok) EndLocked(absl::UnavailableError("the connection to the peer was lost"), /*drop_queue=*/true);
    PumpLocked();
    if (!ok || write_in_flight_ || finished_) return;
  }
  Post(Event{Event::Kind::kDrained, {}, {}});
}

void StreamCore::OnLost() {
  std::lock_guard<std::mutex> lock(mu_);
  if (!own_close_) close_status_.reset();  // a cancelled call also ends the reading, which looks like a normal end
  EndLocked(absl::UnavailableError("the connection to the peer was lost"), /*drop_queue=*/true);
}

void StreamCore::OnDone(const absl::Status* from_server) {
  absl::Status status;
  std::unique_ptr<grpc::Alarm> timer;
  {
    std::lock_guard<std::mutex> lock(mu_);
    done_ = true;
    transport_ = nullptr;
    timer = std::move(close_timer_);
    queue_.clear();
    queued_bytes_ = 0;
    const absl::Status own = close_status_.value_or(absl::OkStatus());
    status = from_server != nullptr && (own.ok() || !own_close_) ? *from_server : own;
  }
  if (timer != nullptr) timer->Cancel();
  Post(Event{Event::Kind::kClosed, {}, std::move(status)});
}

void StreamCore::Post(Event event) {
  // Kept alive: the last event may drop the last other reference.
  const std::shared_ptr<StreamCore> self = shared_from_this();
  {
    std::lock_guard<std::mutex> lock(mu_);
    events_.push_back(std::move(event));
    if (std::exchange(dispatching_, true)) return;
  }
  while (RunNext()) {
  }
}

bool StreamCore::RunNext() {
  std::unique_lock<std::mutex> lock(mu_);
  if (events_.empty()) {
    dispatching_ = false;
    return false;
  }
  Event event = std::move(events_.front());
  events_.pop_front();
  const bool closing = close_status_.has_value();
  lock.unlock();
  switch (event.kind) {
    case Event::Kind::kOpen:
      handler_->OnOpen();
      break;
    case Event::Kind::kFrame:
      if (!closing) handler_->OnFrame(std::move(event.frame));
      lock.lock();
      ReadLocked();
      break;
    case Event::Kind::kDrained:
      handler_->OnDrained();
      break;
    case Event::Kind::kClosed:
      handler_->OnClosed(event.status);
      handler_.reset();
      on_gone_(this, event.status);
      break;
  }
  return true;
}

void StreamCore::PumpLocked() {
  if (transport_ == nullptr || write_in_flight_ || finished_) return;
  if (!queue_.empty()) {
    std::string frame = std::move(queue_.front());
    queue_.pop_front();
    queued_bytes_ -= frame.size();
    ++stats_.frames_out;
    stats_.bytes_out += frame.size();
    writing_ = ToBuffer(std::move(frame));
    write_in_flight_ = true;
    grpc::WriteOptions options;
    // More follows at once: let gRPC join frames into fewer records and packets. Not the first frame: with it gRPC 1.51
    // would also hold back the call's headers, and with them the end of this write, until something else is sent.
    if (!queue_.empty() && stats_.frames_out > 1) options.set_buffer_hint();
    transport_->Write(&writing_, options);
    return;
  }
  if (close_status_.has_value()) {
    finished_ = true;
    transport_->Finish(*close_status_);
  }
}

// Starts the next read, unless the handler asked to wait. A closing stream reads on whatever the handler asked.
void StreamCore::ReadLocked() {
  if (transport_ == nullptr) return;
  if (read_paused_ && !close_status_.has_value()) {
    read_due_ = true;
    return;
  }
  transport_->Read(&reading_);
}

void StreamCore::EndLocked(absl::Status status, bool drop_queue) {
  if (!close_status_.has_value()) close_status_ = std::move(status);
  if (drop_queue) {
    queue_.clear();
    queued_bytes_ = 0;
  }
  if (std::exchange(read_due_, false)) ReadLocked();
  PumpLocked();
}

void StreamCore::ArmCloseTimerLocked() {
  close_timer_ = std::make_unique<grpc::Alarm>();
  const auto deadline = std::chrono::system_clock::now() + absl::ToChronoMilliseconds(close_timeout_);
  close_timer_->Set(deadline, [self = shared_from_this()](bool expired) {
    if (expired) self->Cancel(absl::UnavailableError("the peer did not take the last frames in time"));
  });
}

}  // namespace guanhu::rpc
