// One asset that was registered twice: both records stay, one becomes an alias of the other.
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/cli/find.h"
#include "common/cli/json.h"
#include "common/schema/refs.h"
#include "guanhu/records/v1/asset.pb.h"
#include "tools/ctl/commands.h"

namespace guanhu::ctl {
namespace {

absl::Status Write(cli::Program& program, cli::Stub& stub, const std::string& record,
                   const records::v1::Asset& fields) {
  api::v1::SaveRequest save;
  save.set_person(program.person());
  api::v1::Edit* edit = save.add_edits();
  edit->set_type("Asset");
  edit->set_record(record);
  edit->set_wire(fields.SerializeAsString());
  return cli::Call(stub, &cli::Stub::Save, save).status();
}

absl::StatusOr<cli::Exit> Merge(cli::Program& program, const std::string& from, const std::string& into) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView gone, cli::FindRecord(*stub, from, "Asset"));
  GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView kept, cli::FindRecord(*stub, into, "Asset"));
  if (gone.id() == kept.id()) return absl::InvalidArgumentError("an asset cannot be merged into itself");
  GUANHU_ASSIGN_OR_RETURN(const base::RecordId gone_id, base::ParseRecord(gone.id()));
  GUANHU_ASSIGN_OR_RETURN(const base::RecordId kept_id, base::ParseRecord(kept.id()));
  if (!cli::ValueAt(kept.json(), "merged_into").empty())
    return absl::FailedPreconditionError("the asset that should stay was itself merged into another: name that one");
  // The alias first: if the second write fails, the asset that stays only knows one name more.
  records::v1::Asset alias;
  *alias.add_aliases() = schema::ToRef(gone_id, kept_id.scope);
  GUANHU_RETURN_IF_ERROR(Write(program, *stub, kept.id(), alias));
  records::v1::Asset merged;
  *merged.mutable_merged_into() = schema::ToRef(kept_id, gone_id.scope);
  merged.set_state(records::v1::ASSET_STATE_MERGED);
  GUANHU_RETURN_IF_ERROR(Write(program, *stub, gone.id(), merged));
  program.io().Note(absl::StrCat(program.io().Say("已并入：", "Merged: "), gone.code(), " -> ", kept.code(),
                                 program.io().Say("；两份历史都保留", "; both histories stay")));
  return cli::kExitOk;
}

}  // namespace

void AddMerge(cli::Program& program) {
  struct Names {
    std::string from;
    std::string into;
  };
  auto names = std::make_shared<Names>();
  CLI::App* command = program.AddCommand(
      program.root(), "merge", "Two records of one asset: the first becomes an alias of the second",
      {"merge SL-77 --into W-001"}, [&program, names] { return Merge(program, names->from, names->into); });
  command->add_option("record", names->from, "The asset that becomes an alias")->required();
  command->add_option("--into", names->into, "The asset that stays")->required();
}

}  // namespace guanhu::ctl
