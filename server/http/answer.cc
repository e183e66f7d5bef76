#include "server/http/answer.h"

#include <pugixml.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace guanhu::server::http {
namespace {

// The element for one entry of a list that is a member of an object.
const char* InnerName(const std::string& list) {
  if (list == "attributes") return "attribute";
  if (list == "values") return "value";
  if (list == "endpoints") return "endpoint";
  if (list == "formats") return "format";
  return "item";
}

// XML 1.0 has no place for control characters, escaped or not.
std::string XmlText(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
  }
  return out;
}

void Fill(pugi::xml_node node, const Json& value, const char* item) {
  if (value.is_object()) {
    for (const auto& [name, member] : value.items())
      Fill(node.append_child(name.c_str()), member, InnerName(name));
  } else if (value.is_array()) {
    for (const Json& element : value) Fill(node.append_child(item), element, item);
  } else if (value.is_string()) {
    node.text().set(XmlText(value.get_ref<const std::string&>()).c_str());
  } else if (!value.is_null()) {
    node.text().set(value.dump().c_str());
  }
}

struct Writer : pugi::xml_writer {
  std::string out;
  void write(const void* data, size_t size) override { out.append(static_cast<const char*>(data), size); }
};

}  // namespace

Response Answer(Format format, const Json& body, const Shape& shape, int status) {
  Response response;
  response.status = status;
  if (format == Format::kJson) {
    response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    return response;
  }
  pugi::xml_document document;
  Fill(document.append_child(std::string(shape.root).c_str()), body, std::string(shape.item).c_str());
  Writer writer;
  document.save(writer, "", pugi::format_raw, pugi::encoding_utf8);
  response.type = "text/xml; charset=utf-8";
  response.body = std::move(writer.out);
  return response;
}

Response Error(Format format, int status, absl::string_view description) {
  const Json body = Json::array({{{"code", status}, {"description", std::string(description)}}});
  Response response = Answer(format, body, {"errors", "error"}, status);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response Error(Format format, const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return Error(format, 400, status.message());
    case absl::StatusCode::kPermissionDenied:
      return Error(format, 403, status.message());
    case absl::StatusCode::kNotFound:
      return Error(format, 404, status.message());
    case absl::StatusCode::kFailedPrecondition:
      return Error(format, 409, status.message());
    default:
      break;
  }
  Response response =
      Error(format, 503, "the server cannot answer at the moment; nothing was saved, please try again later");
  response.headers.emplace_back("Retry-After", "30");
  return response;
}

std::string IsoTime(int64_t unix_ms) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixMillis(unix_ms), absl::UTCTimeZone());
}

}  // namespace guanhu::server::http
