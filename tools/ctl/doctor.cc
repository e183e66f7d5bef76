#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/cli/json.h"
#include "tools/ctl/commands.h"

namespace guanhu::ctl {

void AddDoctor(cli::Program& program) {
  program.AddCommand(
      program.root(), "doctor", "Check every hash, signature and record of this node's store; repairs nothing",
      {"doctor --data /srv/guanhu/city", "doctor --json"}, [&program]() -> absl::StatusOr<cli::Exit> {
        GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
        GUANHU_ASSIGN_OR_RETURN(const api::v1::DoctorResponse found,
                                cli::Call(*stub, &cli::Stub::Doctor, api::v1::DoctorRequest()));
        const cli::Io& io = program.io();
        if (io.json) {
          *io.out << cli::JsonOf(found) << "\n";
        } else {
          for (const std::string& finding : found.findings()) *io.out << finding << "\n";
          *io.out << (found.ok() ? io.Say("完好: ", "Sound: ") : io.Say("有损坏: ", "Damaged: ")) << found.journals()
                  << io.Say(" 本日志，", " journals, ") << found.changes() << io.Say(" 条变更，", " changes, ")
                  << found.records() << io.Say(" 条记录", " records") << "\n";
        }
        return found.ok() ? cli::kExitOk : cli::kExitError;
      });
}

}  // namespace guanhu::ctl
