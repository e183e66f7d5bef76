#include "server/http/reports.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/ledger/types.h"
#include "common/plate/token.h"
#include "common/schema/display.h"
#include "common/schema/refs.h"
#include "guanhu/records/v1/asset.pb.h"

namespace guanhu::server::http {

namespace rec = guanhu::records::v1;
namespace pb = google::protobuf;

namespace {

constexpr size_t kReadAtOnce = 200;  // records read before the node's thread is given back
constexpr int kOriginalsMax = 8;     // duplicates of duplicates

bool AnswersReporter(rec::StepAct act) {
  return act == rec::STEP_ACT_REPLY || act == rec::STEP_ACT_UNTRUE || act == rec::STEP_ACT_HAND_ON ||
         act == rec::STEP_ACT_DUPLICATE;
}

// The record as strangers may see it; nullptr if it is not here or not readable.
std::unique_ptr<pb::Message> PublicRecord(const node::Node& node, const schema::Schema& schema, uint32_t type,
                                          const base::RecordId& id) {
  const auto state = node.Get(type, id);
  const schema::RecordInfo* info = schema.Type(type);
  if (!state.ok() || !*state || info == nullptr) return nullptr;
  std::unique_ptr<pb::Message> shown = ledger::ShownRecord(node, schema, type, **state);
  if (shown != nullptr) schema::KeepPublic(*info, *shown);
  return shown;
}

// The public name of a body that took the report over; a person's never.
std::string PartyName(const node::Node& node, const schema::Schema& schema, const base::RecordId& id) {
  const schema::RecordInfo* info = schema.Type(absl::string_view("Org"));
  if (info == nullptr) return "";
  const std::unique_ptr<pb::Message> shown = PublicRecord(node, schema, info->type, id);
  const schema::FieldInfo* name = info->Field(absl::string_view("name"));
  if (shown == nullptr || name == nullptr) return "";
  return shown->GetReflection()->GetString(*shown, name->descriptor);
}

}  // namespace

bool IsClosed(int state) {
  return state == rec::PUBLIC_REPORT_STATE_ANSWERED || state == rec::PUBLIC_REPORT_STATE_UNTRUE ||
         state == rec::PUBLIC_REPORT_STATE_DUPLICATE;
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Reports::Now() {
  GUANHU_ASSIGN_OR_RETURN(const ledger::Book* const book, host_->Book());
  std::lock_guard<std::mutex> lock(mu_);
  const std::string mark = book->coverage().mark;
  if (snapshot_ != nullptr && mark == mark_) return snapshot_;
  std::vector<ledger::CaseRow> rows;
  book->VisitCases({}, ledger::kPublicReportType, [&](const ledger::CaseRow& row) { rows.push_back(row); });
  std::vector<base::RecordId> unread;
  for (const ledger::CaseRow& row : rows) {
    if (!read_.contains(row.id)) unread.push_back(row.id);
  }
  for (size_t from = 0; from < unread.size(); from += kReadAtOnce) {
    GUANHU_RETURN_IF_ERROR(host_->Do([&](node::Node& n) -> absl::Status {
      for (size_t i = from; i < std::min(unread.size(), from + kReadAtOnce); ++i) {
        GUANHU_ASSIGN_OR_RETURN(const auto state, n.Get(ledger::kPublicReportType, unread[i]));
        const auto shown =
            state ? ledger::ShownRecord(n, host_->schema(), ledger::kPublicReportType, *state) : nullptr;
        if (shown == nullptr) continue;
        rec::PublicReport report;
        report.CopyFrom(*shown);
        const int64_t received = report.has_received_ms() ? report.received_ms() : ledger::BornMs(unread[i], *state);
        read_[unread[i]] = {unread[i], base::ToText(base::ShortHash(unread[i])), report.receipt(), received, 0};
      }
      return absl::OkStatus();
    }));
  }
  auto next = std::make_shared<Snapshot>();
  for (const ledger::CaseRow& row : rows) {
    const auto at = read_.find(row.id);
    if (at == read_.end()) continue;
    next->reports.push_back(at->second);
    next->reports.back().state = row.state;
  }
  std::sort(next->reports.begin(), next->reports.end(), [](const Known& a, const Known& b) {
    return std::tie(b.received_ms, a.id) < std::tie(a.received_ms, b.id);
  });
  for (size_t i = 0; i < next->reports.size(); ++i) {
    next->by_code[next->reports[i].code] = i;
    next->by_receipt[next->reports[i].receipt] = i;
  }
  snapshot_ = std::move(next);
  mark_ = mark;
  return snapshot_;
}

absl::StatusOr<Known> Reports::ByCode(absl::string_view code) {
  GUANHU_ASSIGN_OR_RETURN(const auto snapshot, Now());
  const auto at = snapshot->by_code.find(absl::AsciiStrToUpper(code));
  if (at == snapshot->by_code.end())
    return absl::NotFoundError(absl::StrCat("there is no report '", base::Printable(code.substr(0, 40)), "'"));
  return snapshot->reports[at->second];
}

absl::StatusOr<Known> Reports::ByReceipt(absl::string_view receipt) {
  const absl::StatusOr<std::string> token = plate::ParseToken(receipt);
  if (!token.ok())
    return absl::NotFoundError(absl::StrCat("'", base::Printable(receipt.substr(0, 40)),
                                            "' is no receipt code: please read it again, it has 9 letters and digits"));
  GUANHU_ASSIGN_OR_RETURN(const auto snapshot, Now());
  const auto at = snapshot->by_receipt.find(*token);
  if (at == snapshot->by_receipt.end())
    return absl::NotFoundError(
        absl::StrCat("there is no report with the receipt ", plate::ShowToken(*token), " on this server"));
  return snapshot->reports[at->second];
}

absl::StatusOr<ReportView> Reports::View(const Known& report) {
  return host_->Do([&](node::Node& n) -> absl::StatusOr<ReportView> {
    GUANHU_ASSIGN_OR_RETURN(ReportView view, ViewOf(n, report.id));
    view.received_ms = report.received_ms;
    view.updated_ms = std::max(view.updated_ms, report.received_ms);
    view.open = !IsClosed(view.state);
    if (view.state == rec::PUBLIC_REPORT_STATE_DUPLICATE) GUANHU_RETURN_IF_ERROR(FillOriginal(n, report.id, view));
    FillAsset(n, view);
    return view;
  });
}

absl::StatusOr<Reports::Times> Reports::TimesOf(const ledger::CaseRow& row) {
  {
    std::lock_guard<std::mutex> lock(mu_);
    const auto at = times_.find(row.id);
    if (at != times_.end() && at->second.first == row) return at->second.second;
  }
  GUANHU_ASSIGN_OR_RETURN(const Known known, ByCode(base::ToText(base::ShortHash(row.id))));
  const absl::StatusOr<ReportView> view =
      host_->Do([&](node::Node& n) { return ViewOf(n, row.id); });
  GUANHU_RETURN_IF_ERROR(view.status());
  const Times times{known.received_ms, view->answered_ms};
  std::lock_guard<std::mutex> lock(mu_);
  times_[row.id] = {row, times};
  return times;
}

absl::StatusOr<ReportView> Reports::ViewOf(const node::Node& node, const base::RecordId& id) const {
  ReportView view;
  view.id = id;
  view.code = base::ToText(base::ShortHash(id));
  const std::unique_ptr<pb::Message> shown =
      PublicRecord(node, host_->schema(), ledger::kPublicReportType, id);
  if (shown == nullptr) return absl::NotFoundError("the report is not here any more");
  view.shown.CopyFrom(*shown);
  GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife life, ledger::LifeOf(node, host_->schema(), host_->ledger(),
                                                                       ledger::kPublicReportType, id));
  view.state = life.life.state;
  for (const domain::Judged& judged : life.life.acts) {
    const ledger::StepRow& row = life.steps[judged.act];
    if (judged.fate != domain::Fate::kEffective) continue;
    const int64_t at = domain::TimeOf(row.act);
    view.updated_ms = std::max(view.updated_ms, at);
    const rec::StepAct act = row.step.act();
    if (view.answered_ms == 0 && (act == rec::STEP_ACT_REPLY || act == rec::STEP_ACT_UNTRUE)) view.answered_ms = at;
    if (act == rec::STEP_ACT_HAND_ON)
      view.party = PartyName(node, host_->schema(), schema::FromRef(row.step.party(), row.id.scope));
    view.acts.push_back({act, at, AnswersReporter(act) ? row.step.reason() : "", row.step.score()});
  }
  return view;
}

absl::Status Reports::FillOriginal(const node::Node& node, const base::RecordId& id, ReportView& view) const {
  base::RecordId at = id;
  std::set<base::RecordId> seen;
  for (int i = 0; i < kOriginalsMax && seen.insert(at).second; ++i) {
    const absl::StatusOr<ledger::RecordLife> life =
        ledger::LifeOf(node, host_->schema(), host_->ledger(), ledger::kPublicReportType, at);
    if (absl::IsNotFound(life.status())) return absl::OkStatus();  // of a place that this node does not hold
    GUANHU_RETURN_IF_ERROR(life.status());
    if (at != id) {
      view.original_code = base::ToText(base::ShortHash(at));
      view.open = !IsClosed(life->life.state);
    }
    if (life->life.state != rec::PUBLIC_REPORT_STATE_DUPLICATE) return absl::OkStatus();
    for (const domain::Judged& judged : life->life.acts) {
      const rec::Step& step = life->steps[judged.act].step;
      if (judged.fate == domain::Fate::kEffective && step.act() == rec::STEP_ACT_DUPLICATE)
        at = schema::FromRef(step.other(), life->steps[judged.act].id.scope);
    }
  }
  return absl::OkStatus();
}

void Reports::FillAsset(const node::Node& node, ReportView& view) const {
  if (!view.shown.has_asset()) return;
  const std::unique_ptr<pb::Message> shown = PublicRecord(node, host_->schema(), ledger::kAssetType,
                                                          schema::FromRef(view.shown.asset(), view.id.scope));
  if (shown == nullptr) return;
  rec::Asset asset;
  asset.CopyFrom(*shown);
  view.asset_name = asset.name();
  view.asset_code = asset.code();
  if (!view.shown.has_point() && asset.has_point()) *view.shown.mutable_point() = asset.point();
}

}  // namespace guanhu::server::http
