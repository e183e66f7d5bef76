#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "client/app/commands.h"
#include "common/base/status.h"
#include "common/cli/edit.h"
#include "common/cli/find.h"
#include "common/cli/read_commands.h"

namespace guanhu::client {
namespace {

struct OrderOptions {
  cli::EditOptions edit;
  std::string asset;
  std::vector<std::string> defects;
  std::string task;
  std::string size;
  std::string priority;
  std::string contractor;
  std::string due;
};

absl::StatusOr<cli::Exit> Add(cli::Program& program, const OrderOptions& options) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  const std::string& about = options.asset.empty() && !options.defects.empty() ? options.defects[0] : options.asset;
  base::ScopeId scope;
  if (!about.empty()) {
    GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView record, cli::FindRecord(*stub, about, ""));
    GUANHU_ASSIGN_OR_RETURN(const base::RecordId id, base::ParseRecord(record.id()));
    scope.place = id.scope.place;
  }
  GUANHU_ASSIGN_OR_RETURN(cli::Draft draft, cli::Draft::Create(program, "WorkOrder", options.edit, scope));
  GUANHU_RETURN_IF_ERROR(draft.Set("task", options.task));
  const std::pair<const char*, std::string> fields[] = {{"asset", options.asset},
                                                        {"defects", absl::StrJoin(options.defects, ",")},
                                                        {"size", options.size},
                                                        {"priority", options.priority},
                                                        {"contractor", options.contractor},
                                                        {"due_ms", options.due}};
  for (const auto& [field, text] : fields) {
    if (!text.empty()) GUANHU_RETURN_IF_ERROR(draft.Set(field, text));
  }
  GUANHU_RETURN_IF_ERROR(draft.Apply(options.edit));
  GUANHU_ASSIGN_OR_RETURN(api::v1::Edit edit, draft.Finish());
  return cli::Save(program, {std::move(edit)}, draft.place(), options.edit.published);
}

}  // namespace

void AddOrder(cli::Program& program) {
  CLI::App* group = program.AddGroup("order", "Work that somebody is asked to do");
  auto add = std::make_shared<OrderOptions>();
  CLI::App* command = program.AddCommand(group, "add", "Dispatch an order",
                                         {"order add --asset J-003 --task 更换水泵 --size 小修 --due 2026-12-01",
                                          "order add --defect 7KQ2M9 --task \"Replace the cover\""},
                                         [&program, add] { return Add(program, *add); });
  command->add_option("--asset", add->asset, "Record code, or the code on its sign");
  command->add_option("--defect", add->defects, "Code of a defect that it answers; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--task", add->task, "What to do")->required();
  command->add_option("--size", add->size, "self, small, medium, large or 自修, 小修, 中修, 大修");
  command->add_option("--priority", add->priority, "minor, major, serious, danger");
  command->add_option("--contractor", add->contractor, "Team or contractor: code or name");
  command->add_option("--due", add->due, "Until when");
  AddEditOptions(command, add->edit, /*creates=*/true);

  cli::AddList(program, group, "WorkOrder");
}

}  // namespace guanhu::client
