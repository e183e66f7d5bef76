#include "common/cli/read_commands.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/cli/edit.h"
#include "common/cli/find.h"
#include "common/cli/json.h"
#include "common/cli/records.h"
#include "common/cli/table.h"

namespace guanhu::cli {
namespace {

struct ResolveOptions {
  std::string record;
  std::string field;
  std::string take;
  std::string value;
  std::string reason;
};

absl::StatusOr<Exit> Resolve(Program& program, const ResolveOptions& options) {
  GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView record, FindRecord(*stub, options.record, ""));
  GUANHU_ASSIGN_OR_RETURN(const schema::Schema* const schema, program.Schema());
  GUANHU_ASSIGN_OR_RETURN(const schema::RecordInfo* const info, FindType(*schema, record.type()));
  GUANHU_ASSIGN_OR_RETURN(const schema::FieldInfo* const field, FindField(*info, options.field));
  api::v1::ResolveRequest request;
  request.set_language(program.io().language_code());
  request.set_record(record.id());
  request.set_field(field->name);
  request.set_reason(options.reason);
  request.set_person(program.person());
  if (!options.take.empty()) {
    request.set_take_change(options.take);
  } else if (!options.value.empty()) {
    GUANHU_ASSIGN_OR_RETURN(Draft draft, Draft::Change(program, record, {}));
    GUANHU_RETURN_IF_ERROR(draft.Set(field->name, options.value));
    GUANHU_ASSIGN_OR_RETURN(const api::v1::Edit edit, draft.Finish());
    request.set_json(edit.json());
  } else {
    return absl::InvalidArgumentError("say what holds: --take CHANGE (as \"show\" prints it) or --value VALUE");
  }
  GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView done, Call(*stub, &Stub::Resolve, request));
  PrintRecord(program.io(), done, program.zone());
  return kExitOk;
}

// People compare the beginning; a program gets all of it.
std::string Shown(const Io& io, const std::string& digest) { return io.out_tty ? digest.substr(0, 16) : digest; }

absl::StatusOr<Exit> Digest(Program& program, const std::string& place, bool scopes) {
  GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
  api::v1::DigestRequest request;
  request.set_place(place);
  GUANHU_ASSIGN_OR_RETURN(const api::v1::DigestResponse digest, Call(*stub, &Stub::Digest, request));
  const Io& io = program.io();
  if (io.json) {
    *io.out << JsonOf(digest) << "\n";
    return kExitOk;
  }
  Table table({"SCOPE", std::string(io.Say("属地", "PLACE")), std::string(io.Say("变更", "CHANGES")),
               std::string(io.Say("向量", "VECTOR")), std::string(io.Say("记录", "RECORDS"))});
  if (scopes) {
    for (const auto& scope : digest.scopes()) {
      table.Add({scope.scope(), scope.place_name(), absl::StrCat(scope.changes()), Shown(io, scope.vector()),
                 Shown(io, scope.states())});
    }
  }
  table.Add({std::string(io.Say("合计", "total")), "", "", Shown(io, digest.total_vector()),
             Shown(io, digest.total_states())});
  table.Print(io);
  return kExitOk;
}

// "taken" or "接单" -> ORDER_STATE_TAKEN.
absl::Status NameState(const schema::RecordInfo& info, api::v1::ListRequest& request) {
  if (request.state().empty()) return absl::OkStatus();
  const schema::FieldInfo* field = info.Field(absl::string_view("state"));
  if (field == nullptr || field->descriptor->enum_type() == nullptr)
    return absl::InvalidArgumentError(absl::StrCat(schema::Label(info), " has no states"));
  GUANHU_ASSIGN_OR_RETURN(const int number, FindEnumValue(*field->descriptor->enum_type(), request.state()));
  const google::protobuf::EnumValueDescriptor* value = field->descriptor->enum_type()->FindValueByNumber(number);
  if (value != nullptr) request.set_state(value->name());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Exit> ListRecords(Program& program, const std::string& type, const api::v1::ListRequest& filter) {
  api::v1::ListRequest request = filter;
  request.set_language(program.io().language_code());
  if (!type.empty()) {
    GUANHU_ASSIGN_OR_RETURN(const schema::Schema* const schema, program.Schema());
    GUANHU_ASSIGN_OR_RETURN(const schema::RecordInfo* const info, FindType(*schema, type));
    request.set_type(info->name);
    GUANHU_RETURN_IF_ERROR(NameState(*info, request));
  } else if (!request.state().empty()) {
    return absl::InvalidArgumentError("--state needs a record type: states differ between them");
  }
  GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
  if (!request.place().empty()) {
    GUANHU_ASSIGN_OR_RETURN(const api::v1::PlaceView place, FindPlace(*stub, request.place()));
    request.set_place(place.id());
  }
  GUANHU_ASSIGN_OR_RETURN(const api::v1::ListResponse list, Call(*stub, &Stub::List, request));
  PrintList(program.io(), list);
  return kExitOk;
}

void AddList(Program& program, CLI::App* group, const std::string& type) {
  struct Options {
    std::string type;
    std::string place;
    std::string contains;
    uint32_t limit = 100;
    bool conflicts = false;
    std::string state;
  };
  auto options = std::make_shared<Options>();  // lives as long as the command
  options->type = type;
  const std::string name = group->get_parent() == nullptr ? "" : group->get_name() + " ";
  CLI::App* command =
      program.AddCommand(group, "list", "Records that this node holds",
                         {name + (type.empty() ? "list Asset" : "list"), name + "list --place 张壁村 --limit 20",
                          name + "list --contains 水泵 --json"},
                         [&program, options]() -> absl::StatusOr<Exit> {
                           api::v1::ListRequest request;
                           request.set_place(options->place);
                           request.set_contains(options->contains);
                           request.set_limit(options->limit);
                           request.set_conflicts_only(options->conflicts);
                           request.set_state(options->state);
                           return ListRecords(program, options->type, request);
                         });
  if (type.empty())
    command->add_option("type", options->type, "Asset, Inspection, Defect, WorkOrder, Remark, ... or the Chinese name");
  command->add_option("--place", options->place, "This place and all below it");
  command->add_option("--state", options->state, "Only records in this state, by name or label");
  command->add_option("--contains", options->contains, "Only records that hold this text");
  command->add_option("--limit", options->limit, "At most so many")->capture_default_str()->check(CLI::PositiveNumber);
  command->add_flag("--conflicts", options->conflicts, "Only records that wait for a person");
}

void AddShow(Program& program, CLI::App* group) {
  struct Options {
    std::string record;
    bool history = false;
  };
  const std::string name = group->get_parent() == nullptr ? "" : group->get_name() + " ";
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.AddCommand(group, "show", "One record: every value, who wrote it, which tier holds it",
                         {name + "show 7KQ2M9", name + "show J-003 --history", name + "show 7KQ2M9 --json"},
                         [&program, options]() -> absl::StatusOr<Exit> {
                           GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
                           GUANHU_ASSIGN_OR_RETURN(api::v1::RecordView record, FindRecord(*stub, options->record, ""));
                           api::v1::GetRequest request;
                           request.set_record(record.id());
                           request.set_history(options->history);
                           request.set_language(program.io().language_code());
                           GUANHU_ASSIGN_OR_RETURN(record, Call(*stub, &Stub::Get, request));
                           PrintRecord(program.io(), record, program.zone());
                           return kExitOk;
                         });
  command->add_option("record", options->record, "Record code, its first characters, or the code on an asset's sign")
      ->required();
  command->add_flag("--history", options->history, "Also everything that was ever written to it");
}

void AddResolve(Program& program, CLI::App* group) {
  auto options = std::make_shared<ResolveOptions>();
  CLI::App* command = program.AddCommand(group, "resolve", "Decide a conflict; both values stay in the history",
                                         {"resolve 7KQ2M9 --field name --take \"CHANGE\" --reason 现场核对",
                                          "resolve 7KQ2M9 --field 状态 --value 停用 --reason \"seen today\""},
                                         [&program, options] { return Resolve(program, *options); });
  command->add_option("record", options->record, "Record code")->required();
  command->add_option("--field", options->field, "Field name or label")->required();
  command->add_option("--take", options->take, "The change whose value holds, as \"show\" prints it");
  command->add_option("--value", options->value, "Another value");
  command->add_option("--reason", options->reason, "Why; kept with the decision");
}

void AddConflictList(Program& program, CLI::App* group) {
  auto filter = std::make_shared<api::v1::ListRequest>();
  filter->set_conflicts_only(true);
  filter->set_limit(1000);
  program.AddCommand(group, "list", "Records that wait for a person", {"conflicts list", "conflicts list --json"},
                     [&program, filter] { return ListRecords(program, "", *filter); });
}

void AddDigest(Program& program) {
  struct Options {
    std::string place;
    bool scopes = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.AddCommand(program.root(), "digest", "What this node holds, as numbers that two equal nodes share",
                         {"digest", "digest --place 张壁村 --scopes"},
                         [&program, options] { return Digest(program, options->place, options->scopes); });
  command->add_option("--place", options->place, "Only this place and below");
  command->add_flag("--scopes", options->scopes, "One line for each place too");
}

}  // namespace guanhu::cli
