#include <csignal>
#include <ctime>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/app/commands.h"
#include "common/api/local_server.h"
#include "common/base/status.h"
#include "common/host/node_host.h"
#include "common/host/parent_link.h"

namespace guanhu::client {
namespace {

constexpr timespec kLook = {0, 200'000'000};

// While this runs, other commands of the terminal reach the node through it.
absl::StatusOr<cli::Exit> Connect(cli::Program& program, const base::Clock* clock, const std::string& to) {
  // Blocked before the first thread starts, so that the signal waits for sigtimedwait below.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  GUANHU_ASSIGN_OR_RETURN(const std::string dir, program.data_dir());
  host::HostOptions options;
  options.data_dir = dir;
  options.clock = clock;
  GUANHU_ASSIGN_OR_RETURN(const std::unique_ptr<host::NodeHost> host, host::NodeHost::Open(options));
  GUANHU_ASSIGN_OR_RETURN(std::unique_ptr<api::LocalServer> local, api::LocalServer::Start(host.get()));
  const std::string address = to.empty() ? host->enrolment().parent_address : to;
  if (address.empty()) return absl::InvalidArgumentError("this device's enrolment names no parent; say --to HOST:PORT");
  local->service().SetParent(address);
  const cli::Io& io = program.io();
  auto link = std::make_unique<host::ParentLink>(host.get(), address, [&local, &io](const std::string& state) {
    local->service().SetLinkState(state);
    if (!io.quiet) *io.err << absl::StrCat(state, "\n") << std::flush;
  });
  io.Note(absl::StrCat(io.Say("保持连接: ", "Staying connected to "), address,
                       io.Say("；按 Ctrl-C 结束", "; Ctrl-C ends it")));
  absl::Status status;
  while (status.ok() && sigtimedwait(&signals, nullptr, &kLook) < 0) status = host->failure();
  link.reset();
  local.reset();
  host->Stop();
  GUANHU_RETURN_IF_ERROR(status);
  return cli::kExitOk;
}

}  // namespace

void AddConnect(cli::Program& program, const base::Clock* clock) {
  auto to = std::make_shared<std::string>();
  CLI::App* command = program.AddCommand(
      program.root(), "connect", "Stay connected until Ctrl-C; other commands work meanwhile",
      {"connect", "connect --to city.example:7443 &"}, [&program, clock, to] { return Connect(program, clock, *to); });
  command->add_option("--to", *to, "HOST:PORT; default: the parent that the enrolment names");
}

}  // namespace guanhu::client
