#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "tools/ctl/commands.h"
#include "tools/ctl/divisions.h"

namespace guanhu::ctl {
namespace {

struct SampleOptions {
  int townships = 4;
  int villages = 6;
  std::string out;
};

absl::StatusOr<cli::Exit> County(cli::Program& program, const SampleOptions& options) {
  const std::string csv = SampleDivisions(options.townships, options.villages);
  const cli::Io& io = program.io();
  if (options.out.empty()) {
    *io.out << csv;
  } else {
    std::ofstream file(options.out, std::ios::binary);
    file << csv;
    if (!file.flush()) return absl::UnavailableError(absl::StrCat("cannot write ", options.out));
  }
  io.Note(io.Say("样例县: 名称和代码都是编造的", "A sample county: its names and codes are made up."));
  return cli::kExitOk;
}

}  // namespace

void AddSample(cli::Program& program) {
  CLI::App* group = program.AddGroup("sample", "Made-up data, labelled as sample");
  auto options = std::make_shared<SampleOptions>();
  CLI::App* command =
      program.AddCommand(group, "county", "Divisions of a made-up county, for county init --divisions",
                         {"sample county > sample.csv", "sample county --townships 12 --villages 20 --out sample.csv"},
                         [&program, options] { return County(program, *options); });
  command->add_option("--townships", options->townships, "How many")->capture_default_str()->check(CLI::Range(1, 299));
  command->add_option("--villages", options->villages, "How many in each")
      ->capture_default_str()
      ->check(CLI::Range(1, 799));
  command->add_option("--out", options->out, "File; default: standard output");
}

}  // namespace guanhu::ctl
