#include "common/cli/forms.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/cli/edit.h"
#include "common/cli/find.h"
#include "common/cli/photos.h"
#include "common/cli/read_commands.h"
#include "common/schema/display.h"
#include "guanhu/records/v1/common.pb.h"

namespace guanhu::cli {
namespace {

// Where a record type's file of the schema stands in the help.
struct Family {
  const char* zh;
  const char* en;
  const char* files;
};
constexpr Family kFamilies[] = {
    {"设施和地方", "Assets and places", "asset,place,people"},
    {"巡查和处置", "Inspection and repair", "plan,inspection,defect,work_order,remark"},
    {"责任和标准", "Duties and standards", "duty"},
    {"资金", "Money", "fund"},
    {"考核和信用", "Assessment and credit", "assessment"},
    {"公开和群众", "The public", "public"},
    {"技术和培训", "Techniques and training", "technique"},
    {"统筹", "The programme", "programme"},
};

std::string FileOf(const schema::RecordInfo& info) {
  const std::string& path = info.descriptor->file()->name();
  const std::string file = path.substr(path.rfind('/') + 1);
  return file.substr(0, file.find('.'));
}

// What people typed for a form. Lives as long as the program.
struct Values {
  EditOptions edit;
  std::string record;
  std::string reason;
  std::vector<FormField> fields;
  std::vector<std::vector<std::string>> texts;  // one for each field
  std::vector<CLI::Option*> options;
};

void AddFields(CLI::App* command, const schema::RecordInfo& info, bool creates, Values& values) {
  values.fields = FormFields(info, creates);
  values.texts.resize(values.fields.size());
  for (size_t i = 0; i < values.fields.size(); ++i) {
    const FormField& form = values.fields[i];
    const std::string names = form.option == "--photos" ? "--photos,--photo" : form.option;
    CLI::Option* option = command->add_option(names, values.texts[i], FieldHelp(info, form));
    option->type_name(form.file ? "FILE" : "TEXT")->allow_extra_args(false);
    if (!form.field->repeated) option->multi_option_policy(CLI::MultiOptionPolicy::Throw)->expected(1);
    values.options.push_back(option);
  }
  command->add_option("--set", values.edit.sets, "A field: name or label=value; may be repeated")
      ->type_name("FIELD=VALUE")
      ->allow_extra_args(false);
  command->add_option("--fields", values.edit.json, "Fields as JSON: a file, or - for standard input");
  if (!creates) return;
  command->add_option("--place", values.edit.place,
                      "属地 / Where the record is kept: name, code or id; default: that of the record that it is "
                      "about, else this node's own");
  if (info.visibility == schema::VisibilityRule::kAny)
    command->add_flag("--published", values.edit.published, "For everybody below the place too");
}

// A record about another one is kept where that one is kept.
absl::StatusOr<base::ScopeId> ScopeOf(Program& program, const schema::RecordInfo& info, const Values& values) {
  base::ScopeId scope;
  if (!values.edit.place.empty() || info.home != schema::Tier::kUnknown ||
      info.visibility == schema::VisibilityRule::kPublished)
    return scope;
  for (size_t i = 0; i < values.fields.size(); ++i) {
    const schema::FieldInfo& field = *values.fields[i].field;
    const bool names = field.link && field.descriptor->message_type() == records::v1::RecordRef::descriptor();
    if (!names || values.texts[i].empty()) continue;
    GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
    const std::string first = std::string(
        absl::StripAsciiWhitespace(absl::string_view(values.texts[i][0]).substr(0, values.texts[i][0].find(','))));
    if (first.empty()) continue;
    GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView about, FindReference(*stub, first));
    GUANHU_ASSIGN_OR_RETURN(const base::RecordId id, base::ParseRecord(about.id()));
    if (id.scope.visibility == base::Visibility::kInternal) scope.place = id.scope.place;
    return scope;
  }
  return scope;
}

// Sets the fields that were named; the files among them are added to `photos`.
absl::Status Fill(Draft& draft, const Values& values, std::vector<Photo>& photos) {
  for (size_t i = 0; i < values.fields.size(); ++i) {
    if (values.options[i]->count() == 0) continue;
    const FormField& form = values.fields[i];
    std::vector<std::string> texts = values.texts[i];
    if (form.file) {
      for (std::string& text : texts) {
        if (text.empty()) continue;
        GUANHU_ASSIGN_OR_RETURN(Photo photo, ReadPhoto(text));
        text = photo.sha256;
        photos.push_back(std::move(photo));
      }
    }
    GUANHU_RETURN_IF_ERROR(draft.Set(form.field->name, absl::StrJoin(texts, ",")));
  }
  return draft.Apply(values.edit);
}

absl::StatusOr<Exit> Add(Program& program, const schema::RecordInfo& info, Values& values) {
  if (info.visibility == schema::VisibilityRule::kPublished) values.edit.published = true;
  GUANHU_ASSIGN_OR_RETURN(const base::ScopeId scope, ScopeOf(program, info, values));
  GUANHU_ASSIGN_OR_RETURN(Draft draft, Draft::Create(program, info.name, values.edit, scope));
  std::vector<Photo> photos;
  GUANHU_RETURN_IF_ERROR(Fill(draft, values, photos));
  GUANHU_ASSIGN_OR_RETURN(api::v1::Edit edit, draft.Finish());
  std::vector<api::v1::Edit> edits = {std::move(edit)};
  EditOptions there;
  there.place = draft.place();
  there.published = values.edit.published;
  GUANHU_ASSIGN_OR_RETURN(std::vector<api::v1::Edit> files, AttachmentsOf(program, photos, "", "", there));
  for (api::v1::Edit& file : files) edits.push_back(std::move(file));
  return Save(program, std::move(edits), draft.place(), values.edit.published);
}

absl::StatusOr<Exit> Edit(Program& program, const schema::RecordInfo& info, const Values& values) {
  GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView record, FindRecord(*stub, values.record, info.name));
  GUANHU_ASSIGN_OR_RETURN(Draft draft, Draft::Change(program, record, values.edit));
  std::vector<Photo> photos;
  GUANHU_RETURN_IF_ERROR(Fill(draft, values, photos));
  GUANHU_ASSIGN_OR_RETURN(api::v1::Edit edit, draft.Finish());
  std::vector<api::v1::Edit> edits = {std::move(edit)};
  GUANHU_ASSIGN_OR_RETURN(std::vector<api::v1::Edit> files, AttachmentsOf(program, photos, record.id(), "", {}));
  for (api::v1::Edit& file : files) edits.push_back(std::move(file));
  return Save(program, std::move(edits), draft.place(), false);
}

// An immutable record stays as it was written; an Amendment beside it says what holds instead.
absl::StatusOr<Exit> Amend(Program& program, const schema::RecordInfo& info, const Values& values) {
  GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView record, FindRecord(*stub, values.record, info.name));
  GUANHU_ASSIGN_OR_RETURN(const base::RecordId id, base::ParseRecord(record.id()));
  GUANHU_ASSIGN_OR_RETURN(Draft wanted, Draft::Change(program, record, values.edit));
  std::vector<Photo> photos;
  GUANHU_RETURN_IF_ERROR(Fill(wanted, values, photos));
  GUANHU_RETURN_IF_ERROR(wanted.Finish().status());
  GUANHU_ASSIGN_OR_RETURN(Draft draft, Draft::Create(program, "Amendment", {}, id.scope));
  GUANHU_RETURN_IF_ERROR(draft.Set("record", record.id()));
  GUANHU_RETURN_IF_ERROR(draft.Set("fields", base::ToHex(wanted.Bytes())));
  GUANHU_RETURN_IF_ERROR(draft.Set("cleared", absl::StrJoin(wanted.Cleared(), ",")));
  GUANHU_RETURN_IF_ERROR(draft.Set("reason", values.reason));
  GUANHU_ASSIGN_OR_RETURN(api::v1::Edit edit, draft.Finish());
  std::vector<api::v1::Edit> edits = {std::move(edit)};
  GUANHU_ASSIGN_OR_RETURN(std::vector<api::v1::Edit> files, AttachmentsOf(program, photos, record.id(), "", {}));
  for (api::v1::Edit& file : files) edits.push_back(std::move(file));
  return Save(program, std::move(edits), draft.place(), id.scope.visibility == base::Visibility::kPublished);
}

std::string ExampleOf(const FormField& form) {
  const schema::FieldInfo& field = *form.field;
  if (form.file) return absl::StrCat(form.option, " photo.jpg");
  if (field.unit == "fen") return absl::StrCat(form.option, " 350.00元");
  if (field.unit == "ms since 1970 UTC") return absl::StrCat(form.option, " 2026-12-01");
  if (const auto* type = field.descriptor->enum_type()) {
    const int shown = type->value_count() > 1 ? type->value(1)->number() : 0;
    return absl::StrCat(form.option, " \"", schema::EnumLabel(*type, shown, schema::Language::kChinese), "\"");
  }
  if (field.descriptor->message_type() == records::v1::RecordRef::descriptor())
    return absl::StrCat(form.option, " 7KQ2M9");
  if (field.descriptor->message_type() != nullptr) return absl::StrCat(form.option, " '{}'");
  switch (field.descriptor->cpp_type()) {
    case google::protobuf::FieldDescriptor::CPPTYPE_STRING:
      return absl::StrCat(form.option, " ", field.zh);
    case google::protobuf::FieldDescriptor::CPPTYPE_BOOL:
      return absl::StrCat(form.option, " yes");
    default:
      return absl::StrCat(
          form.option, field.descriptor->type() == google::protobuf::FieldDescriptor::TYPE_FIXED64 ? " 张壁村" : " 1");
  }
}

std::string Example(const std::vector<FormField>& fields, const std::string& start) {
  std::string out = start;
  bool any = false;
  for (const FormField& form : fields) {
    if (!form.field->required) continue;
    absl::StrAppend(&out, " ", ExampleOf(form));
    any = true;
  }
  if (!any && !fields.empty()) absl::StrAppend(&out, " ", ExampleOf(fields.front()));
  return out;
}

void AddChange(Program& program, CLI::App* group, const schema::RecordInfo& info) {
  auto values = std::make_shared<Values>();
  const std::vector<FormField> fields = FormFields(info, false);
  if (fields.empty()) return;
  const std::string verb = info.immutable ? "amend" : "edit";
  std::string example = absl::StrCat(info.noun, " ", verb, " 7KQ2M9 ", ExampleOf(fields.front()));
  if (info.immutable) absl::StrAppend(&example, " --why 录入有误");
  CLI::App* command =
      program.AddCommand(group, verb,
                         info.immutable ? "更正 / Say what holds instead; what was written stays"
                                        : "修改 / Change fields; an empty value clears one",
                         {example}, [&program, &info, values]() -> absl::StatusOr<Exit> {
                           return info.immutable ? Amend(program, info, *values) : Edit(program, info, *values);
                         });
  command->add_option("RECORD", values->record, "Record code")->required();
  AddFields(command, info, false, *values);
  if (info.immutable) command->add_option("--why", values->reason, "原因 / Why")->required();
}

}  // namespace

CLI::App* FindCommand(CLI::App* group, const std::string& name) {
  const std::vector<CLI::App*> found =
      group->get_subcommands([&](CLI::App* command) { return command->check_name(name); });
  return found.empty() ? nullptr : found.front();
}

void AddForm(Program& program, const schema::RecordInfo& info) {
  const std::string help = absl::StrCat(info.zh, " / ", info.en);
  CLI::App* group = FindCommand(program.root(), info.noun);
  if (group == nullptr) group = program.AddGroup(info.noun, help);
  const auto missing = [group](const std::string& verb) { return FindCommand(group, verb) == nullptr; };
  if (missing("add")) {
    auto values = std::make_shared<Values>();
    CLI::App* command = program.AddCommand(group, "add", absl::StrCat("新增 / Add: ", help),
                                           {Example(FormFields(info, true), info.noun + " add")},
                                           [&program, &info, values] { return Add(program, info, *values); });
    AddFields(command, info, true, *values);
  }
  if (missing("list")) AddList(program, group, info.name);
  if (missing("show")) AddShow(program, group);
  if (missing("edit") && missing("amend")) AddChange(program, group, info);
  AddActs(program, group, info);
}

std::string AskedNoun(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const absl::string_view argument = argv[i];
    const bool takes_value =
        argument == "--data" || argument == "--lang" || argument == "--person" || argument == "--command-id";
    if (takes_value) ++i;
    if (!takes_value && !absl::StartsWith(argument, "-")) return std::string(argument);
  }
  return "";
}

std::string NounsText(const schema::Schema& schema, absl::string_view program) {
  std::map<std::string, std::vector<const schema::RecordInfo*>> by_file;
  for (const auto& type : schema.types()) {
    if (!type->noun.empty()) by_file[FileOf(*type)].push_back(type.get());
  }
  std::string out = absl::StrCat("记录 / Records (", program, " NOUN --help):");
  const auto add = [&](const std::vector<const schema::RecordInfo*>& types) {
    for (const schema::RecordInfo* type : types)
      absl::StrAppend(&out, "\n    ", type->noun, std::string(type->noun.size() < 18 ? 18 - type->noun.size() : 1, ' '),
                      type->zh, " / ", type->en);
  };
  for (const Family& family : kFamilies) {
    absl::StrAppend(&out, "\n  ", family.zh, " / ", family.en);
    for (const absl::string_view file : absl::StrSplit(family.files, ',')) {
      add(by_file[std::string(file)]);
      by_file.erase(std::string(file));
    }
  }
  for (const auto& [file, types] : by_file) {
    absl::StrAppend(&out, "\n  ", file);
    add(types);
  }
  return out;
}

absl::Status AddForms(Program& program, int argc, const char* const* argv) {
  const std::string noun = AskedNoun(argc, argv);
  // A command without commands of its own is no group: it needs no schema here.
  CLI::App* there = noun.empty() ? nullptr : FindCommand(program.root(), noun);
  if (there != nullptr && there->get_subcommands([](CLI::App*) { return true; }).empty()) return absl::OkStatus();
  GUANHU_ASSIGN_OR_RETURN(const schema::Schema* const schema, program.Schema());
  if (noun.empty()) {
    program.root()->footer(
        absl::StrCat(NounsText(*schema, program.io().program), "\n\n", ExitCodesText(program.io().language)));
    return absl::OkStatus();
  }
  for (const auto& type : schema->types()) {
    if (type->noun == noun) AddForm(program, *type);
  }
  return absl::OkStatus();
}

}  // namespace guanhu::cli
