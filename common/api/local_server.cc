#include "common/api/local_server.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "common/host/layout.h"
#include "common/rpc/credentials.h"

namespace guanhu::api {
namespace {

constexpr int kMessageBytesMax = 64 << 20;
// sockaddr_un holds 108 bytes with the closing zero.
constexpr size_t kSocketPathMax = 107;

}  // namespace

absl::StatusOr<std::unique_ptr<LocalServer>> LocalServer::Start(host::NodeHost* host) {
  std::unique_ptr<LocalServer> out(new LocalServer());
  out->socket_ = host::SocketPath(host->data_dir());
  if (out->socket_.size() > kSocketPathMax) {
    return absl::InvalidArgumentError(absl::StrCat("the path ", out->socket_, " is longer than a socket's may be (",
                                                   kSocketPathMax, "): use a shorter data folder"));
  }
  unlink(out->socket_.c_str());  // left by a process that was killed; the store's lock proves that none runs
  out->service_ = std::make_unique<LocalServiceImpl>(host);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + out->socket_, rpc::UnixServer());
  builder.RegisterService(out->service_.get());
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  out->server_ = builder.BuildAndStart();
  if (out->server_ == nullptr) return absl::UnavailableError(absl::StrCat("cannot serve on ", out->socket_));
  chmod(out->socket_.c_str(), 0600);
  return out;
}

LocalServer::~LocalServer() {
  if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
  unlink(socket_.c_str());
}

}  // namespace guanhu::api
