#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/app/commands.h"
#include "common/base/status.h"
#include "common/cli/edit.h"
#include "common/cli/find.h"
#include "common/cli/read_commands.h"

namespace guanhu::client {
namespace {

struct InspectionOptions {
  cli::EditOptions edit;
  std::string asset;
  std::string sign;
  std::string result = "ok";
  std::string note;
  std::string when;
};

// A record about an asset is born where the asset is at home.
absl::StatusOr<cli::Draft> AboutAsset(cli::Program& program, const InspectionOptions& options) {
  if (options.asset.empty()) return cli::Draft::Create(program, "Inspection", options.edit);
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView asset, cli::FindRecord(*stub, options.asset, "Asset"));
  GUANHU_ASSIGN_OR_RETURN(const base::RecordId id, base::ParseRecord(asset.id()));
  GUANHU_ASSIGN_OR_RETURN(cli::Draft draft, cli::Draft::Create(program, "Inspection", options.edit,
                                                               {id.scope.place, base::Visibility::kInternal}));
  GUANHU_RETURN_IF_ERROR(draft.Set("asset", asset.id()));
  return draft;
}

absl::StatusOr<cli::Exit> Add(cli::Program& program, const InspectionOptions& options) {
  if (options.asset.empty() && options.sign.empty()) {
    return absl::InvalidArgumentError(
        "say what was inspected: --asset CODE, or --sign CODE for something that is not registered yet");
  }
  GUANHU_ASSIGN_OR_RETURN(cli::Draft draft, AboutAsset(program, options));
  if (!options.sign.empty()) GUANHU_RETURN_IF_ERROR(draft.Set("asset_code", options.sign));
  GUANHU_RETURN_IF_ERROR(draft.Set("result", options.result));
  if (!options.note.empty()) GUANHU_RETURN_IF_ERROR(draft.Set("note", options.note));
  if (!options.when.empty()) GUANHU_RETURN_IF_ERROR(draft.Set("observed_ms", options.when));
  GUANHU_RETURN_IF_ERROR(draft.Apply(options.edit));
  if (!draft.Has("observed_ms"))
    GUANHU_RETURN_IF_ERROR(draft.Set("observed_ms", absl::StrCat(absl::ToUnixMillis(program.Now()))));
  GUANHU_ASSIGN_OR_RETURN(api::v1::Edit edit, draft.Finish());
  return cli::Save(program, {std::move(edit)}, draft.place(), options.edit.published);
}

}  // namespace

void AddInspection(cli::Program& program) {
  CLI::App* group = program.AddGroup("inspection", "What was seen; never edited later");
  auto options = std::make_shared<InspectionOptions>();
  CLI::App* command =
      program.AddCommand(group, "add", "Record an inspection; all fine unless --result says otherwise",
                         {"inspection add --asset J-003", "inspection add --asset J-003 --result 损坏 --note 水泵不转",
                          "inspection add --sign L-9 --result not_found --when \"2026-11-25 10:42\""},
                         [&program, options] { return Add(program, *options); });
  command->add_option("--asset", options->asset, "Record code, or the code on its sign");
  command->add_option("--sign", options->sign, "The code on the sign of something that is not registered yet");
  command
      ->add_option("--result", options->result,
                   "ok, minor, major, broken, repaired, unreachable, not_found, ... or 完好, 损坏, ...")
      ->capture_default_str();
  command->add_option("--note", options->note, "What was seen, in words");
  command->add_option("--when", options->when, "When; default: now");
  AddEditOptions(command, options->edit, /*creates=*/true);
  cli::AddList(program, group, "Inspection");
}

}  // namespace guanhu::client
