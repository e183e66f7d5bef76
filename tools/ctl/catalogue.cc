// The facility types and departments that a county starts from. Everything in it may be edited afterwards.
#include "tools/seed/catalogue.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/cli/json.h"
#include "common/schema/refs.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/people.pb.h"
#include "tools/ctl/commands.h"

namespace guanhu::ctl {
namespace {

namespace rec = records::v1;

// The same key gives the same record, so loading twice changes nothing.
api::v1::SaveRequest Keyed(absl::string_view type, const std::string& key, const google::protobuf::Message& message) {
  api::v1::SaveRequest save;
  save.set_published(true);
  save.set_command_id(key);
  api::v1::Edit* edit = save.add_edits();
  edit->set_type(std::string(type));
  edit->set_key(key);
  edit->set_wire(message.SerializeAsString());
  return save;
}

absl::StatusOr<cli::Exit> Load(cli::Program& program) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  std::vector<std::string> ids;
  for (const char* const name : seed::Departments()) {
    rec::Org org;
    org.set_name(absl::StrReplaceAll(name, {{"样例市", ""}, {"样例", ""}}));
    org.set_kind(rec::ORG_KIND_BUREAU);
    GUANHU_ASSIGN_OR_RETURN(const api::v1::SaveResponse saved,
                            cli::Call(*stub, &cli::Stub::Save, Keyed("Org", "catalogue/" + org.name(), org)));
    ids.push_back(saved.records(0).id());
  }
  for (const seed::FacilityKind& kind : seed::FacilityKinds()) {
    GUANHU_ASSIGN_OR_RETURN(const base::RecordId department,
                            base::ParseRecord(ids[static_cast<size_t>(kind.department)]));
    rec::FacilityType type;
    type.set_code(kind.code);
    type.set_name_zh(kind.zh);
    type.set_name_en(kind.en);
    type.set_facility_class(kind.facility_class);
    type.set_operating_kind(kind.operating);
    type.set_interval_days(static_cast<uint32_t>(kind.interval_days));
    *type.mutable_department() = schema::ToRef(department, department.scope);
    GUANHU_RETURN_IF_ERROR(
        cli::Call(*stub, &cli::Stub::Save, Keyed("FacilityType", absl::StrCat("catalogue/", kind.code), type))
            .status());
  }
  program.io().Note(absl::StrCat(program.io().Say("已载入部门 ", "Loaded: departments "), ids.size(),
                                 program.io().Say(" 个，设施类型 ", ", facility types "), seed::FacilityKinds().size(),
                                 program.io().Say(" 个；可逐项修改", "; edit what differs here")));
  return cli::kExitOk;
}

}  // namespace

void AddCatalogue(cli::Program& program) {
  CLI::App* group = program.AddGroup("catalogue", "The types and departments that a county starts from");
  program.AddCommand(group, "load", "Write the fifteen departments and the usual facility types of the eight classes",
                     {"catalogue load --data /srv/guanhu/city"}, [&program] { return Load(program); });
}

}  // namespace guanhu::ctl
