#include "common/plate/qr.h"

#include <qrcodegen/qrcodegen.hpp>

#include "absl/strings/str_cat.h"

namespace guanhu::plate {

absl::StatusOr<Qr> MakeQr(absl::string_view payload) {
  // Far below what a code holds, where the library would throw.
  if (payload.empty() || payload.size() > kPayloadMax || payload.find('\0') != absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("a plate's code holds 1 to ", kPayloadMax, " characters; shorten the public address"));
  }
  const qrcodegen::QrCode code =
      qrcodegen::QrCode::encodeText(std::string(payload).c_str(), qrcodegen::QrCode::Ecc::QUARTILE);
  Qr out;
  out.size = code.getSize();
  for (int y = 0; y < out.size; ++y) {
    for (int x = 0; x < out.size; ++x) out.black.push_back(code.getModule(x, y));
  }
  return out;
}

}  // namespace guanhu::plate
