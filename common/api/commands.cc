#include "common/api/commands.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/domain/burden_guard.h"
#include "common/schema/check.h"
#include "common/schema/fields.h"

namespace guanhu::api {

absl::StatusOr<node::Command::Edit> ToEdit(const v1::Edit& wanted, const Views& views, const schema::Schema& schema) {
  node::Command::Edit edit;
  const schema::RecordInfo* info = nullptr;
  if (!wanted.record().empty()) {
    GUANHU_ASSIGN_OR_RETURN(const Named named, views.Record(wanted.record()));
    edit.type = named.type;
    edit.record = named.id;
    info = schema.Type(named.type);
    if (info == nullptr)
      return absl::FailedPreconditionError(
          "this record's type belongs to a newer version: update this program to edit it");
    if (!wanted.type().empty() && wanted.type() != info->name) {
      return absl::InvalidArgumentError(absl::StrCat(wanted.record(), " is a ", info->name, ", not a ", wanted.type()));
    }
  } else {
    info = schema.Type(wanted.type());
    if (info == nullptr)
      return absl::InvalidArgumentError(absl::StrCat("there is no record type '", base::Printable(wanted.type()), "'"));
    edit.type = info->type;
    edit.key = wanted.key();
  }
  const std::unique_ptr<google::protobuf::Message> message = schema.NewMessage(edit.type);
  if (!wanted.json().empty()) {
    const auto parsed = google::protobuf::util::JsonStringToMessage(wanted.json(), message.get());
    if (!parsed.ok())
      return absl::InvalidArgumentError(
          absl::StrCat("the fields of ", info->name, " cannot be read: ", parsed.message().ToString()));
  }
  if (!message->MergeFromString(wanted.wire())) {
    return absl::InvalidArgumentError(absl::StrCat("the wire bytes of ", info->name, " are damaged"));
  }
  GUANHU_RETURN_IF_ERROR(domain::CheckBurden(*message));
  edit.set = schema::FieldsOf(*message);
  for (const std::string& name : wanted.clear()) {
    const schema::FieldInfo* field = info->Field(absl::string_view(name));
    if (field == nullptr)
      return absl::InvalidArgumentError(absl::StrCat(info->name, " has no field '", base::Printable(name), "'"));
    edit.cleared.push_back(field->number);
  }
  if (wanted.record().empty() && wanted.key().empty())
    GUANHU_RETURN_IF_ERROR(schema::CheckComplete(schema, edit.type, edit.set));
  std::sort(edit.cleared.begin(), edit.cleared.end());
  return edit;
}

absl::StatusOr<node::Command> ToCommand(const v1::SaveRequest& request, const Views& views, const node::Node& node,
                                        const schema::Schema& schema) {
  node::Command command;
  command.id = request.command_id();
  if (!request.person().empty()) {
    GUANHU_ASSIGN_OR_RETURN(const uint64_t person, base::ParseCrockford(request.person()));
    command.person = base::PersonId{person};
  }
  std::optional<base::ScopeId> scope;
  for (const v1::Edit& wanted : request.edits()) {
    GUANHU_ASSIGN_OR_RETURN(node::Command::Edit edit, ToEdit(wanted, views, schema));
    if (edit.record) scope = edit.record.scope;
    command.edits.push_back(std::move(edit));
  }
  if (command.edits.empty()) return absl::InvalidArgumentError("there is nothing to save: name a record or a type");
  if (!scope) {
    GUANHU_ASSIGN_OR_RETURN(const base::PlaceId place, views.Place(request.place()));
    const schema::RecordInfo* info = schema.Type(command.edits.front().type);
    bool published = request.published();
    if (info != nullptr && info->visibility == schema::VisibilityRule::kPublished) published = true;
    scope = base::ScopeId{place, published ? base::Visibility::kPublished : base::Visibility::kInternal};
    // Places and devices are the county's own list.
    if (published && info != nullptr && info->home == schema::Tier::kCity) scope->place = node.county_scope().place;
  }
  command.scope = *scope;
  for (const node::Command::Edit& edit : command.edits) {
    if (edit.record || edit.key.empty()) continue;
    GUANHU_ASSIGN_OR_RETURN(const auto there, node.Get(edit.type, model::DerivedId(*scope, edit.type, edit.key)));
    if (!there) GUANHU_RETURN_IF_ERROR(schema::CheckComplete(schema, edit.type, edit.set));
  }
  return command;
}

}  // namespace guanhu::api
