#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/cli/find.h"
#include "common/cli/json.h"
#include "common/cli/records.h"
#include "common/cli/table.h"
#include "common/trust/secret_file.h"
#include "tools/ctl/commands.h"

namespace guanhu::ctl {
namespace {

struct EnrolOptions {
  api::v1::EnrolRequest request;
  std::string out;
};

absl::StatusOr<cli::Exit> Enrol(cli::Program& program, const EnrolOptions& options) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  api::v1::EnrolRequest request = options.request;
  GUANHU_ASSIGN_OR_RETURN(const api::v1::PlaceView place, cli::FindPlace(*stub, request.place()));
  request.set_place(place.id());
  if (request.name().empty()) request.set_name(place.name());
  if (std::filesystem::exists(options.out)) {
    return absl::AlreadyExistsError(absl::StrCat(options.out, " exists; keys are not written over anything"));
  }
  // Before the device is listed: its keys exist nowhere else.
  GUANHU_RETURN_IF_ERROR(trust::WriteSecretFile(options.out, ""));
  absl::StatusOr<api::v1::EnrolResponse> enrolled = cli::Call(*stub, &cli::Stub::Enrol, request);
  if (!enrolled.ok()) {
    std::filesystem::remove(options.out);
    return enrolled.status();
  }
  api::v1::EnrolResponse response = *std::move(enrolled);
  GUANHU_RETURN_IF_ERROR(trust::WriteSecretFile(options.out, response.file()));
  response.clear_file();  // keys are never printed
  const cli::Io& io = program.io();
  if (io.json) {
    *io.out << cli::JsonOf(response.device()) << "\n";
  } else {
    *io.out << response.device().node() << "\t" << response.device().name() << "\t" << place.name() << "\t"
            << options.out << "\n";
  }
  io.Note(absl::StrCat(io.Say("文件含这台设备的密钥，亲手交付，用完销毁。在设备上: guanhu init --from ",
                              "The file holds the device's keys: carry it by hand and destroy it afterwards. On the "
                              "device: guanhu init --from "),
                       options.out));
  return cli::kExitOk;
}

absl::StatusOr<cli::Exit> List(cli::Program& program) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::DevicesResponse devices,
                          cli::Call(*stub, &cli::Stub::Devices, api::v1::DevicesRequest()));
  const cli::Io& io = program.io();
  if (io.json) {
    *io.out << cli::JsonOf(devices) << "\n";
    return cli::kExitOk;
  }
  const auto word = [&io](absl::string_view zh, absl::string_view en) { return std::string(io.Say(zh, en)); };
  cli::Table table({word("节点", "NODE"), word("名称", "NAME"), word("层级", "TIER"), word("属地", "PLACE"),
                    word("状态", "STATE"), word("最后变更", "LAST CHANGE")});
  for (const api::v1::DeviceView& d : devices.devices()) {
    table.Add({d.node(), d.name(), cli::TierText(io, d.tier()), d.place_name(),
               word(d.revoked() ? "已吊销" : "在用", d.revoked() ? "revoked" : "active"), d.last_change()});
  }
  table.Print(io);
  return cli::kExitOk;
}

absl::StatusOr<cli::Exit> Revoke(cli::Program& program, const api::v1::RevokeRequest& request, bool yes) {
  if (!yes)
    return absl::InvalidArgumentError("what this device writes from now on has no effect anywhere; say --yes to go on");
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  GUANHU_RETURN_IF_ERROR(cli::Call(*stub, &cli::Stub::Revoke, request).status());
  const cli::Io& io = program.io();
  if (io.json) *io.out << "{}\n";
  io.Note(
      io.Say("已吊销。它以前写的照常有效；以后写的由市里裁定 (guanhuctl held list)",
             "Revoked. What it wrote before stays; what it writes later waits for the city (guanhuctl held list)."));
  return cli::kExitOk;
}

absl::StatusOr<cli::Exit> Assign(cli::Program& program, const api::v1::AssignRequest& wanted) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  api::v1::AssignRequest request = wanted;
  GUANHU_ASSIGN_OR_RETURN(const api::v1::PlaceView place, cli::FindPlace(*stub, request.place()));
  request.set_place(place.id());
  GUANHU_RETURN_IF_ERROR(cli::Call(*stub, &cli::Stub::Assign, request).status());
  const cli::Io& io = program.io();
  if (io.json) *io.out << "{}\n";
  io.Note(absl::StrCat(request.node(), io.Say(" 现属 ", " now belongs to "), place.name()));
  return cli::kExitOk;
}

}  // namespace

void AddDevice(cli::Program& program) {
  CLI::App* group = program.AddGroup("device", "Tablets and servers");
  auto enrol = std::make_shared<EnrolOptions>();
  CLI::App* command = program.AddCommand(
      group, "enrol", "Make the keys of a new device; only at the city",
      {"device enrol --place 龙凤镇 --name 龙凤镇服务器 --parent city.example:7443 --out longfeng.enrolment",
       "device enrol --place 140781101201 --name \"tablet 2\" --parent town.example:7443 --out t2.enrolment"},
      [&program, enrol] { return Enrol(program, *enrol); });
  struct Text {
    const char* option;
    std::string* value;
    const char* help;
  };
  const Text texts[] = {
      {"--name", enrol->request.mutable_name(), "For people; default: the place's name"},
      {"--tier", enrol->request.mutable_tier(), "village, township; default: that of the place"},
      {"--parent", enrol->request.mutable_parent_address(), "HOST:PORT of the node that it connects to"},
      {"--parent-node", enrol->request.mutable_parent_node(), "Only this node; default: any node of the county"}};
  command->add_option("--place", *enrol->request.mutable_place(), "Place id, division code or name")->required();
  for (const Text& text : texts) command->add_option(text.option, *text.value, text.help);
  command->add_option("--out", enrol->out, "The enrolment file to write (secret)")->required();

  program.AddCommand(group, "list", "All devices", {"device list", "device list --json"},
                     [&program] { return List(program); });

  auto revoke = std::make_shared<api::v1::RevokeRequest>();
  auto yes = std::make_shared<bool>(false);
  command = program.AddCommand(group, "revoke", "A device was lost or stolen",
                               {"device revoke 4R1TAB3C0QWXY --reason 遗失 --yes"},
                               [&program, revoke, yes] { return Revoke(program, *revoke, *yes); });
  command->add_option("node", *revoke->mutable_node(), "Node id")->required();
  command->add_option("--reason", *revoke->mutable_reason(), "Why; stands in the journal")->required();
  command->add_flag("--yes", *yes, "It is meant");

  auto assign = std::make_shared<api::v1::AssignRequest>();
  command = program.AddCommand(group, "assign", "A device works at another place from now on",
                               {"device assign 4R1TAB3C0QWXY --place 张壁村"},
                               [&program, assign] { return Assign(program, *assign); });
  command->add_option("node", *assign->mutable_node(), "Node id")->required();
  command->add_option("--place", *assign->mutable_place(), "Place id, division code or name")->required();
}

}  // namespace guanhu::ctl
