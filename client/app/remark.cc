#include <memory>
#include <string>

#include "client/app/commands.h"
#include "common/base/status.h"
#include "common/cli/edit.h"
#include "common/cli/find.h"
#include "common/cli/read_commands.h"

namespace guanhu::client {
namespace {

struct RemarkOptions {
  cli::EditOptions edit;
  std::string record;
  std::string text;
};

absl::StatusOr<cli::Exit> Add(cli::Program& program, const RemarkOptions& options) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView about, cli::FindRecord(*stub, options.record, ""));
  GUANHU_ASSIGN_OR_RETURN(const base::RecordId id, base::ParseRecord(about.id()));
  GUANHU_ASSIGN_OR_RETURN(cli::Draft draft, cli::Draft::Create(program, "Remark", options.edit,
                                                               {id.scope.place, base::Visibility::kInternal}));
  GUANHU_RETURN_IF_ERROR(draft.Set("record", about.id()));
  GUANHU_RETURN_IF_ERROR(draft.Set("text", options.text));
  GUANHU_RETURN_IF_ERROR(draft.Apply(options.edit));
  GUANHU_ASSIGN_OR_RETURN(api::v1::Edit edit, draft.Finish());
  return cli::Save(program, {std::move(edit)}, draft.place(), options.edit.published);
}

}  // namespace

void AddRemark(cli::Program& program) {
  CLI::App* group = program.AddGroup("remark", "What people add to a record");
  auto options = std::make_shared<RemarkOptions>();
  CLI::App* command = program.AddCommand(
      group, "add", "Add a text to a record",
      {"remark add 7KQ2M9 --text 已通知水利站", "remark add J-003 --text \"new belt\" --set cost_fen=80.00元"},
      [&program, options] { return Add(program, *options); });
  command->add_option("record", options->record, "Record code")->required();
  command->add_option("--text", options->text, "The text")->required();
  AddEditOptions(command, options->edit, /*creates=*/true);
  cli::AddList(program, group, "Remark");
}

}  // namespace guanhu::client
