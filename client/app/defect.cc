#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/app/commands.h"
#include "common/base/status.h"
#include "common/cli/edit.h"
#include "common/cli/find.h"
#include "common/cli/read_commands.h"

namespace guanhu::client {
namespace {

struct DefectOptions {
  cli::EditOptions edit;
  std::string asset;
  std::string text;
  std::string severity;
  std::string point;
};

absl::StatusOr<cli::Exit> Add(cli::Program& program, const DefectOptions& options) {
  base::ScopeId scope;
  std::string asset_id;
  if (!options.asset.empty()) {
    GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
    GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView asset, cli::FindRecord(*stub, options.asset, "Asset"));
    GUANHU_ASSIGN_OR_RETURN(const base::RecordId id, base::ParseRecord(asset.id()));
    scope.place = id.scope.place;
    asset_id = asset.id();
  }
  GUANHU_ASSIGN_OR_RETURN(cli::Draft draft, cli::Draft::Create(program, "Defect", options.edit, scope));
  if (!asset_id.empty()) GUANHU_RETURN_IF_ERROR(draft.Set("asset", asset_id));
  if (!options.severity.empty()) GUANHU_RETURN_IF_ERROR(draft.Set("severity_reported", options.severity));
  if (!options.point.empty()) GUANHU_RETURN_IF_ERROR(draft.Set("point", options.point));
  GUANHU_RETURN_IF_ERROR(draft.Set("description", options.text));
  GUANHU_RETURN_IF_ERROR(draft.Apply(options.edit));
  if (!draft.Has("source")) GUANHU_RETURN_IF_ERROR(draft.Set("source", "inspection"));
  if (!draft.Has("found_ms"))
    GUANHU_RETURN_IF_ERROR(draft.Set("found_ms", absl::StrCat(absl::ToUnixMillis(program.Now()))));
  GUANHU_ASSIGN_OR_RETURN(api::v1::Edit edit, draft.Finish());
  return cli::Save(program, {std::move(edit)}, draft.place(), options.edit.published);
}

}  // namespace

void AddDefect(cli::Program& program) {
  CLI::App* group = program.AddGroup("defect", "What is wrong, and what became of it");
  auto options = std::make_shared<DefectOptions>();
  CLI::App* command = program.AddCommand(group, "add", "Report a defect",
                                         {"defect add --asset J-003 --text 水泵不转 --severity 严重",
                                          "defect add --text \"Manhole cover broken\" --point 37.0269,111.9167"},
                                         [&program, options] { return Add(program, *options); });
  command->add_option("--asset", options->asset, "Record code, or the code on its sign");
  command->add_option("--text", options->text, "What is wrong")->required();
  command->add_option("--severity", options->severity, "minor, major, serious, danger or 一般, 较重, 严重, 危急");
  command->add_option("--point", options->point, "LAT,LON in degrees");
  AddEditOptions(command, options->edit, /*creates=*/true);
  cli::AddList(program, group, "Defect");
}

}  // namespace guanhu::client
