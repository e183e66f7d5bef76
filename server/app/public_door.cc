#include "server/app/public_door.h"

#include "common/base/status.h"

namespace guanhu::server {
namespace {

// Handlers wait for the node's one thread; two of them keep it busy while a third question is read.
constexpr int kWorkers = 2;

}  // namespace

absl::StatusOr<std::unique_ptr<PublicDoor>> PublicDoor::Open(host::NodeHost* host, const http::PublicOptions& options) {
  std::unique_ptr<PublicDoor> door(new PublicDoor(host, options));
  http::ServerOptions limits;
  limits.listen = options.listen;
  limits.header_bytes_max = http::kHeaderBytesMax;
  limits.body_bytes_max = http::kBodyBytesMax;
  limits.connections_max = static_cast<size_t>(options.connections_max);
  limits.connections_per_address_max =
      options.behind_proxy ? 0 : static_cast<size_t>(options.connections_per_address_max);
  limits.request_timeout = absl::Seconds(options.request_timeout_s);
  GUANHU_ASSIGN_OR_RETURN(door->server_, http::Server::Listen(limits, [face = &door->face_](const http::Request& r) {
                            return face->Handle(r);
                          }));
  http::Server* const server = door->server_.get();
  door->threads_.emplace_back([server] { server->Serve(); });
  for (int i = 0; i < kWorkers; ++i) door->threads_.emplace_back([server] { server->Work(); });
  return door;
}

PublicDoor::~PublicDoor() {
  if (server_ == nullptr) return;
  server_->Stop();
  for (std::thread& thread : threads_) thread.join();
}

void PublicDoor::Drain() {
  face_.SetDraining();
  server_->Drain();
}

}  // namespace guanhu::server
