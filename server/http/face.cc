#include "server/http/face.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace guanhu::server::http {
namespace {

Response TooOften(Format format, int64_t wait_s) {
  Response response = Error(format, 429, absl::StrCat("too many requests: try again in ", wait_s, " seconds"));
  response.headers.emplace_back("Retry-After", absl::StrCat(wait_s));
  return response;
}

Response WrongMethod(Format format, absl::string_view allowed) {
  Response response = Error(format, 405, absl::StrCat("this address takes ", allowed));
  response.headers.emplace_back("Allow", std::string(allowed));
  return response;
}

bool IsGet(const Request& request) { return request.method == "GET" || request.method == "HEAD"; }

// Takes ".json" or ".xml" off the last part. False if there is neither.
bool TakeFormat(std::string& last, Format* format) {
  absl::string_view rest = last;
  if (absl::ConsumeSuffix(&rest, ".json")) {
    *format = Format::kJson;
  } else if (absl::ConsumeSuffix(&rest, ".xml")) {
    *format = Format::kXml;
  } else {
    return false;
  }
  last = std::string(rest);
  return true;
}

Response Text(int status, absl::string_view text) {
  return {status, "text/plain; charset=utf-8", std::string(text), {{"Cache-Control", "no-store"}}};
}

}  // namespace

Face::Face(host::NodeHost* host, PublicOptions options, base::Random* random)
    : host_(host),
      options_(std::move(options)),
      requests_(options_.requests_per_minute, kAddressesMax),
      posts_(options_.posts_per_minute, kAddressesMax),
      guesses_(options_.guesses_per_minute, kAddressesMax),
      catalogue_(host),
      assets_(host),
      reports_(host, &options_, random),
      open311_(host, &options_, &catalogue_, &assets_, &reports_),
      portal_(host, &options_, &reports_) {}

std::string Face::AddressOf(const Request& request) const {
  if (!options_.behind_proxy || request.forwarded_for.empty()) return HouseholdOf(request.address);
  // What stands last was written by our own proxy; all before it by anybody.
  const absl::string_view list = request.forwarded_for;
  const size_t comma = list.rfind(',');
  return HouseholdOf(
      absl::StripAsciiWhitespace(comma == absl::string_view::npos ? list : list.substr(comma + 1)));
}

Response Face::Handle(const Request& request) {
  Response response = Route(request, AddressOf(request));
  // Anybody's page may read what is public; there is no session that it could borrow.
  response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  response.headers.emplace_back("Content-Security-Policy", "default-src 'none'");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  return response;
}

Response Face::Route(const Request& request, const std::string& household) {
  if (request.path == "/healthz") return Text(200, "alive\n");
  if (request.path == "/readyz") return Ready();
  const Format told = absl::EndsWith(request.path, ".xml") ? Format::kXml : Format::kJson;
  if (const int64_t wait = requests_.Take(household, host_->now()); wait > 0) return TooOften(told, wait);
  if (!IsGet(request) && request.method != "POST") return WrongMethod(told, "GET, HEAD or POST");
  absl::StatusOr<std::vector<std::string>> parts = PathParts(request.path);
  if (!parts.ok()) return Error(told, parts.status());
  const absl::StatusOr<Form> query = Form::Parse(request.query);
  if (!query.ok()) return Error(told, query.status());
  if (request.method == "POST") {
    if (const int64_t wait = posts_.Take(household, host_->now()); wait > 0) return TooOften(told, wait);
  }
  if (!parts->empty() && parts->front() == "open311")
    return RouteOpen311(request, *std::move(parts), *query, household);
  if (!parts->empty() && parts->front() == "public") return RoutePublic(request, *parts, *query, household);
  return Error(told, 404, "there is nothing at this address");
}

Response Face::Guarded(const std::string& household, const std::function<Response()>& answer) {
  if (const int64_t wait = guesses_.Look(household, host_->now()); wait > 0) return TooOften(Format::kJson, wait);
  Response response = answer();
  if (response.status == 404) guesses_.Take(household, host_->now());
  return response;
}

Response Face::RouteOpen311(const Request& request, std::vector<std::string> parts, const Form& query,
                            const std::string& household) {
  Format format = Format::kJson;
  if (!TakeFormat(parts.back(), &format))
    return Error(format, 404, "addresses of this interface end in .json or .xml");
  parts.erase(parts.begin());
  if (parts.size() == 1 && parts[0] == "discovery") return Discovery(format);
  if (parts.empty() || parts[0] != "v2") return Error(format, 404, "this server has GeoReport v2: /open311/v2/...");
  parts.erase(parts.begin());
  const bool all_requests = parts.size() == 1 && parts[0] == "requests";
  if (request.method == "POST")
    return all_requests ? open311_.Post(request, query, format) : WrongMethod(format, "GET, HEAD");
  if (parts.size() == 2 && parts[0] == "tokens")
    return Guarded(household, [&] { return open311_.Get(parts, query, format); });
  return open311_.Get(parts, query, format);
}

Response Face::RoutePublic(const Request& request, const std::vector<std::string>& parts, const Form& query,
                           const std::string& household) {
  const bool get = IsGet(request);
  if (parts.size() == 2 && parts[1] == "notices.json")
    return get ? portal_.Notices(query) : WrongMethod(Format::kJson, "GET, HEAD");
  if (parts.size() == 2 && parts[1] == "stats.json")
    return get ? portal_.Stats(query) : WrongMethod(Format::kJson, "GET, HEAD");
  const bool one = parts.size() == 3 && parts[1] == "reports" && absl::EndsWith(parts[2], ".json");
  const bool act = parts.size() == 4 && parts[1] == "reports";
  if (!one && !act) return Error(Format::kJson, 404, "there is nothing at this address");
  if (one != get) return WrongMethod(Format::kJson, one ? "GET, HEAD" : "POST");
  Form form;
  if (act && !request.body.empty()) {
    if (!absl::StartsWithIgnoreCase(request.content_type, "application/x-www-form-urlencoded"))
      return Error(Format::kJson, 415, "the body must be a form (Content-Type: application/x-www-form-urlencoded)");
    absl::StatusOr<Form> body = Form::Parse(request.body);
    if (!body.ok()) return Error(Format::kJson, body.status());
    form = *std::move(body);
  }
  form.Append(query);
  return Guarded(household, [&] {
    const absl::string_view receipt = one ? absl::StripSuffix(parts[2], ".json") : absl::string_view(parts[2]);
    const absl::StatusOr<Known> known = reports_.ByReceipt(receipt);
    if (!known.ok()) return Error(Format::kJson, known.status());
    return one ? portal_.Follow(*known) : portal_.Act(*known, parts[3], form);
  });
}

Response Face::Ready() {
  if (draining_) return Text(503, "stopping\n");
  if (!host_->failure().ok()) return Text(503, "the node cannot write to its store\n");
  if (!host_->Book().ok()) return Text(503, "the ledgers cannot be read\n");
  return Text(200, "ready\n");
}

Response Face::Discovery(Format format) const {
  const Json endpoint{{"specification", "http://wiki.open311.org/GeoReport_v2"},
                      {"url", "/open311/v2"},
                      {"changeset", "2026-11-26T00:00:00Z"},
                      {"type", "production"},
                      {"formats", Json::array({"text/xml", "application/json"})}};
  const Json out{{"changeset", "2026-11-26T00:00:00Z"},
                 {"contact", ""},
                 {"key_service", options_.api_keys.empty() ? "no key is needed" : "keys are given by the city"},
                 {"endpoints", Json::array({endpoint})}};
  return Answer(format, out, {"discovery", "endpoint"});
}

}  // namespace guanhu::server::http
