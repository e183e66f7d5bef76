#include "server/http/portal.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/ledger/types.h"
#include "common/schema/display.h"

namespace guanhu::server::http {

namespace rec = guanhu::records::v1;

namespace {

constexpr uint32_t kNoticeType = 90;
constexpr int kNoticesMax = 200;  // of one answer: each may hold 24 KiB of text
constexpr int64_t kDayMs = 24 * 3600 * 1000;
constexpr size_t kReasonBytesMax = 4096;

Response Bad(absl::string_view why) { return Error(Format::kJson, 400, why); }

// The month "2026-11" as ledger::MonthOf counts. False if it is none.
bool Month(absl::string_view text, int* month) {
  absl::CivilMonth civil;
  if (!absl::ParseCivilTime(text, &civil)) return false;
  *month = static_cast<int>(civil - absl::CivilMonth(1970, 1));
  return true;
}

// The township of a place: the ancestor right below the county.
std::string TownshipOf(const domain::Directory& directory, base::PlaceId place) {
  base::PlaceId at = directory.Root(place);
  for (const domain::PlaceRow* row = directory.Place(at); row != nullptr; row = directory.Place(at)) {
    if (!row->parent || directory.Root(row->parent) == directory.county()) return row->name;
    at = directory.Root(row->parent);
  }
  return "";
}

struct Sums {
  int64_t received = 0;
  int64_t duplicates = 0;
  int64_t answered = 0;
  int64_t answered_on_time = 0;
  int64_t overdue = 0;  // not answered, and the promised time is over
  int64_t ratings = 0;
  int64_t score_sum = 0;

  void Add(const Sums& s) {
    received += s.received;
    duplicates += s.duplicates;
    answered += s.answered;
    answered_on_time += s.answered_on_time;
    overdue += s.overdue;
    ratings += s.ratings;
    score_sum += s.score_sum;
  }
  Json ToJson(const std::string& township) const {
    // Of nothing there is no average.
    const Json satisfaction = ratings == 0 ? Json(nullptr) : Json((score_sum * 100 + ratings / 2) / ratings);
    return {{"township", township},
            {"received", received},
            {"duplicates", duplicates},
            {"answered", answered},
            {"answered_on_time", answered_on_time},
            {"overdue", overdue},
            {"ratings", ratings},
            {"satisfaction_hundredths", satisfaction}};  // of a point: 100 to 500
  }
};

std::string ActName(rec::StepAct act, schema::Language language) {
  return schema::EnumLabel(*rec::StepAct_descriptor(), act, language);
}

}  // namespace

Response Portal::Notices(const Form& query) {
  int page = 1, size = 50;
  if (!query.Get("page").empty() && (!absl::SimpleAtoi(query.Get("page"), &page) || page < 1 || page > 100000))
    return Bad("page must be a whole number from 1");
  if (!query.Get("page_size").empty() &&
      (!absl::SimpleAtoi(query.Get("page_size"), &size) || size < 1 || size > kNoticesMax))
    return Bad(absl::StrCat("page_size must be a whole number from 1 to ", kNoticesMax));
  const auto book = host_->Book();
  if (!book.ok()) return Error(Format::kJson, book.status());
  std::vector<ledger::CaseRow> rows;
  (*book)->VisitCases({}, kNoticeType, [&](const ledger::CaseRow& row) {
    if (row.state == rec::NOTICE_STATE_PUBLISHED) rows.push_back(row);
  });
  std::sort(rows.begin(), rows.end(), [](const ledger::CaseRow& a, const ledger::CaseRow& b) {
    return std::tie(b.since_ms, a.id) < std::tie(a.since_ms, b.id);
  });
  const int64_t now_ms = absl::ToUnixMillis(host_->now());
  int64_t skip = static_cast<int64_t>(page - 1) * size;
  Json out = Json::array();
  const absl::Status status = host_->Do([&](node::Node& n) -> absl::Status {
    const schema::RecordInfo& info = *host_->schema().Type(kNoticeType);
    for (const ledger::CaseRow& row : rows) {
      if (out.size() == static_cast<size_t>(size)) break;
      GUANHU_ASSIGN_OR_RETURN(const auto state, n.Get(kNoticeType, row.id));
      const auto shown = state ? ledger::ShownRecord(n, host_->schema(), kNoticeType, *state) : nullptr;
      if (shown == nullptr) continue;
      rec::Notice notice;
      notice.CopyFrom(*shown);
      if (notice.has_expires_ms() && notice.expires_ms() <= now_ms) continue;
      if (notice.has_publish_ms() && notice.publish_ms() > now_ms) continue;
      if (skip > 0) {
        --skip;
        continue;
      }
      schema::KeepPublic(info, notice);
      GUANHU_ASSIGN_OR_RETURN(const std::string text, schema::ToJson(notice));
      Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
      if (!json.is_object()) continue;
      json["id"] = base::ToText(base::ShortHash(row.id));
      const domain::PlaceRow* place = n.directory().Place(row.id.scope.place);
      json["published_by"] = place == nullptr ? "" : place->name;
      json["published_datetime"] = IsoTime(row.since_ms);
      out.push_back(std::move(json));
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return Error(Format::kJson, status);
  return Answer(Format::kJson, out, {"notices", "notice"});
}

Response Portal::Stats(const Form& query) {
  ledger::Cut cut;
  if (!query.Get("from").empty() && !Month(query.Get("from"), &cut.from_month))
    return Bad("from must be a month such as 2026-11");
  if (!query.Get("to").empty() && !Month(query.Get("to"), &cut.to_month))
    return Bad("to must be a month such as 2026-11");
  const auto book = host_->Book();
  if (!book.ok()) return Error(Format::kJson, book.status());
  const auto snapshot = reports_->Now();
  if (!snapshot.ok()) return Error(Format::kJson, snapshot.status());
  const auto directory = (*book)->directory();
  const int64_t now_ms = absl::ToUnixMillis(host_->now());
  std::map<std::string, Sums> townships;
  std::vector<ledger::CaseRow> rows;
  (*book)->VisitCases(cut, ledger::kPublicReportType, [&](const ledger::CaseRow& row) { rows.push_back(row); });
  for (const ledger::CaseRow& row : rows) {
    Sums one;
    one.received = 1;
    one.ratings = row.score_count;
    one.score_sum = row.score_sum;
    if (row.state == rec::PUBLIC_REPORT_STATE_DUPLICATE) {
      one.duplicates = 1;
    } else {
      const auto times = reports_->TimesOf(row);
      if (absl::IsNotFound(times.status())) continue;  // deleted since
      if (!times.ok()) return Error(Format::kJson, times.status());
      const int64_t due = times->received_ms + options_->answer_days * kDayMs;
      one.answered = times->answered_ms > 0 ? 1 : 0;
      one.answered_on_time = one.answered == 1 && times->answered_ms <= due ? 1 : 0;
      one.overdue = one.answered == 0 && now_ms > due ? 1 : 0;
    }
    townships[TownshipOf(*directory, row.id.scope.place)].Add(one);
  }
  Sums total;
  Json list = Json::array();
  for (const auto& [township, sums] : townships) {
    list.push_back(sums.ToJson(township));
    total.Add(sums);
  }
  const Json out{{"answer_days", options_->answer_days},
                 {"as_of", (*book)->coverage().mark},
                 {"townships", list},
                 {"total", total.ToJson("")}};
  return Answer(Format::kJson, out, {"stats", "item"});
}

Response Portal::Follow(const Known& report) {
  const absl::StatusOr<ReportView> view = reports_->View(report);
  if (!view.ok()) return Error(Format::kJson, view.status());
  const auto* states = rec::PublicReportState_descriptor();
  Json acts = Json::array();
  for (const Answered& act : view->acts) {
    Json row{{"act_zh", ActName(act.act, schema::Language::kChinese)},
             {"act_en", ActName(act.act, schema::Language::kEnglish)},
             {"datetime", IsoTime(act.at_ms)}};
    if (!act.text.empty()) row["text"] = act.text;
    if (act.score > 0) row["score"] = act.score;
    acts.push_back(std::move(row));
  }
  const Json out{{"service_request_id", view->code},
                 {"status", view->open ? "open" : "closed"},
                 {"state_zh", schema::EnumLabel(*states, view->state, schema::Language::kChinese)},
                 {"state_en", schema::EnumLabel(*states, view->state, schema::Language::kEnglish)},
                 {"original", view->original_code.empty() ? Json(nullptr) : Json(view->original_code)},
                 {"handed_on_to", view->party.empty() ? Json(nullptr) : Json(view->party)},
                 {"requested_datetime", IsoTime(view->received_ms)},
                 {"updated_datetime", IsoTime(view->updated_ms)},
                 {"expected_datetime", IsoTime(view->received_ms + options_->answer_days * kDayMs)},
                 {"acts", acts}};
  Response response = Answer(Format::kJson, out, {"report", "item"});
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response Portal::Act(const Known& report, const std::string& act, const Form& form) {
  uint32_t score = 0;
  const absl::string_view reason = form.Get("reason");
  rec::StepAct step = rec::STEP_ACT_FOLLOW;
  if (act == "rate") {
    step = rec::STEP_ACT_RATE;
    if (!absl::SimpleAtoi(form.Get("score"), &score) || score < 1 || score > 5)
      return Bad("score must be a whole number from 1 to 5");
  } else if (act == "reopen") {
    step = rec::STEP_ACT_REOPEN;
    if (reason.empty()) return Bad("reason is missing: say what is still not in order");
    if (reason.size() > kReasonBytesMax) return Bad(absl::StrCat("reason is longer than ", kReasonBytesMax, " bytes"));
  } else if (act != "follow") {
    return Error(Format::kJson, 404, "a report can be followed, rated and reopened: follow, rate, reopen");
  }
  const absl::Status status = reports_->Act(report, step, act == "reopen" ? reason : "", score);
  if (!status.ok()) return Error(Format::kJson, status);
  return Follow(report);
}

}  // namespace guanhu::server::http
