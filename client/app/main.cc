// The terminal: a caretaker's program. Here clocks, streams and the environment are made.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "client/app/commands.h"
#include "common/cli/figure_commands.h"
#include "common/cli/forms.h"
#include "common/cli/read_commands.h"

namespace {

class SystemClock final : public guanhu::base::Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

int main(int argc, char** argv) {
  namespace cli = guanhu::cli;
  namespace client = guanhu::client;
  const SystemClock clock;
  cli::Io io{.out = &std::cout, .err = &std::cerr, .program = "guanhu"};
  io.out_tty = isatty(STDOUT_FILENO) == 1;
  io.err_tty = isatty(STDERR_FILENO) == 1;
  const std::string locale = Environment("LC_ALL").empty() ? Environment("LANG") : Environment("LC_ALL");
  cli::Program program(io, &clock,
                       "Guanhu 管护: records of rural public facilities. What is saved here is safe without a network.",
                       absl::StartsWith(locale, "zh"));
  const std::string home = Environment("HOME");
  if (!home.empty()) program.set_default_data_dir(home + "/.local/share/guanhu");
  client::AddInit(program);
  client::AddAsset(program);
  client::AddInspection(program);
  client::AddDefect(program);
  client::AddOrder(program);
  client::AddRemark(program);
  cli::AddList(program, program.root(), "");
  cli::AddShow(program, program.root());
  client::AddStatus(program);
  client::AddSync(program);
  client::AddConnect(program, &clock);
  cli::AddResolve(program, program.root());
  cli::AddDigest(program);
  cli::AddLedger(program);
  cli::AddFigures(program);
  cli::AddMarks(program);
  cli::AddViews(program);
  const absl::Status formed = cli::AddForms(program, argc, argv);
  if (!formed.ok()) return cli::Fail(program.io(), formed);
  return program.Run(argc, argv);
}
