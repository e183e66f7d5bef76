// Unified social credit codes (统一社会信用代码, GB 32100-2015). Pure and thread-safe.
#pragma once

#include "absl/strings/string_view.h"

namespace guanhu::domain {

// 18 characters of the standard's alphabet (digits and capitals without I, O, S, V, Z) whose last one is the check
// character of the 17 before it.
bool IsUscc(absl::string_view code);
// The check character of 17 characters; 0 if one of them is not of the alphabet.
char UsccCheck(absl::string_view first17);

}  // namespace guanhu::domain
