// The operator's program. Here clocks, streams and the environment are made.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "common/cli/figure_commands.h"
#include "common/cli/forms.h"
#include "common/cli/read_commands.h"
#include "tools/ctl/commands.h"
#include "tools/ctl/export.h"

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
  namespace ctl = guanhu::ctl;
  const SystemClock clock;
  cli::Io io{.out = &std::cout, .err = &std::cerr, .program = "guanhuctl"};
  io.out_tty = isatty(STDOUT_FILENO) == 1;
  io.err_tty = isatty(STDERR_FILENO) == 1;
  const std::string locale = Environment("LC_ALL").empty() ? Environment("LANG") : Environment("LC_ALL");
  cli::Program program(
      io, &clock, "Guanhu 管护: for whoever runs the county's nodes. Works on the node whose data folder --data names.",
      absl::StartsWith(locale, "zh"));
  ctl::AddCounty(program);
  ctl::AddDevice(program);
  ctl::AddPlace(program);
  ctl::AddImport(program);
  cli::AddLedger(program, ctl::SaveTable);
  cli::AddFigures(program, ctl::SaveTable);
  cli::AddMarks(program);
  cli::AddViews(program);
  cli::AddDigest(program);
  cli::AddList(program, program.root(), "");
  cli::AddShow(program, program.root());
  ctl::AddHeld(program);
  ctl::AddQuarantine(program);
  CLI::App* conflicts = program.AddGroup("conflicts", "Values that stand against each other");
  cli::AddConflictList(program, conflicts);
  cli::AddResolve(program, conflicts);
  ctl::AddCatalogue(program);
  ctl::AddMerge(program);
  ctl::AddDoctor(program);
  ctl::AddPlates(program);
  ctl::AddSample(program);
  const absl::Status formed = cli::AddForms(program, argc, argv);
  if (!formed.ok()) return cli::Fail(program.io(), formed);
  return program.Run(argc, argv);
}
