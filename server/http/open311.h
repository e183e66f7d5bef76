// GeoReport v2 over public reports. See https://wiki.open311.org/GeoReport_v2/ for what the fields mean.
#pragma once

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "server/http/answer.h"
#include "server/http/assets.h"
#include "server/http/catalogue.h"
#include "server/http/form.h"
#include "server/http/message.h"
#include "server/http/options.h"
#include "server/http/reports.h"

namespace guanhu::server::http {

// Thread-safe.
class Open311 {
 public:
  // All outlive it.
  Open311(host::NodeHost* host, const PublicOptions* options, Catalogue* catalogue, AssetNames* assets,
          Reports* reports)
      : host_(host), options_(options), catalogue_(catalogue), assets_(assets), reports_(reports) {}

  // `parts` are those of the path behind /open311/v2, the format's ending taken off the last.
  Response Get(const std::vector<std::string>& parts, const Form& query, Format format);
  Response Post(const Request& request, const Form& query, Format format);

 private:
  Response ListServices(Format format);
  Response Definition(const std::string& code, Format format);
  Response ListRequests(const Form& query, Format format);
  Response One(const std::string& code, Format format);
  Response Token(const std::string& receipt, Format format);
  absl::StatusOr<std::vector<Known>> Chosen(const Form& query);
  absl::StatusOr<Json> Row(const Known& report, const Services& services, ReportView* view);
  absl::StatusOr<NewReport> Read(const Form& form, std::string* notice);
  absl::Status ReadPlace(const Form& form, NewReport& report);

  host::NodeHost* const host_;
  const PublicOptions* const options_;
  Catalogue* const catalogue_;
  AssetNames* const assets_;
  Reports* const reports_;
};

// "39.1" as 1e-7 degrees. Errors: kInvalidArgument.
absl::StatusOr<int64_t> DegreesE7(absl::string_view text);

// The time span that a question for requests means: 90 days up to now, or from start_date, or up to end_date.
// Errors: kInvalidArgument for a time that is none, or a span above 90 days.
struct Span {
  int64_t from_ms = 0;
  int64_t to_ms = 0;
};
absl::StatusOr<Span> SpanOf(absl::string_view start, absl::string_view end, absl::Time now);

}  // namespace guanhu::server::http
