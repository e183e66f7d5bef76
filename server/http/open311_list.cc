// Requests as GeoReport lists them.
#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/schema/display.h"
#include "server/http/open311.h"

namespace guanhu::server::http {

namespace rec = guanhu::records::v1;

namespace {

constexpr absl::Duration kDay = absl::Hours(24);
// Rows that one question may look at before its page is full: a year of a large city's reports.
constexpr size_t kLookedAtMax = 50000;

absl::StatusOr<int> WholeNumber(const Form& query, absl::string_view name, int otherwise, int max) {
  const absl::string_view text = query.Get(name);
  int value = otherwise;
  if (!text.empty() && (!absl::SimpleAtoi(text, &value) || value < 1 || value > max))
    return absl::InvalidArgumentError(absl::StrCat(name, " must be a whole number from 1 to ", max));
  return value;
}

std::string NotesOf(const ReportView& view) {
  std::string notes =
      schema::EnumLabel(*rec::PublicReportState_descriptor(), view.state, schema::Language::kChinese);
  absl::StrAppend(&notes, " / ",
                  schema::EnumLabel(*rec::PublicReportState_descriptor(), view.state, schema::Language::kEnglish));
  if (!view.original_code.empty()) absl::StrAppend(&notes, ": ", view.original_code);
  if (view.state == rec::PUBLIC_REPORT_STATE_HANDED_ON && !view.party.empty())
    absl::StrAppend(&notes, ": ", view.party);
  return notes;
}

Json OrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

absl::StatusOr<Span> SpanOf(absl::string_view start, absl::string_view end, absl::Time now) {
  const absl::Duration most = kSpanDaysMax * kDay;
  absl::Time from, to;
  std::string why;
  for (const auto& [text, out] : {std::pair(start, &from), std::pair(end, &to)}) {
    if (!text.empty() && !absl::ParseTime(absl::RFC3339_full, text, out, &why))
      return absl::InvalidArgumentError(absl::StrCat("'", base::Printable(text.substr(0, 40)),
                                                     "' is no time such as 2026-11-23T08:00:00Z"));
  }
  if (start.empty() && end.empty()) {
    // What was received in this very second or by a clock slightly ahead is asked for as well.
    to = now + kDay;
    from = now - most;
  } else {
    if (start.empty()) from = to - most;
    if (end.empty()) to = from + most;
    if (to < from) return absl::InvalidArgumentError("end_date lies before start_date");
    if (to - from > most)
      return absl::InvalidArgumentError(absl::StrCat("a question spans at most ", kSpanDaysMax, " days"));
  }
  return Span{absl::ToUnixMillis(from), absl::ToUnixMillis(to)};
}

absl::StatusOr<std::vector<Known>> Open311::Chosen(const Form& query) {
  GUANHU_ASSIGN_OR_RETURN(const auto snapshot, reports_->Now());
  std::vector<Known> out;
  const std::vector<std::string> ids = query.List("service_request_id");
  if (!ids.empty()) {
    if (ids.size() > static_cast<size_t>(kPageSizeMax))
      return absl::InvalidArgumentError(absl::StrCat("at most ", kPageSizeMax, " ids at once"));
    for (const std::string& id : ids) {
      const absl::StatusOr<Known> known = reports_->ByCode(id);
      if (known.ok()) out.push_back(*known);
    }
    return out;
  }
  GUANHU_ASSIGN_OR_RETURN(const Span span, SpanOf(query.Get("start_date"), query.Get("end_date"), host_->now()));
  for (const Known& report : snapshot->reports) {
    if (report.received_ms >= span.from_ms && report.received_ms <= span.to_ms) out.push_back(report);
  }
  return out;
}

absl::StatusOr<Json> Open311::Row(const Known& report, const Services& services, ReportView* view) {
  GUANHU_ASSIGN_OR_RETURN(*view, reports_->View(report));
  const rec::PublicReport& shown = view->shown;
  const std::string code = shown.service_code().empty() ? ClassCode(shown.category()) : shown.service_code();
  const Service* service = Find(services, code);
  const std::string name = service != nullptr ? service->name : code;
  const int64_t expected = view->received_ms + absl::ToInt64Milliseconds(options_->answer_days * kDay);
  Json row{{"service_request_id", view->code},
           {"status", view->open ? "open" : "closed"},
           {"status_notes", NotesOf(*view)},
           {"service_name", name},
           {"service_code", code},
           {"description", shown.public_text()},
           {"agency_responsible", OrNull(view->party)},
           {"service_notice", nullptr},
           {"requested_datetime", IsoTime(view->received_ms)},
           {"updated_datetime", IsoTime(view->updated_ms)},
           {"expected_datetime", IsoTime(expected)},
           {"address", OrNull(view->asset_name)},
           {"address_id", OrNull(view->asset_code)},
           {"zipcode", nullptr},
           {"lat", nullptr},
           {"long", nullptr},
           {"media_url", nullptr}};
  if (shown.has_point()) {
    row["lat"] = shown.point().lat_e7() / 1e7;
    row["long"] = shown.point().lon_e7() / 1e7;
  }
  return row;
}

Response Open311::One(const std::string& code, Format format) {
  const auto services = catalogue_->Get();
  if (!services.ok()) return Error(format, services.status());
  const absl::StatusOr<Known> known = reports_->ByCode(code);
  if (!known.ok()) return Error(format, known.status());
  ReportView view;
  const absl::StatusOr<Json> row = Row(*known, **services, &view);
  if (!row.ok()) return Error(format, row.status());
  return Answer(format, Json::array({*row}), {"service_requests", "request"});
}

Response Open311::ListRequests(const Form& query, Format format) {
  const absl::StatusOr<int> page = WholeNumber(query, "page", 1, 100000);
  const absl::StatusOr<int> size = WholeNumber(query, "page_size", kPageSizeDefault, kPageSizeMax);
  const auto chosen = Chosen(query);
  const auto services = catalogue_->Get();
  for (const absl::Status& status : {page.status(), size.status(), chosen.status(), services.status()}) {
    if (!status.ok()) return Error(format, status);
  }
  const std::vector<std::string> statuses = query.List("status"), codes = query.List("service_code");
  for (const std::string& status : statuses) {
    if (status != "open" && status != "closed") return Error(format, 400, "status is open, closed or both");
  }
  const auto wanted = [](const std::vector<std::string>& list, absl::string_view value) {
    return list.empty() || std::find(list.begin(), list.end(), std::string(value)) != list.end();
  };
  size_t skip = static_cast<size_t>(*page - 1) * static_cast<size_t>(*size), looked_at = 0;
  Json out = Json::array();
  for (const Known& report : *chosen) {
    if (out.size() == static_cast<size_t>(*size) || looked_at == kLookedAtMax) break;
    // A duplicate is what its original is; of all others the ledger knows.
    const bool duplicate = report.state == rec::PUBLIC_REPORT_STATE_DUPLICATE;
    if (!duplicate && !wanted(statuses, IsClosed(report.state) ? "closed" : "open")) continue;
    if (!duplicate && codes.empty() && skip > 0) {
      --skip;
      continue;
    }
    ++looked_at;
    ReportView view;
    absl::StatusOr<Json> row = Row(report, **services, &view);
    if (absl::IsNotFound(row.status())) continue;  // deleted since
    if (!row.ok()) return Error(format, row.status());
    if (!wanted(statuses, view.open ? "open" : "closed")) continue;
    if (!wanted(codes, (*row)["service_code"].get<std::string>())) continue;
    if (skip > 0) {
      --skip;
      continue;
    }
    out.push_back(*std::move(row));
  }
  return Answer(format, out, {"service_requests", "request"});
}

}  // namespace guanhu::server::http
