#include "common/api/freeze.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/ledger/mark.h"
#include "common/schema/fields.h"
#include "guanhu/records/v1/duty.pb.h"

namespace guanhu::api {
namespace {

absl::StatusOr<base::RecordId> Write(node::Node& node, const schema::Schema& schema, const base::ScopeId& scope,
                                     const google::protobuf::Message& message, const base::RecordId& record,
                                     base::PersonId person, absl::Time now) {
  node::Command command;
  command.scope = scope;
  command.person = person;
  node::Command::Edit edit;
  edit.type = schema.TypeOf(message)->type;
  edit.record = record;
  edit.set = schema::FieldsOf(message);
  command.edits.push_back(std::move(edit));
  GUANHU_ASSIGN_OR_RETURN(const node::Saved saved, node.Execute(command, now));
  return saved.records.front();
}

}  // namespace

absl::StatusOr<std::vector<records::v1::ScoreLine>> WriteEvidence(node::Node& node, const schema::Schema& schema,
                                                                  const ledger::LedgerViews& ledger,
                                                                  const base::RecordId& run, base::PersonId person,
                                                                  absl::Time now) {
  records::v1::Mark mark;
  mark.set_name(absl::StrCat("assessment ", base::ToText(base::ShortHash(run))));
  mark.set_place(run.scope.place.value);
  mark.set_at_ms(absl::ToUnixMillis(now));
  const std::string vectors = ledger::EncodePoints(ledger::PointsOf(node, run.scope.place));
  mark.set_vectors(vectors);
  // The marked vectors end before the mark itself.
  GUANHU_ASSIGN_OR_RETURN(const base::RecordId mark_id, Write(node, schema, run.scope, mark, {}, person, now));
  const figures::Desk desk(node, schema, ledger);
  GUANHU_ASSIGN_OR_RETURN(figures::Freeze freeze, figures::FreezeRun(desk, run, mark_id, vectors));
  GUANHU_RETURN_IF_ERROR(Write(node, schema, run.scope, freeze.fields, run, person, now).status());
  return std::move(freeze.lines);
}

absl::Status WriteScores(node::Node& node, const schema::Schema& schema, const base::RecordId& run,
                         const std::vector<records::v1::ScoreLine>& lines, base::PersonId person, absl::Time now) {
  for (const records::v1::ScoreLine& line : lines)
    GUANHU_RETURN_IF_ERROR(Write(node, schema, run.scope, line, {}, person, now).status());
  return absl::OkStatus();
}

}  // namespace guanhu::api
