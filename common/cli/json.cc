#include "common/cli/json.h"

#include "absl/strings/str_split.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"

namespace guanhu::cli {
namespace {

using Json = nlohmann::ordered_json;

Json Parse(absl::string_view text) {
  return Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
}

// Not recursive in `json` itself: what a record holds is left alone.
void Unfold(Json& value) {
  if (value.is_array()) {
    for (Json& element : value) Unfold(element);
  }
  if (!value.is_object()) return;
  for (auto& item : value.items()) {
    if (item.key() == "json" && item.value().is_string()) {
      const std::string text = item.value().get<std::string>();
      Json inner = Parse(text.empty() ? "{}" : absl::string_view(text));
      if (!inner.is_discarded()) item.value() = std::move(inner);
    } else {
      Unfold(item.value());
    }
  }
}

// Bytes that are no UTF-8 must not end the program.
std::string Dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string JsonOf(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return "{}";
  Json value = Parse(text);
  if (value.is_discarded()) return text;
  Unfold(value);
  return Dump(value);
}

std::string ErrorJson(int exit_code, absl::string_view message) {
  return Dump(Json{{"error", {{"exit", exit_code}, {"message", std::string(message)}}}});
}

std::string Quoted(absl::string_view text) { return Dump(Json(std::string(text))); }

std::string ValueAt(absl::string_view json, absl::string_view path) {
  Json value = Parse(json);
  for (const absl::string_view name : absl::StrSplit(path, '.')) {
    if (!value.is_object()) return "";
    auto it = value.find(std::string(name));
    if (it == value.end()) return "";
    Json inner = *it;
    value = std::move(inner);
  }
  if (value.is_discarded() || value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : Dump(value);
}

}  // namespace guanhu::cli
