#include "server/http/form.h"

#include <google/protobuf/stubs/common.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/bytes.h"
#include "common/base/status.h"

namespace guanhu::server::http {

absl::StatusOr<std::string> PercentDecoded(absl::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size() || !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) ||
          !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2])))
        return absl::InvalidArgumentError("a % in the address or form is not followed by two hex digits");
      out += absl::HexStringToBytes(text.substr(i + 1, 2));
      i += 2;
    }
  }
  if (out.find('\0') != std::string::npos) return absl::InvalidArgumentError("a NUL stands in the address or form");
  if (!google::protobuf::internal::IsStructurallyValidUTF8(out.data(), static_cast<int>(out.size())))
    return absl::InvalidArgumentError("the address or form is not UTF-8 text");
  return out;
}

absl::StatusOr<Form> Form::Parse(absl::string_view text) {
  Form form;
  for (const absl::string_view part : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    if (form.fields_.size() == kFormFieldsMax)
      return absl::InvalidArgumentError(absl::StrCat("more than ", kFormFieldsMax, " fields"));
    const size_t equals = part.find('=');
    GUANHU_ASSIGN_OR_RETURN(std::string name, PercentDecoded(part.substr(0, equals), true));
    std::string value;
    if (equals != absl::string_view::npos) {
      GUANHU_ASSIGN_OR_RETURN(value, PercentDecoded(part.substr(equals + 1), true));
    }
    form.fields_.emplace_back(std::move(name), std::move(value));
  }
  return form;
}

absl::string_view Form::Get(absl::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (key == name) return absl::StripAsciiWhitespace(value);
  }
  return "";
}

std::vector<std::string> Form::List(absl::string_view name) const {
  std::vector<std::string> out;
  for (const absl::string_view part : absl::StrSplit(Get(name), ',')) {
    const absl::string_view value = absl::StripAsciiWhitespace(part);
    if (!value.empty()) out.emplace_back(value);
  }
  return out;
}

void Form::Append(const Form& other) { fields_.insert(fields_.end(), other.fields_.begin(), other.fields_.end()); }

absl::StatusOr<std::vector<std::string>> PathParts(absl::string_view path) {
  std::vector<std::string> out;
  for (const absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    GUANHU_ASSIGN_OR_RETURN(std::string decoded, PercentDecoded(part, false));
    out.push_back(std::move(decoded));
  }
  return out;
}

}  // namespace guanhu::server::http
