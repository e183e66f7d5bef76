// From a file's bytes to UTF-8 text. Pure and thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace guanhu::import {

// A ledger of a whole province is 3 MB; beyond this a file is cut by hand.
inline constexpr size_t kFileBytesMax = 256u * 1024 * 1024;

enum class Encoding : uint8_t { kAuto = 0, kUtf8 = 1, kGb18030 = 2 };

// Unpacks gzip (also several members in a row); other bytes are returned as they are.
// Errors: kInvalidArgument for a damaged or cut file, kResourceExhausted above kFileBytesMax.
absl::StatusOr<std::string> Unpack(absl::string_view bytes);

struct Text {
  std::string utf8;  // without byte order mark
  Encoding encoding = Encoding::kUtf8;
  bool had_bom = false;
};

// kAuto: UTF-8 if the bytes are valid UTF-8, GB18030 otherwise. (A GB18030 text of more than a few characters is never
// valid UTF-8.) Errors: kInvalidArgument naming the line of the first byte that does not fit.
absl::StatusOr<Text> Decode(absl::string_view bytes, Encoding encoding);

}  // namespace guanhu::import
