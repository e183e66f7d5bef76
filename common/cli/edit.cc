#include "common/cli/edit.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/cli/files.h"
#include "common/cli/find.h"
#include "common/cli/records.h"
#include "common/schema/display.h"

namespace guanhu::cli {
namespace {

Lookups LookupsOf(Program& program) {
  return Lookups{
      .record = [&program](absl::string_view text) -> absl::StatusOr<base::RecordId> {
        GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
        GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView found, FindReference(*stub, text));
        return base::ParseRecord(found.id());
      },
      .place = [&program](absl::string_view text) -> absl::StatusOr<base::PlaceId> {
        GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
        GUANHU_ASSIGN_OR_RETURN(const api::v1::PlaceView found, FindPlace(*stub, text));
        GUANHU_ASSIGN_OR_RETURN(const uint64_t id, base::ParseCrockford(found.id()));
        return base::PlaceId{id};
      },
  };
}

}  // namespace

void AddEditOptions(CLI::App* command, EditOptions& options, bool creates) {
  command->add_option("--set", options.sets, "A field: name or label=value; may be repeated")
      ->type_name("FIELD=VALUE")
      ->allow_extra_args(false);
  command->add_option("--from", options.json, "Fields as JSON: a file, or - for standard input");
  if (!creates) return;
  command->add_option("--place", options.place, "Place id, division code or name; default: this node's own place");
  command->add_flag("--published", options.published, "For everybody below the place too");
}

absl::StatusOr<Draft> Draft::Create(Program& program, absl::string_view type, const EditOptions& options,
                                    const base::ScopeId& scope) {
  GUANHU_ASSIGN_OR_RETURN(const schema::Schema* const schema, program.Schema());
  GUANHU_ASSIGN_OR_RETURN(const schema::RecordInfo* const info, FindType(*schema, type));
  Draft draft(program, *info, schema->NewMessage(info->type));
  draft.scope_ = scope;
  if (!options.place.empty()) {
    GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
    GUANHU_ASSIGN_OR_RETURN(const api::v1::PlaceView place, FindPlace(*stub, options.place));
    GUANHU_ASSIGN_OR_RETURN(const uint64_t id, base::ParseCrockford(place.id()));
    draft.scope_.place = base::PlaceId{id};
  }
  if (options.published) draft.scope_.visibility = base::Visibility::kPublished;
  if (draft.scope_.place) draft.place_ = base::ToText(draft.scope_.place.value);
  return draft;
}

absl::StatusOr<Draft> Draft::Change(Program& program, const api::v1::RecordView& record, const EditOptions&) {
  GUANHU_ASSIGN_OR_RETURN(const schema::Schema* const schema, program.Schema());
  GUANHU_ASSIGN_OR_RETURN(const schema::RecordInfo* const info, FindType(*schema, record.type()));
  GUANHU_ASSIGN_OR_RETURN(const base::RecordId id, base::ParseRecord(record.id()));
  Draft draft(program, *info, schema->NewMessage(info->type));
  draft.record_ = record.id();
  draft.scope_ = id.scope;
  draft.place_ = base::ToText(id.scope.place.value);
  return draft;
}

absl::Status Draft::Set(absl::string_view name, absl::string_view text) {
  GUANHU_ASSIGN_OR_RETURN(const schema::FieldInfo* const field, FindField(*info_, name));
  GUANHU_RETURN_IF_ERROR(SetField(*field, text, scope_, LookupsOf(*program_), program_->zone(), *message_));
  if (text.empty()) clear_.push_back(field->name);
  return absl::OkStatus();
}

bool Draft::Has(absl::string_view name) const {
  const schema::FieldInfo* field = info_->Field(name);
  if (field == nullptr) return false;
  const google::protobuf::Reflection& r = *message_->GetReflection();
  return field->repeated ? r.FieldSize(*message_, field->descriptor) > 0 : r.HasField(*message_, field->descriptor);
}

absl::Status Draft::Apply(const EditOptions& options) {
  if (!options.json.empty()) {
    GUANHU_ASSIGN_OR_RETURN(const std::string json, ReadFile(options.json));
    GUANHU_RETURN_IF_ERROR(MergeJson(json, *message_));
  }
  for (const std::string& set : options.sets) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(set, absl::MaxSplits('=', 1));
    if (set.find('=') == std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("--set \"", set, "\": write it as field=value"));
    }
    GUANHU_RETURN_IF_ERROR(Set(parts.first, parts.second));
  }
  return absl::OkStatus();
}

std::vector<uint32_t> Draft::Cleared() const {
  std::vector<uint32_t> numbers;
  for (const std::string& name : clear_) numbers.push_back(info_->Field(absl::string_view(name))->number);
  return numbers;
}

absl::StatusOr<api::v1::Edit> Draft::Finish() const {
  api::v1::Edit edit;
  edit.set_type(info_->name);
  edit.set_record(record_);
  GUANHU_ASSIGN_OR_RETURN(std::string json, schema::ToJson(*message_));
  if (json == "{}" && clear_.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(info_->name, ": nothing to save; name a field with --set field=value"));
  }
  edit.set_json(std::move(json));
  for (const std::string& name : clear_) edit.add_clear(name);
  return edit;
}

absl::StatusOr<Exit> Save(Program& program, std::vector<api::v1::Edit> edits, const std::string& place,
                          bool published) {
  api::v1::SaveRequest request;
  request.set_command_id(program.command_id());
  request.set_place(place);
  request.set_published(published);
  request.set_person(program.person());
  request.set_language(program.io().language_code());
  for (api::v1::Edit& edit : edits) *request.add_edits() = std::move(edit);
  GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::SaveResponse saved, Call(*stub, &Stub::Save, request));
  PrintSaved(program.io(), saved);
  return kExitOk;
}

}  // namespace guanhu::cli
