// Query strings and bodies of type application/x-www-form-urlencoded. Pure and thread-safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace guanhu::server::http {

// Fields of one form; GeoReport has some 15.
inline constexpr size_t kFormFieldsMax = 100;

class Form {
 public:
  // Errors: kInvalidArgument for a broken escape, a NUL, text that is not UTF-8, or too many fields.
  static absl::StatusOr<Form> Parse(absl::string_view text);
  // The first value of that name; empty if there is none.
  absl::string_view Get(absl::string_view name) const;
  // The values of a list such as "open,closed", without spaces around them and without empty ones.
  std::vector<std::string> List(absl::string_view name) const;
  // Of this form first, then of `other`.
  void Append(const Form& other);

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// "%E6%B0%B4" as UTF-8; with `plus_is_space` as forms have it. Errors: as Form::Parse.
absl::StatusOr<std::string> PercentDecoded(absl::string_view text, bool plus_is_space);

// Parts of a path, decoded; empty parts are left out. Errors: as Form::Parse.
absl::StatusOr<std::vector<std::string>> PathParts(absl::string_view path);

}  // namespace guanhu::server::http
