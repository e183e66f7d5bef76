// What strangers write.
#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/geo/outline.h"
#include "common/ledger/types.h"
#include "common/plate/token.h"
#include "common/schema/fields.h"
#include "common/schema/refs.h"
#include "guanhu/records/v1/place.pb.h"
#include "server/http/reports.h"

namespace guanhu::server::http {

namespace rec = guanhu::records::v1;

namespace {

constexpr uint32_t kPlaceType = 1;
constexpr uint32_t kContactType = 92;
constexpr int kReceiptTries = 16;

base::ScopeId InternalOf(base::PlaceId place) { return {place, base::Visibility::kInternal}; }

node::Command::Edit NewRecord(uint32_t type, const google::protobuf::Message& message, const std::string& key) {
  node::Command::Edit edit;
  edit.type = type;
  edit.key = key;
  edit.set = schema::FieldsOf(message);
  return edit;
}

rec::PublicReport ReportOf(const NewReport& report, const std::string& receipt, const base::ScopeId& scope,
                           int64_t now_ms) {
  rec::PublicReport out;
  out.set_receipt(receipt);
  out.set_category(report.category);
  out.set_service_code(report.service_code);
  if (report.asset) *out.mutable_asset() = schema::ToRef(*report.asset, scope);
  out.set_text(report.text);
  if (report.point) {
    out.mutable_point()->set_lat_e7(report.point->lat_e7);
    out.mutable_point()->set_lon_e7(report.point->lon_e7);
    out.mutable_point()->set_source(rec::POINT_SOURCE_MAP_PIN);
  }
  out.set_received_ms(now_ms);
  out.set_channel(rec::REPORT_CHANNEL_OPEN311);
  return out;
}

}  // namespace

std::string Reports::RandomKey() {
  std::lock_guard<std::mutex> lock(random_mu_);
  return base::ToHex(random_->Bytes(16));
}

absl::StatusOr<std::string> Reports::NewReceipt() {
  GUANHU_ASSIGN_OR_RETURN(const auto snapshot, Now());
  std::lock_guard<std::mutex> lock(random_mu_);
  for (int i = 0; i < kReceiptTries; ++i) {
    std::string receipt = plate::NewToken(*random_);
    if (!snapshot->by_receipt.contains(receipt)) return receipt;
  }
  return absl::UnavailableError("no free receipt code was found");
}

absl::StatusOr<base::PlaceId> Reports::PlaceFor(const node::Node& node, const NewReport& report) const {
  const domain::Directory& directory = node.directory();
  if (report.asset) return directory.Root(report.asset->scope.place);
  std::optional<base::PlaceId> found;
  if (report.point) {
    GUANHU_RETURN_IF_ERROR(node.Visit(
        node.county_scope(), kPlaceType,
        [&](uint32_t type, const base::RecordId& id, const model::RecordState& state) {
          const base::PlaceId place = host_->rules().PlaceOf(id);
          // Only what this node holds and nothing lies below of.
          if (directory.Place(place) == nullptr || directory.Root(place) != place ||
              !directory.Above(node.place(), place))
            return true;
          const auto shown = ledger::ShownRecord(node, host_->schema(), type, state);
          if (shown == nullptr) return true;
          rec::Place row;
          row.CopyFrom(*shown);
          if (row.kind() != rec::PLACE_KIND_VILLAGE && row.kind() != rec::PLACE_KIND_COMMUNITY) return true;
          const auto ring = geo::DecodeOutline(row.outline());
          if (ring.ok() && geo::Contains(*ring, *report.point)) found = place;
          return !found.has_value();
        }));
  }
  if (found) return *found;
  if (options_->default_place.empty()) return node.place();
  const std::vector<base::PlaceId> named = directory.Find(options_->default_place);
  if (named.size() == 1) return named.front();
  const absl::StatusOr<uint64_t> id = base::ParseCrockford(options_->default_place);
  if (id.ok() && directory.Place(base::PlaceId{*id}) != nullptr) return base::PlaceId{*id};
  return node.place();  // a report is never lost over a setting
}

absl::StatusOr<Made> Reports::Make(const NewReport& report) {
  GUANHU_ASSIGN_OR_RETURN(const std::string receipt, NewReceipt());
  // A key of its own and not the receipt: a record's public name follows from its key, and nobody may try receipts
  // against it.
  const std::string key = RandomKey();
  const absl::StatusOr<node::Command> command = host_->Do([&](node::Node& n) -> absl::StatusOr<node::Command> {
    GUANHU_ASSIGN_OR_RETURN(const base::PlaceId place, PlaceFor(n, report));
    node::Command out;
    out.scope = InternalOf(place);
    const int64_t now_ms = n.corrected_wall_ms(absl::ToUnixMillis(host_->now()));
    if (!report.idempotency.empty()) out.id = absl::StrCat("public-", report.idempotency);
    out.edits.push_back(
        NewRecord(ledger::kPublicReportType, ReportOf(report, receipt, out.scope, now_ms), key));
    if (report.name.empty() && report.phone.empty() && report.email.empty()) return out;
    rec::ReportContact contact;
    *contact.mutable_report() =
        schema::ToRef(model::DerivedId(out.scope, ledger::kPublicReportType, key), out.scope);
    contact.set_name(report.name);
    contact.set_phone(report.phone);
    contact.set_email(report.email);
    out.edits.push_back(NewRecord(kContactType, contact, key));
    return out;
  });
  GUANHU_RETURN_IF_ERROR(command.status());
  GUANHU_ASSIGN_OR_RETURN(const node::Saved saved, host_->Execute(*command));
  if (saved.records.empty()) return absl::InternalError("the report was saved without a name");
  const base::RecordId id = saved.records.front();
  Made made{base::ToText(base::ShortHash(id)), receipt};
  if (!saved.repeated) return made;
  GUANHU_ASSIGN_OR_RETURN(const Known known, ByCode(made.code));
  made.receipt = known.receipt;
  return made;
}

absl::StatusOr<rec::Step> Reports::StepFor(const node::Node& node, const Known& report, rec::StepAct act,
                                           absl::string_view reason, uint32_t score) const {
  const schema::Schema& schema = host_->schema();
  const uint32_t type = ledger::kPublicReportType;
  GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife life,
                          ledger::LifeOf(node, schema, host_->ledger(), type, report.id));
  rec::Step step;
  *step.mutable_record() = schema::ToRef(report.id, report.id.scope);
  step.set_act(act);
  step.set_at_ms(node.corrected_wall_ms(absl::ToUnixMillis(host_->now())));
  if (!reason.empty()) step.set_reason(std::string(reason));
  if (score > 0) step.set_score(score);
  for (const base::RecordId& head : life.life.heads) *step.add_after() = schema::ToRef(head, report.id.scope);
  bool rated = false;
  for (const domain::Judged& judged : life.life.acts) {
    if (judged.fate != domain::Fate::kEffective) continue;
    const rec::StepAct done = life.steps[judged.act].step.act();
    if (done == rec::STEP_ACT_RATE) rated = true;
    if (done == rec::STEP_ACT_REPLY) rated = false;
    if (act == rec::STEP_ACT_FOLLOW && done == act) return absl::AlreadyExistsError("is followed already");
  }
  if (act == rec::STEP_ACT_RATE && rated) return absl::FailedPreconditionError("this answer has been rated already");

  // Judged before it is written: what can have no effect is told, not kept.
  std::vector<domain::Act> acts;
  for (const ledger::StepRow& row : life.steps) acts.push_back(row.act);
  domain::Act mine;
  mine.id = {report.id.scope, node.origin(), UINT64_MAX, 0};
  mine.act = act;
  mine.after = life.life.heads;
  mine.stamp.wall_ms = step.at_ms();
  mine.origin = node.origin();
  mine.seq = UINT64_MAX;
  mine.writer.tier = static_cast<schema::Tier>(node.tier());
  mine.device = node.node();
  mine.at_ms = step.at_ms();
  mine.has_reason = !reason.empty();
  mine.has_score = score > 0;
  acts.push_back(mine);
  GUANHU_ASSIGN_OR_RETURN(const auto state, node.Get(type, report.id));
  const auto shown = state ? ledger::ShownRecord(node, schema, type, *state) : nullptr;
  if (shown == nullptr) return absl::NotFoundError("the report is not here any more");
  GUANHU_ASSIGN_OR_RETURN(const domain::Facts facts,
                          ledger::FactsOf(node, schema, host_->ledger(), type, report.id, *shown));
  domain::Act made;
  made.id = report.id;
  made.at_ms = life.born_ms;
  made.stamp.wall_ms = life.born_ms;
  const domain::Life judged_life = domain::Judge(*schema.Type(type), facts, &made, acts);
  for (const domain::Judged& judged : judged_life.acts) {
    if (judged.act != acts.size() - 1 || judged.fate == domain::Fate::kEffective) continue;
    return absl::FailedPreconditionError(absl::StrCat(judged.why_zh, " ", judged.why_en));
  }
  return step;
}

absl::Status Reports::Act(const Known& report, rec::StepAct act, absl::string_view reason, uint32_t score) {
  // Judged and written in one turn of the node, so that two at once do not both count.
  const absl::Status status = host_->Do([&](node::Node& n) -> absl::Status {
    GUANHU_ASSIGN_OR_RETURN(const rec::Step step, StepFor(n, report, act, reason, score));
    node::Command command;
    command.scope = report.id.scope;
    command.edits.push_back(NewRecord(ledger::kStepType, step, ""));
    return n.Execute(command, host_->now()).status();
  });
  return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
}

}  // namespace guanhu::server::http
