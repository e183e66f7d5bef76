#include <memory>
#include <string>

#include "client/app/commands.h"
#include "common/base/status.h"
#include "common/cli/edit.h"
#include "common/cli/find.h"
#include "common/cli/read_commands.h"

namespace guanhu::client {
namespace {

struct AssetOptions {
  cli::EditOptions edit;
  std::string record;  // edit only
  std::string code;
  std::string name;
  std::string at;  // where it is, in words
  std::string point;
  std::string state;
  std::string type;
  std::string facility_class;
  std::string grade;
};

void AddFieldOptions(CLI::App* command, AssetOptions& options) {
  command->add_option("--code", options.code, "The code on its sign");
  command->add_option("--name", options.name, "Name");
  command->add_option("--at", options.at, "Where it is, in words");
  command->add_option("--point", options.point, "LAT,LON in degrees (CGCS2000)");
  command->add_option("--type", options.type, "Facility type: its code or name");
  command->add_option("--class,--facility-class", options.facility_class, "water, power, road, ... or 水, 电, 路, ...");
  command->add_option("--grade", options.grade, "a, b, c, d");
  command->add_option("--state", options.state, "in_use, stopped, ... or 在用, 停用, ...");
}

absl::Status Fill(cli::Draft& draft, const AssetOptions& options) {
  const std::pair<const char*, const std::string*> fields[] = {
      {"code", &options.code},   {"name", &options.name},  {"location_text", &options.at},
      {"point", &options.point}, {"type", &options.type},  {"facility_class", &options.facility_class},
      {"grade", &options.grade}, {"state", &options.state}};
  for (const auto& [field, text] : fields) {
    if (!text->empty()) GUANHU_RETURN_IF_ERROR(draft.Set(field, *text));
  }
  return draft.Apply(options.edit);
}

absl::StatusOr<cli::Exit> Add(cli::Program& program, const AssetOptions& options) {
  GUANHU_ASSIGN_OR_RETURN(cli::Draft draft, cli::Draft::Create(program, "Asset", options.edit));
  GUANHU_RETURN_IF_ERROR(Fill(draft, options));
  if (!draft.Has("code") && !draft.Has("name")) {
    return absl::InvalidArgumentError("an asset needs --code or --name, so that people can find it again");
  }
  if (!draft.Has("state")) GUANHU_RETURN_IF_ERROR(draft.Set("state", "registered"));
  GUANHU_ASSIGN_OR_RETURN(api::v1::Edit edit, draft.Finish());
  return cli::Save(program, {std::move(edit)}, draft.place(), options.edit.published);
}

absl::StatusOr<cli::Exit> Edit(cli::Program& program, const AssetOptions& options) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView record, cli::FindRecord(*stub, options.record, "Asset"));
  GUANHU_ASSIGN_OR_RETURN(cli::Draft draft, cli::Draft::Change(program, record, options.edit));
  GUANHU_RETURN_IF_ERROR(Fill(draft, options));
  GUANHU_ASSIGN_OR_RETURN(api::v1::Edit edit, draft.Finish());
  return cli::Save(program, {std::move(edit)}, "", false);
}

}  // namespace

void AddAsset(cli::Program& program) {
  CLI::App* group = program.AddGroup("asset", "Wells, lamps, roads, drains, ...");
  auto add = std::make_shared<AssetOptions>();
  CLI::App* command = program.AddCommand(group, "add", "Register an asset",
                                         {"asset add --code J-003 --name 3号机井 --at 村口 --set facility_class=水",
                                          "asset add --name \"Lamp 7\" --point 37.0269,111.9167 --set 造价=1200.00元"},
                                         [&program, add] { return Add(program, *add); });
  AddFieldOptions(command, *add);
  AddEditOptions(command, add->edit, /*creates=*/true);

  auto edit = std::make_shared<AssetOptions>();
  command =
      program.AddCommand(group, "edit", "Change fields; an empty value clears one",
                         {"asset edit J-003 --state 停用", "asset edit 7KQ2M9 --set name=3号机井 --set quantity_unit="},
                         [&program, edit] { return Edit(program, *edit); });
  command->add_option("record", edit->record, "Record code, or the code on its sign")->required();
  AddFieldOptions(command, *edit);
  AddEditOptions(command, edit->edit, /*creates=*/false);
  cli::AddShow(program, group);
  cli::AddList(program, group, "Asset");
}

}  // namespace guanhu::client
