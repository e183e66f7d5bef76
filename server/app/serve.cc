#include "server/app/serve.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/api/local_server.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/host/layout.h"
#include "common/host/node_host.h"
#include "common/host/parent_link.h"
#include "common/rpc/credentials.h"
#include "common/rpc/limits.h"
#include "common/rpc/stream_server.h"
#include "server/app/public_door.h"

namespace guanhu::server {
namespace {

// How long a stopping node lets its peers take what is queued.
constexpr absl::Duration kDrain = absl::Seconds(5);

class SystemClock final : public base::Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

void LogLine(node::Events::Severity severity, absl::string_view name, absl::string_view detail) {
  const char* level = severity == node::Events::kError     ? "error"
                      : severity == node::Events::kWarning ? "warning"
                                                           : "info";
  std::fprintf(stderr, "%s %s %s\n", level, std::string(name).c_str(), base::Printable(detail).c_str());
}

absl::Status WritePort(const std::string& path, int port) {
  std::ofstream file(path, std::ios::trunc);
  file << port << "\n";
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("cannot write ", path));
}

}  // namespace

absl::Status Serve(const Config& config, const std::function<bool()>& stop) {
  SystemClock clock;
  host::HostOptions options;
  options.data_dir = config.data_dir;
  options.server = true;
  options.new_incarnation = config.new_incarnation;
  options.clock = &clock;
  options.log = LogLine;
  GUANHU_ASSIGN_OR_RETURN(std::unique_ptr<host::NodeHost> host, host::NodeHost::Open(options));

  rpc::TlsOptions tls;
  tls.identity = host->enrolment().tls;
  tls.ca_pem = host->enrolment().tls_ca_pem;
  rpc::StreamServerOptions stream_options;
  stream_options.streams_max = static_cast<size_t>(config.streams_max);
  rpc::StreamServer streams(stream_options, host->Streams(/*outgoing=*/false));
  grpc::EnableDefaultHealthCheckService(true);
  if (config.reflection) grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  rpc::ApplyLimits(builder, rpc::ServerLimits{});
  int port = 0;
  builder.AddListeningPort(config.listen, rpc::TlsServer(tls), &port);
  streams.Register(builder);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0)
    return absl::UnavailableError(absl::StrCat("cannot listen on ", config.listen, ": is the port taken?"));
  GUANHU_ASSIGN_OR_RETURN(std::unique_ptr<api::LocalServer> local, api::LocalServer::Start(host.get()));
  std::unique_ptr<PublicDoor> door;
  if (!config.public_door.listen.empty()) {
    GUANHU_ASSIGN_OR_RETURN(door, PublicDoor::Open(host.get(), config.public_door));
    GUANHU_RETURN_IF_ERROR(WritePort(host::PublicPortPath(config.data_dir), door->port()));
  }
  GUANHU_RETURN_IF_ERROR(WritePort(host::PortPath(config.data_dir), port));

  std::unique_ptr<host::ParentLink> parent;
  const std::string address = config.parent.empty() ? host->enrolment().parent_address : config.parent;
  local->service().SetParent(address);
  if (!address.empty()) {
    parent = std::make_unique<host::ParentLink>(host.get(), address, [&](const std::string& state) {
      LogLine(node::Events::kInfo, "parent", state);
      local->service().SetLinkState(state);
    });
  }
  const std::string node_id = base::ToText(host->house_trust().self().node.value);
  const std::string public_port = door == nullptr ? "" : absl::StrCat(" public=", door->port());
  std::printf("ready port=%d node=%s%s\n", port, node_id.c_str(), public_port.c_str());
  std::fflush(stdout);

  absl::Status status;
  while (!stop() && status.ok()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    status = host->failure();
  }
  if (!status.ok()) LogLine(node::Events::kError, "node_failed", status.message());
  if (door != nullptr) door->Drain();
  server->GetHealthCheckService()->SetServingStatus(false);
  parent.reset();
  streams.Drain();
  streams.WaitEmpty(kDrain);
  server->Shutdown(std::chrono::system_clock::now() + absl::ToChronoSeconds(kDrain));
  if (door != nullptr) door->WaitEmpty(kDrain);
  door.reset();
  unlink(host::PublicPortPath(config.data_dir).c_str());
  local.reset();
  unlink(host::PortPath(config.data_dir).c_str());
  host->Stop();
  return status;
}

}  // namespace guanhu::server
