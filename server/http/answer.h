// Answers in the two formats of GeoReport v2. Pure and thread-safe.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/http/message.h"

namespace guanhu::server::http {

using Json = nlohmann::ordered_json;  // members keep the order in which they were added

enum class Format : uint8_t { kJson, kXml };

// `body` as it is in JSON. In XML an element `root`, with an element `item` for each element of an array and an element
// for each member of an object. Lists within objects have the
// element names of GeoReport (attributes/attribute, values/value).
struct Shape {
  absl::string_view root;
  absl::string_view item;
};
Response Answer(Format format, const Json& body, const Shape& shape, int status = 200);

// [{"code": 404, "description": "..."}], or errors/error.
Response Error(Format format, int status, absl::string_view description);
// From what a call of the node says: what the client did wrong as 4xx, what it can only wait for as 503. The message of
// an internal failure stays inside.
Response Error(Format format, const absl::Status& status);

// "2026-11-23T08:00:00Z"
std::string IsoTime(int64_t unix_ms);

}  // namespace guanhu::server::http
