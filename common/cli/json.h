// Messages as the JSON that programs print. Pure and thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace guanhu::cli {

// Proto JSON on one line, with fields named as in the .proto file and fields that hold zero or nothing included. A text
// field named "json" (a record) becomes the object that it holds, and 64-bit numbers stay texts, as proto JSON has
// them.
std::string JsonOf(const google::protobuf::Message& message);

// {"error": {"exit": CODE, "message": "..."}}
std::string ErrorJson(int exit_code, absl::string_view message);

// A text in quotes, escaped.
std::string Quoted(absl::string_view text);

// The value at a path of names in a JSON object ("point.lat_e7"); a text without its quotes, anything else as JSON, ""
// if there is none.
std::string ValueAt(absl::string_view json, absl::string_view path);

}  // namespace guanhu::cli
