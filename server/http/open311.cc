#include "server/http/open311.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/bytes.h"
#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/geo/datum.h"
#include "common/plate/token.h"

namespace guanhu::server::http {
namespace {

constexpr size_t kNameBytesMax = 200;
constexpr size_t kIdempotencyMin = 16;  // shorter ones would meet by chance

absl::Status TooLong(absl::string_view name) {
  return absl::InvalidArgumentError(absl::StrCat(name, " is longer than ", kNameBytesMax, " bytes"));
}

Json ServiceJson(const Service& service) {
  return Json{{"service_code", service.code},
              {"service_name", service.name},
              {"description", service.description},
              {"metadata", service.of_type},
              {"type", "realtime"},
              {"keywords", ""},
              {"group", service.group}};
}

}  // namespace

absl::StatusOr<int64_t> DegreesE7(absl::string_view text) {
  double degrees = 0;
  if (!absl::SimpleAtod(text, &degrees) || !std::isfinite(degrees) || std::abs(degrees) > 360)
    return absl::InvalidArgumentError(
        absl::StrCat("'", base::Printable(text.substr(0, 40)), "' is no latitude or longitude in degrees"));
  return std::llround(degrees * 1e7);
}

Response Open311::Get(const std::vector<std::string>& parts, const Form& query, Format format) {
  const absl::string_view jurisdiction = query.Get("jurisdiction_id");
  if (!options_->jurisdiction_id.empty() && !jurisdiction.empty() && jurisdiction != options_->jurisdiction_id)
    return Error(format, 404, "the jurisdiction_id was not found: this server has one jurisdiction only");
  if (parts.size() == 1 && parts[0] == "services") return ListServices(format);
  if (parts.size() == 2 && parts[0] == "services") return Definition(parts[1], format);
  if (parts.size() == 1 && parts[0] == "requests") return ListRequests(query, format);
  if (parts.size() == 2 && parts[0] == "requests") return One(parts[1], format);
  if (parts.size() == 2 && parts[0] == "tokens") return Token(parts[1], format);
  return Error(format, 404, "there is nothing at this address; see /open311/v2/services.json");
}

Response Open311::ListServices(Format format) {
  const auto services = catalogue_->Get();
  if (!services.ok()) return Error(format, services.status());
  Json out = Json::array();
  for (const Service& service : **services) out.push_back(ServiceJson(service));
  return Answer(format, out, {"services", "service"});
}

Response Open311::Definition(const std::string& code, Format format) {
  const auto services = catalogue_->Get();
  if (!services.ok()) return Error(format, services.status());
  const Service* service = Find(**services, code);
  if (service == nullptr) return Error(format, 404, "the service_code was not found");
  if (!service->of_type) return Error(format, 404, "this service has no definition (its metadata is false)");
  const Json plate{{"variable", true},
                   {"code", "asset"},
                   {"datatype", "string"},
                   {"required", false},
                   {"datatype_description", "设施标牌上的编码 (9 位) / the code on the facility's plate, 9 characters"},
                   {"order", 1},
                   {"description", "标牌编码 / Code on the plate"}};
  const Json definition{{"service_code", service->code}, {"attributes", Json::array({plate})}};
  // The specification has the definition stand by itself in both formats.
  return Answer(format, definition, {"service_definition", "service_definition"});
}

absl::Status Open311::ReadPlace(const Form& form, NewReport& report) {
  const absl::string_view lat = form.Get("lat"), lon = form.Get("long");
  if (lat.empty() != lon.empty()) return absl::InvalidArgumentError("lat and long belong together: one is missing");
  if (!lat.empty()) {
    GUANHU_ASSIGN_OR_RETURN(const int64_t lat_e7, DegreesE7(lat));
    GUANHU_ASSIGN_OR_RETURN(const int64_t lon_e7, DegreesE7(lon));
    if (!geo::IsPosition(lat_e7, lon_e7)) return absl::InvalidArgumentError("lat or long lies outside the earth");
    report.point = geo::Wgs{static_cast<int32_t>(lat_e7), static_cast<int32_t>(lon_e7)};
  }
  const absl::string_view attribute = form.Get("attribute[asset]");
  const absl::string_view asset = attribute.empty() ? form.Get("address_id") : attribute;
  if (!asset.empty()) {
    GUANHU_ASSIGN_OR_RETURN(const std::optional<base::RecordId> id, assets_->Find(asset, host_->now()));
    if (!id)
      return absl::InvalidArgumentError(absl::StrCat("there is no facility '", base::Printable(asset.substr(0, 40)),
                                                     "': read the code from its plate again, or give lat and long"));
    report.asset = *id;
  }
  const absl::string_view address = form.Get("address_string");
  if (!address.empty()) report.text = absl::StrCat(report.text, report.text.empty() ? "" : "\n", "地点: ", address);
  if (lat.empty() && asset.empty() && address.empty())
    return absl::InvalidArgumentError("a place is missing: give lat and long, address_id or address_string");
  return absl::OkStatus();
}

absl::StatusOr<NewReport> Open311::Read(const Form& form, std::string* notice) {
  const absl::string_view code = form.Get("service_code");
  if (code.empty()) return absl::InvalidArgumentError("service_code is missing");
  GUANHU_ASSIGN_OR_RETURN(const auto services, catalogue_->Get());
  const Service* service = Find(*services, code);
  if (service == nullptr)
    return absl::NotFoundError(absl::StrCat("the service_code '", base::Printable(code.substr(0, 40)),
                                            "' was not found; see services.json"));
  NewReport report;
  report.service_code = service->code;
  report.category = service->facility_class;
  report.text = std::string(form.Get("description"));
  GUANHU_RETURN_IF_ERROR(ReadPlace(form, report));
  const absl::string_view first = form.Get("first_name"), last = form.Get("last_name");
  report.name = absl::StrCat(last, last.empty() || first.empty() ? "" : " ", first);
  report.phone = std::string(form.Get("phone"));
  report.email = std::string(form.Get("email"));
  if (report.name.size() > kNameBytesMax) return TooLong("the name");
  if (report.phone.size() > kNameBytesMax) return TooLong("phone");
  if (report.email.size() > kNameBytesMax) return TooLong("email");
  if (!form.Get("media_url").empty())
    *notice = "media_url 未采用: 本服务不从别处取图片 / media_url was not used: no pictures are fetched from elsewhere. ";
  return report;
}

Response Open311::Post(const Request& request, const Form& query, Format format) {
  if (!absl::StartsWithIgnoreCase(request.content_type, "application/x-www-form-urlencoded"))
    return Error(format, 415, "the body must be a form (Content-Type: application/x-www-form-urlencoded)");
  absl::StatusOr<Form> form = Form::Parse(request.body);
  if (!form.ok()) return Error(format, form.status());
  form->Append(query);
  const absl::string_view jurisdiction = form->Get("jurisdiction_id");
  if (!options_->jurisdiction_id.empty() && !jurisdiction.empty() && jurisdiction != options_->jurisdiction_id)
    return Error(format, 404, "the jurisdiction_id was not found: this server has one jurisdiction only");
  const std::vector<std::string>& keys = options_->api_keys;
  if (!keys.empty() && std::find(keys.begin(), keys.end(), std::string(form->Get("api_key"))) == keys.end())
    return Error(format, 403, "the api_key is missing or not known here");
  std::string notice;
  absl::StatusOr<NewReport> report = Read(*form, &notice);
  if (!report.ok()) return Error(format, report.status());
  if (request.idempotency_key.size() >= kIdempotencyMin)
    report->idempotency = base::ToHex(base::View(base::Sha256(request.idempotency_key, request.body)));
  const absl::StatusOr<Made> made = reports_->Make(*report);
  if (!made.ok()) return Error(format, made.status());
  const std::string receipt = plate::ShowToken(made->receipt);
  const Json row{{"service_request_id", made->code},
                 {"service_notice", absl::StrCat(notice, "回执码 ", receipt, ", 凭它查看答复、评价和重开, 请勿外传 / your receipt is ",
                                                 receipt, ": it shows the answers, keep it to yourself")},
                 {"account_id", nullptr},
                 {"receipt", receipt}};
  Response response = Answer(format, Json::array({row}), {"service_requests", "request"}, 201);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response Open311::Token(const std::string& receipt, Format format) {
  const absl::StatusOr<Known> known = reports_->ByReceipt(receipt);
  if (!known.ok()) return Error(format, known.status());
  const Json row{{"service_request_id", known->code}, {"token", plate::ShowToken(known->receipt)}};
  Response response = Answer(format, Json::array({row}), {"service_requests", "request"});
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace guanhu::server::http
