#include "common/host/county.h"

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/cli/files.h"
#include "common/cli/json.h"
#include "common/trust/certificate.h"
#include "tools/ctl/commands.h"
#include "tools/ctl/divisions.h"
#include "tools/ctl/report.h"

namespace guanhu::ctl {
namespace {

struct InitOptions {
  std::string dir;
  std::string name;
  std::string divisions;
  std::string code;
  bool sample = false;
};

absl::StatusOr<Divisions> Source(const InitOptions& options) {
  if (options.sample) return ReadDivisions(SampleDivisions(4, 6), "");
  if (options.divisions.empty())
    return absl::InvalidArgumentError(
        "where do the places come from? --divisions FILE, or --sample for a made-up county");
  GUANHU_ASSIGN_OR_RETURN(const std::string bytes, cli::ReadFile(options.divisions));
  return ReadDivisions(bytes, options.code);
}

absl::StatusOr<cli::Exit> Init(cli::Program& program, const InitOptions& options) {
  GUANHU_ASSIGN_OR_RETURN(const Divisions divisions, Source(options));
  const std::string name = options.name.empty() ? divisions.county.name : options.name;
  const std::string root = options.dir + "/root";
  const std::string city = options.dir + "/city";
  GUANHU_RETURN_IF_ERROR(cli::MakePrivateFolder(options.dir));
  trust::SecureRandom random;
  GUANHU_RETURN_IF_ERROR(host::InitCounty(root, city, name, program.Now(), random));
  // Opened here and closed again, so that a program that serves the city can start at once.
  GUANHU_ASSIGN_OR_RETURN(const std::unique_ptr<api::Local> local, api::Local::Open({.data_dir = city}));
  const std::string source = options.sample ? "sample" : std::filesystem::path(options.divisions).filename().string();
  Progress progress(program);
  GUANHU_ASSIGN_OR_RETURN(
      const TreeReport report,
      WriteTree(local->stub(), divisions, name, source, [&](size_t done, size_t total) { progress.At(done, total); }));
  progress.End();
  const cli::Io& io = program.io();
  const cli::Exit code = PrintTree(io, report, divisions.rejects);
  if (options.sample)
    io.Note(io.Say("注意: 这是样例县，名称和代码都是编造的",
                   "Note: this is a sample county; its names and codes are made up."));
  io.Note(absl::StrCat(io.Say("市数据目录: ", "City data folder: "), city, "\n", io.Say("根密钥: ", "Root key: "), root,
                       io.Say("  现在就移到离线介质上保存；只有更换或恢复市服务器时才用到 (guanhuctl county epoch)",
                              "  move it to offline media now; it is needed only when the city's server is replaced or "
                              "restored (guanhuctl county epoch)")));
  io.Note(absl::StrCat(io.Say("下一步: ", "Next: "), "guanhuctl device enrol --data ", city, " --place ",
                       divisions.townships.empty() ? "CODE" : divisions.townships[0].code,
                       " --name NAME --parent HOST:PORT --out FILE"));
  return code;
}

absl::StatusOr<cli::Exit> Epoch(cli::Program& program, const std::string& root) {
  GUANHU_ASSIGN_OR_RETURN(const std::string city, program.data_dir());
  GUANHU_ASSIGN_OR_RETURN(const uint64_t epoch, host::RaiseCityEpoch(root, city, program.Now()));
  const cli::Io& io = program.io();
  if (io.json) {
    *io.out << "{\"epoch\":" << epoch << "}\n";
  } else {
    *io.out << io.Say("市凭证代次: ", "City credential epoch: ") << epoch << "\n";
  }
  io.Note(io.Say("现在启动市节点；所有设备下次连接时会重新核对",
                 "Start the city's node now; every device compares anew at its next connection."));
  return cli::kExitOk;
}

}  // namespace

void AddCounty(cli::Program& program) {
  CLI::App* group = program.AddGroup("county", "The county's keys");
  auto init = std::make_shared<InitOptions>();
  CLI::App* command =
      program.AddCommand(group, "init", "Make the root key, the city's keys and the signed place tree",
                         {"county init --dir /srv/guanhu --divisions jiexiu_divisions.csv --code 140781",
                          "county init --dir demo --sample"},
                         [&program, init] { return Init(program, *init); });
  command->add_option("--dir", init->dir, "Folder to make; gets root/ and city/")->required();
  command->add_option("--name", init->name, "The county's name; default: as in the table");
  command->add_option("--divisions", init->divisions, "CSV with code, name, level, parent_code");
  command->add_option("--code", init->code, "First digits of the county's code, if the table has several");
  command->add_flag("--sample", init->sample, "A made-up county, labelled as sample");

  auto root = std::make_shared<std::string>();
  command = program.AddCommand(group, "epoch",
                               "After the city's store was restored or replaced: a credential with the next epoch",
                               {"county epoch --data /srv/guanhu/city --root /media/usb/root"},
                               [&program, root] { return Epoch(program, *root); });
  command->add_option("--root", *root, "Folder of the offline root key")->required();
}

}  // namespace guanhu::ctl
