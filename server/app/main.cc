#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include "absl/status/statusor.h"
#include "server/app/config.h"
#include "server/app/serve.h"

namespace {

volatile std::sig_atomic_t g_stop = 0;

constexpr char kHelp[] =
    "guanhu-node: a township's or city's node\n\n"
    "  guanhu-node --config FILE          serve until SIGTERM or SIGINT, then drain\n"
    "  guanhu-node config check FILE      say what is wrong with a configuration\n\n"
    "Example of FILE:\n"
    "  data_dir = \"/var/lib/guanhu\"       # with the enrolment of this node\n"
    "  listen = \"0.0.0.0:7443\"            # port 0: any free one, written to DATA_DIR/port\n"
    "  parent = \"city.example:7443\"       # a township's; the city has none\n"
    "  reflection = false                 # let tools list the services\n"
    "  [public]                           # without it the public has no door here\n"
    "  listen = \"127.0.0.1:8080\"          # HTTP; put a proxy with a certificate in front and set behind_proxy\n"
    "  behind_proxy = true                # the caller is the last of X-Forwarded-For\n"
    "  default_place = \"绵山镇\"           # where reports without a known place go\n\n"
    "Exit codes: 0 ok, 1 error, 2 usage or configuration.\n";

int Usage() {
  std::fputs(kHelp, stderr);
  return 2;
}

int CheckConfig(const std::string& path) {
  const absl::StatusOr<guanhu::server::Config> config = guanhu::server::ReadConfig(path);
  if (!config.ok()) {
    std::fprintf(stderr, "%s\n", std::string(config.status().message()).c_str());
    return 2;
  }
  for (const std::string& advice : guanhu::server::Advice(*config)) std::fprintf(stderr, "note: %s\n", advice.c_str());
  std::printf("%s is in order\n", path.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && (std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0)) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (argc == 4 && std::strcmp(argv[1], "config") == 0 && std::strcmp(argv[2], "check") == 0)
    return CheckConfig(argv[3]);
  if (argc != 3 || std::strcmp(argv[1], "--config") != 0) return Usage();
  const absl::StatusOr<guanhu::server::Config> config = guanhu::server::ReadConfig(argv[2]);
  if (!config.ok()) {
    std::fprintf(stderr, "%s\n", std::string(config.status().message()).c_str());
    return 2;
  }
  for (const std::string& advice : guanhu::server::Advice(*config)) std::fprintf(stderr, "note: %s\n", advice.c_str());
  std::signal(SIGTERM, [](int) { g_stop = 1; });
  std::signal(SIGINT, [](int) { g_stop = 1; });
  std::signal(SIGPIPE, SIG_IGN);
  const absl::Status status = guanhu::server::Serve(*config, [] { return g_stop != 0; });
  if (status.ok()) return 0;
  std::fprintf(stderr, "guanhu-node: %s\n", std::string(status.message()).c_str());
  return 1;
}
