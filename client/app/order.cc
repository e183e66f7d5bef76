#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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
                                                        {"due_ms", options.due}};
  for (const auto& [field, text] : fields) {
    if (!text.empty()) GUANHU_RETURN_IF_ERROR(draft.Set(field, text));
  }
  GUANHU_RETURN_IF_ERROR(draft.Apply(options.edit));
  if (!draft.Has("state")) GUANHU_RETURN_IF_ERROR(draft.Set("state", "dispatched"));
  if (!draft.Has("dispatched_ms"))
    GUANHU_RETURN_IF_ERROR(draft.Set("dispatched_ms", absl::StrCat(absl::ToUnixMillis(program.Now()))));
  GUANHU_ASSIGN_OR_RETURN(api::v1::Edit edit, draft.Finish());
  return cli::Save(program, {std::move(edit)}, draft.place(), options.edit.published);
}

// How a step moves the order. What is said about it becomes a remark of its own: several people may do so at once.
struct Step {
  const char* verb;
  const char* state;
  const char* help;
  bool needs_note;
};
constexpr Step kSteps[] = {
    {"accept", "taken", "Take the order", false},
    {"start", "working", "Begin the work", false},
    {"return", "returned", "Give the order back, with the reason", true},
    {"suspend", "suspended", "Wait for material, weather or money", true},
    {"done", "done", "The work is finished", false},
    {"check", "checked", "The work was looked at and is good", false},
    {"rework", "rework", "The work was looked at and must be done again", true},
    {"close", "closed", "Close the order", false},
    {"cancel", "cancelled", "Withdraw the order", true},
};

struct StepOptions {
  std::string record;
  std::string note;
  std::string cost;
  std::string minutes;
};

absl::StatusOr<api::v1::Edit> StepRemark(cli::Program& program, const api::v1::RecordView& order,
                                         const base::ScopeId& scope, const StepOptions& options) {
  GUANHU_ASSIGN_OR_RETURN(cli::Draft draft, cli::Draft::Create(program, "Remark", {}, scope));
  GUANHU_RETURN_IF_ERROR(draft.Set("record", order.id()));
  if (!options.note.empty()) GUANHU_RETURN_IF_ERROR(draft.Set("text", options.note));
  if (!options.cost.empty()) GUANHU_RETURN_IF_ERROR(draft.Set("cost_fen", options.cost));
  if (!options.minutes.empty()) GUANHU_RETURN_IF_ERROR(draft.Set("work_minutes", options.minutes));
  return draft.Finish();
}

absl::StatusOr<cli::Exit> Take(cli::Program& program, const Step& step, const StepOptions& options) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView order, cli::FindRecord(*stub, options.record, "WorkOrder"));
  GUANHU_ASSIGN_OR_RETURN(const base::RecordId id, base::ParseRecord(order.id()));
  GUANHU_ASSIGN_OR_RETURN(cli::Draft draft, cli::Draft::Change(program, order, {}));
  GUANHU_RETURN_IF_ERROR(draft.Set("state", step.state));
  if (std::string(step.verb) == "done")
    GUANHU_RETURN_IF_ERROR(draft.Set("done_ms", absl::StrCat(absl::ToUnixMillis(program.Now()))));
  GUANHU_ASSIGN_OR_RETURN(api::v1::Edit edit, draft.Finish());
  std::vector<api::v1::Edit> edits = {std::move(edit)};
  if (!options.note.empty() || !options.cost.empty() || !options.minutes.empty()) {
    GUANHU_ASSIGN_OR_RETURN(api::v1::Edit remark, StepRemark(program, order, id.scope, options));
    edits.push_back(std::move(remark));
  }
  return cli::Save(program, std::move(edits), draft.place(), id.scope.visibility == base::Visibility::kPublished);
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
  command->add_option("--due", add->due, "Until when");
  AddEditOptions(command, add->edit, /*creates=*/true);

  for (const Step& step : kSteps) {
    auto options = std::make_shared<StepOptions>();
    std::string example = absl::StrCat("order ", step.verb, " 7KQ2M9");
    if (step.needs_note) absl::StrAppend(&example, " --note 等材料");
    if (std::string(step.verb) == "done") absl::StrAppend(&example, " --note 已更换水泵 --cost 350.00元 --minutes 90");
    command = program.AddCommand(group, step.verb, step.help, {example},
                                 [&program, &step, options] { return Take(program, step, *options); });
    command->add_option("record", options->record, "Record code")->required();
    CLI::Option* note = command->add_option("--note", options->note, "What to say about it; kept as a remark");
    if (step.needs_note) note->required();
    command->add_option("--cost", options->cost, "What it cost, as 12.50元 or fen");
    command->add_option("--minutes", options->minutes, "Working time");
  }
  cli::AddList(program, group, "WorkOrder");
}

}  // namespace guanhu::client
