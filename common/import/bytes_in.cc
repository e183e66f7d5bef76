#include "common/import/bytes_in.h"

#include <unicode/ucnv.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/schema/wire.h"

namespace guanhu::import {
namespace {

constexpr absl::string_view kBom("\xEF\xBB\xBF", 3);

int64_t LineOf(absl::string_view bytes, size_t offset) {
  return 1 + std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
}

// The offset of the first byte that does not belong to a UTF-8 character.
size_t FirstBad(absl::string_view bytes) {
  size_t good = 0;
  while (good < bytes.size()) {
    size_t length = 1;
    while (length <= 4 && !schema::IsUtf8(bytes.substr(good, length))) ++length;
    if (length > 4) break;
    good += length;
  }
  return good;
}

struct InflateEnd {
  void operator()(z_stream* z) const { inflateEnd(z); }
};
struct ConverterClose {
  void operator()(UConverter* c) const { ucnv_close(c); }
};

absl::StatusOr<std::string> FromGb18030(absl::string_view bytes) {
  UErrorCode error = U_ZERO_ERROR;
  std::unique_ptr<UConverter, ConverterClose> from(ucnv_open("GB18030", &error));
  std::unique_ptr<UConverter, ConverterClose> to(ucnv_open("UTF-8", &error));
  if (U_FAILURE(error)) {
    return absl::InternalError("the GB18030 tables of ICU are missing; install the ICU data package again");
  }
  ucnv_setToUCallBack(from.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  ucnv_setFromUCallBack(to.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  std::string out;
  const char* source = bytes.data();
  const char* const end = source + bytes.size();
  char buffer[8192];
  UChar pivot[1024];
  UChar* pivot_source = pivot;
  UChar* pivot_target = pivot;
  do {
    error = U_ZERO_ERROR;
    char* target = buffer;
    ucnv_convertEx(to.get(), from.get(), &target, buffer + sizeof(buffer), &source, end, pivot, &pivot_source,
                   &pivot_target, pivot + 1024, out.empty(), true, &error);
    out.append(buffer, static_cast<size_t>(target - buffer));
  } while (error == U_BUFFER_OVERFLOW_ERROR);
  if (U_FAILURE(error)) {
    const auto offset = static_cast<size_t>(source - bytes.data());
    return absl::InvalidArgumentError(absl::StrCat(
        "line ", LineOf(bytes, offset), " is neither UTF-8 nor GB18030; save the file as UTF-8 and import it again"));
  }
  return out;
}

}  // namespace

absl::StatusOr<std::string> Unpack(absl::string_view bytes) {
  if (bytes.size() < 2 || bytes[0] != '\x1f' || bytes[1] != '\x8b') {
    if (bytes.size() > kFileBytesMax)
      return absl::ResourceExhaustedError("the file is above 256 MiB; cut it into parts");
    return std::string(bytes.data(), bytes.size());
  }
  const auto damaged = [] { return absl::InvalidArgumentError("the gzip file is damaged or cut; fetch it again"); };
  std::string out;
  char buffer[65536];
  while (!bytes.empty()) {
    z_stream z{};
    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) return absl::InternalError("zlib does not start; report it");
    const std::unique_ptr<z_stream, InflateEnd> end(&z);
    if (bytes.size() > std::numeric_limits<uInt>::max())
      return absl::ResourceExhaustedError("the file is too large; cut it");
    z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
    z.avail_in = static_cast<uInt>(bytes.size());
    int rc = Z_OK;
    while (rc != Z_STREAM_END) {
      z.next_out = reinterpret_cast<Bytef*>(buffer);
      z.avail_out = sizeof(buffer);
      rc = inflate(&z, Z_NO_FLUSH);
      if (rc != Z_OK && rc != Z_STREAM_END) return damaged();
      out.append(buffer, sizeof(buffer) - z.avail_out);
      if (out.size() > kFileBytesMax)
        return absl::ResourceExhaustedError("the file unpacks to more than 256 MiB; cut it into parts");
    }
    bytes.remove_prefix(bytes.size() - z.avail_in);
  }
  return out;
}

absl::StatusOr<Text> Decode(absl::string_view bytes, Encoding encoding) {
  Text text;
  text.had_bom = bytes.substr(0, 3) == kBom;
  if (text.had_bom && encoding != Encoding::kGb18030) {
    bytes.remove_prefix(3);
    encoding = Encoding::kUtf8;
  }
  const bool utf8 = encoding != Encoding::kGb18030 && schema::IsUtf8(bytes);
  if (utf8) {
    text.utf8.assign(bytes.data(), bytes.size());
    return text;
  }
  if (encoding == Encoding::kUtf8) {
    return absl::InvalidArgumentError(absl::StrCat("line ", LineOf(bytes, FirstBad(bytes)),
                                                   " is not UTF-8; choose GB18030 or save the file as UTF-8"));
  }
  absl::StatusOr<std::string> converted = FromGb18030(bytes);
  if (!converted.ok()) return converted.status();
  text.utf8 = *std::move(converted);
  text.encoding = Encoding::kGb18030;
  return text;
}

}  // namespace guanhu::import
