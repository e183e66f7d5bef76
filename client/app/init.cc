#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/app/commands.h"
#include "common/base/status.h"
#include "common/cli/files.h"
#include "common/cli/json.h"
#include "common/cli/records.h"
#include "common/host/layout.h"
#include "common/trust/enrolment.h"
#include "common/trust/secret_file.h"

namespace guanhu::client {
namespace {

absl::StatusOr<cli::Exit> Init(cli::Program& program, const std::string& from) {
  GUANHU_ASSIGN_OR_RETURN(const std::string dir, program.data_dir());
  GUANHU_ASSIGN_OR_RETURN(const std::string bytes, trust::ReadSecretFile(from));
  GUANHU_ASSIGN_OR_RETURN(const trust::Enrolment enrolment, trust::DecodeEnrolment(bytes));
  if (std::filesystem::exists(host::EnrolmentPath(dir))) {
    return absl::AlreadyExistsError(
        absl::StrCat(dir, " belongs to a device already; choose another folder with --data"));
  }
  GUANHU_RETURN_IF_ERROR(cli::MakePrivateFolder(dir));
  GUANHU_RETURN_IF_ERROR(trust::WriteSecretFile(host::EnrolmentPath(dir), bytes));
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::StatusResponse status,
                          cli::Call(*stub, &cli::Stub::Status, api::v1::StatusRequest()));
  const cli::Io& io = program.io();
  if (io.json) {
    *io.out << cli::JsonOf(status) << "\n";
    return cli::kExitOk;
  }
  *io.out << io.Say("本机: ", "This device: ") << status.name() << " (" << cli::TierText(io, status.tier()) << "), "
          << status.node() << "\n"
          << io.Say("属地: ", "Place: ") << status.place_name() << "\n"
          << io.Say("上级: ", "Parent: ") << (enrolment.parent_address.empty() ? "-" : enrolment.parent_address)
          << "\n";
  io.Note(absl::StrCat(io.Say("下一步: guanhu sync 取清单；guanhu asset add 登记设施。登记文件含密钥，用完请销毁: ",
                              "Next: \"guanhu sync\" fetches the lists, \"guanhu asset add\" registers an asset. The "
                              "enrolment file holds keys; destroy it: "),
                       from));
  return cli::kExitOk;
}

}  // namespace

void AddInit(cli::Program& program) {
  auto from = std::make_shared<std::string>();
  CLI::App* command = program.AddCommand(
      program.root(), "init", "Make this device's data folder from its enrolment file",
      {"init --from /media/usb/tablet-2.enrolment", "init --from tablet-2.enrolment --data ~/guanhu"},
      [&program, from] { return Init(program, *from); });
  command->add_option("--from", *from, "The enrolment file that \"guanhuctl device enrol\" wrote")->required();
}

}  // namespace guanhu::client
