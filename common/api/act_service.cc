// Acts of life cycles.
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/api/client.h"
#include "common/api/commands.h"
#include "common/api/freeze.h"
#include "common/api/lives.h"
#include "common/api/local_service.h"
#include "common/api/views.h"
#include "common/base/bytes.h"
#include "common/base/limits.h"
#include "common/base/status.h"
#include "common/schema/fields.h"
#include "common/schema/refs.h"

namespace guanhu::api {
namespace {

constexpr size_t kHashBytes = 32;
constexpr uint32_t kScoreMax = 5;

absl::Status SetRef(const std::string& text, const Views& views, const base::ScopeId& scope,
                    records::v1::RecordRef* out) {
  GUANHU_ASSIGN_OR_RETURN(const Named named, views.Record(text));
  *out = schema::ToRef(named.id, scope);
  return absl::OkStatus();
}

absl::StatusOr<records::v1::Step> ToStep(const v1::ActRequest& request, const Named& about, const Views& views,
                                         const schema::RecordInfo& info, absl::Time now) {
  records::v1::Step step;
  *step.mutable_record() = schema::ToRef(about.id, about.id.scope);
  GUANHU_ASSIGN_OR_RETURN(const records::v1::StepAct act, ParseAct(info, request.act()));
  step.set_act(act);
  step.set_reason(request.reason());
  for (const std::string& hex : request.photos()) {
    const std::string bytes = hex.size() == 2 * kHashBytes ? absl::HexStringToBytes(hex) : "";
    if (base::ToHex(bytes) != hex)
      return absl::InvalidArgumentError(absl::StrCat("\"", base::Printable(hex), "\" is no SHA-256 in 64 hex digits"));
    step.add_photos(bytes);
  }
  if (!request.party().empty())
    GUANHU_RETURN_IF_ERROR(SetRef(request.party(), views, about.id.scope, step.mutable_party()));
  if (!request.other().empty())
    GUANHU_RETURN_IF_ERROR(SetRef(request.other(), views, about.id.scope, step.mutable_other()));
  if (request.has_until_ms()) step.set_until_ms(request.until_ms());
  if (request.has_amount_fen()) step.set_amount_fen(request.amount_fen());
  if (request.has_score()) {
    if (request.score() < 1 || request.score() > kScoreMax)
      return absl::InvalidArgumentError(absl::StrCat("a score is 1 to ", kScoreMax, ", not ", request.score()));
    step.set_score(request.score());
  }
  step.set_at_ms(request.at_ms() == 0 ? absl::ToUnixMillis(now) : request.at_ms());
  if (request.work_minutes() != 0) step.set_work_minutes(request.work_minutes());
  if (request.has_quantity()) step.set_quantity(request.quantity());
  if (!request.person().empty()) {
    GUANHU_ASSIGN_OR_RETURN(const uint64_t person, base::ParseCrockford(request.person()));
    step.set_by(person);
  }
  return step;
}

}  // namespace

grpc::Status LocalServiceImpl::Act(grpc::ServerContext*, const v1::ActRequest* request, v1::RecordView* response) {
  // Judged and written in one go: no other act comes between.
  return ToGrpc(host_->Do([&](node::Node& n) -> absl::Status {
    const Lives lives(&n, &host_->schema(), &host_->ledger(), &host_->ledger().book());
    const Views views(&n, &host_->schema(), request->language(), &lives);
    GUANHU_ASSIGN_OR_RETURN(const Named about, views.Record(request->record()));
    const schema::RecordInfo* info = host_->schema().Type(about.type);
    if (info == nullptr)
      return absl::FailedPreconditionError(
          "this record's type belongs to a newer version: update this program to act on it");
    GUANHU_ASSIGN_OR_RETURN(const bool repeated, n.HasDone(request->command_id()));
    GUANHU_ASSIGN_OR_RETURN(records::v1::Step step, ToStep(*request, about, views, *info, host_->now()));
    node::Command command;
    command.id = request->command_id();
    command.scope = about.id.scope;
    command.person = base::PersonId{step.by()};
    const bool freezes = about.type == ledger::kAssessmentRunType && step.act() == records::v1::STEP_ACT_FREEZE;
    std::vector<records::v1::ScoreLine> scores;
    if (freezes && !repeated) {
      GUANHU_ASSIGN_OR_RETURN(scores, WriteEvidence(n, host_->schema(), host_->ledger(), about.id,
                                                    base::PersonId{step.by()}, host_->now()));
    }
    if (!repeated) {
      GUANHU_RETURN_IF_ERROR(
          lives.Propose(about.type, about.id, host_->now(), command.person, request->force(), views.language(), step));
    }
    node::Command::Edit edit;
    edit.type = ledger::kStepType;
    edit.set = schema::FieldsOf(step);
    command.edits.push_back(std::move(edit));
    for (const v1::Edit& wanted : request->also()) {
      GUANHU_ASSIGN_OR_RETURN(node::Command::Edit also, ToEdit(wanted, views, host_->schema()));
      command.edits.push_back(std::move(also));
    }
    GUANHU_ASSIGN_OR_RETURN(const node::Saved saved, n.Execute(command, host_->now()));
    GUANHU_RETURN_IF_ERROR(WriteScores(n, host_->schema(), about.id, scores, command.person, host_->now()));
    GUANHU_ASSIGN_OR_RETURN(const std::optional<model::RecordState> state, n.Get(about.type, about.id));
    if (!state) return absl::NotFoundError("nothing of this record has taken effect here yet");
    views.Fill(about, *state, response);
    // How far the act has come, not the record's own last change.
    *response->mutable_holding() = Views::ToProto(n.HoldingOf(saved.journal, saved.seq));
    const auto shown = views.Shown(about, *state);
    if (shown == nullptr) return absl::OkStatus();
    return lives.Fill(about.type, about.id, *shown, views, absl::ToUnixMillis(host_->now()), response->mutable_life());
  }));
}

}  // namespace guanhu::api
