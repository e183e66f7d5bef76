#include "common/domain/uscc.h"

namespace guanhu::domain {
namespace {

constexpr absl::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

}  // namespace

char UsccCheck(absl::string_view first17) {
  if (first17.size() != 17) return 0;
  size_t sum = 0;
  size_t weight = 1;  // 3^i modulo 31
  for (const char c : first17) {
    const size_t value = kAlphabet.find(c);
    if (value == absl::string_view::npos) return 0;
    sum += value * weight;
    weight = weight * 3 % 31;
  }
  return kAlphabet[(31 - sum % 31) % 31];
}

bool IsUscc(absl::string_view code) {
  if (code.size() != 18) return false;
  const char check = UsccCheck(code.substr(0, 17));
  return check != 0 && check == code[17];
}

}  // namespace guanhu::domain
