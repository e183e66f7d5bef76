#include "common/api/client.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "common/api/local_service.h"
#include "common/base/status.h"
#include "common/host/layout.h"
#include "common/host/node_host.h"
#include "common/rpc/credentials.h"

namespace guanhu::api {
namespace {

class SystemClock final : public base::Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

// A record view with a long history is far below; an enrolment file carries the place tree of a county.
constexpr int kMessageBytesMax = 64 << 20;

// False: nobody can be there. A socket file without a process behind it is what kill -9 leaves; the kernel refuses it
// at once, where gRPC would try again until its time is over, in every command.
bool MayBeServed(const std::string& socket_path) {
  sockaddr_un address = {};
  if (socket_path.size() >= sizeof(address.sun_path)) return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return true;
  const bool refused = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
                       (errno == ENOENT || errno == ECONNREFUSED);
  close(fd);
  return !refused;
}

}  // namespace

struct Local::Impl {
  SystemClock clock;
  std::unique_ptr<host::NodeHost> host;
  std::unique_ptr<LocalServiceImpl> service;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<v1::LocalService::StubInterface> stub;
  bool served = false;

  ~Impl() {
    stub.reset();
    if (server != nullptr) server->Shutdown(std::chrono::system_clock::now());
    server.reset();
    service.reset();
    if (host != nullptr) host->Stop();
  }
};

Local::Local(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Local::~Local() = default;
v1::LocalService::StubInterface& Local::stub() { return *impl_->stub; }
bool Local::served() const { return impl_->served; }

absl::StatusOr<std::unique_ptr<Local>> Local::Open(const LocalOptions& options) {
  auto impl = std::make_unique<Impl>();
  const std::string socket = host::SocketPath(options.data_dir);
  if (MayBeServed(socket)) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
    auto channel = grpc::CreateCustomChannel("unix:" + socket, rpc::UnixClient(), arguments);
    if (channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(2))) {
      impl->stub = v1::LocalService::NewStub(channel);
      impl->served = true;
      return std::unique_ptr<Local>(new Local(std::move(impl)));
    }
  }
  host::HostOptions host_options;
  host_options.data_dir = options.data_dir;
  host_options.clock = &impl->clock;
  GUANHU_ASSIGN_OR_RETURN(impl->host, host::NodeHost::Open(host_options));
  impl->service = std::make_unique<LocalServiceImpl>(impl->host.get());
  grpc::ServerBuilder builder;
  builder.RegisterService(impl->service.get());
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  impl->server = builder.BuildAndStart();
  if (impl->server == nullptr) return absl::InternalError("the node's service did not start inside this program");
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  impl->stub = v1::LocalService::NewStub(impl->server->InProcessChannel(arguments));
  return std::unique_ptr<Local>(new Local(std::move(impl)));
}

absl::Status FromGrpc(const grpc::Status& s) {
  return s.ok() ? absl::OkStatus() : absl::Status(static_cast<absl::StatusCode>(s.error_code()), s.error_message());
}

grpc::Status ToGrpc(const absl::Status& s) {
  return s.ok() ? grpc::Status::OK : grpc::Status(static_cast<grpc::StatusCode>(s.code()), std::string(s.message()));
}

}  // namespace guanhu::api
