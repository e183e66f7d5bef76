#include "common/base/ids.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/bytes.h"
#include "common/base/crypto.h"
#include "common/base/status.h"

namespace guanhu::base {
namespace {

constexpr char kCrockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

int CrockfordValue(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') return 0;
  if (c == 'I' || c == 'L') return 1;
  for (int i = 0; i < 32; ++i) {
    if (kCrockford[i] == c) return i;
  }
  return -1;
}

}  // namespace

std::string ToText(uint64_t value) {
  std::string out(13, '0');
  for (size_t i = 13; i-- > 0; value >>= 5) out[i] = kCrockford[value & 31];
  return out;
}

absl::StatusOr<uint64_t> ParseCrockford(absl::string_view text) {
  if (text.empty() || text.size() > 13) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not an id: 1 to 13 letters and digits are expected"));
  }
  uint64_t value = 0;
  for (char c : text) {
    const int v = CrockfordValue(c);
    if (v < 0 || value >> 59 != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", text, "' is not an id: character '", std::string(1, c), "' does not fit"));
    }
    value = value << 5 | static_cast<uint64_t>(v);
  }
  return value;
}

std::string ToText(const ScopeId& scope) {
  return absl::StrCat(ToText(scope.place.value), scope.visibility == Visibility::kPublished ? "/p" : "/i");
}

std::string ToText(const JournalId& journal) {
  return absl::StrCat(ToText(journal.scope), "/", ToText(journal.origin.value));
}

std::string ToText(const RecordId& r) {
  return absl::StrCat(ToText(r.scope.place.value), r.scope.visibility == Visibility::kPublished ? ".p." : ".i.",
                      ToText(r.origin.value), ".", r.seq, ".", r.index);
}

absl::StatusOr<ScopeId> ParseScope(absl::string_view text) {
  std::vector<std::string> parts = absl::StrSplit(text, '/');
  if (parts.size() != 2 || (parts[1] != "i" && parts[1] != "p")) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not a scope: PLACE/i or PLACE/p is expected"));
  }
  GUANHU_ASSIGN_OR_RETURN(const uint64_t place, ParseCrockford(parts[0]));
  return ScopeId{PlaceId{place}, parts[1] == "p" ? Visibility::kPublished : Visibility::kInternal};
}

absl::StatusOr<RecordId> ParseRecord(absl::string_view text) {
  std::vector<std::string> parts = absl::StrSplit(text, '.');
  RecordId r;
  if (parts.size() != 5 || (parts[1] != "i" && parts[1] != "p") || !absl::SimpleAtoi(parts[3], &r.seq) ||
      !absl::SimpleAtoi(parts[4], &r.index)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not a record id: PLACE.i.ORIGIN.SEQ.INDEX is expected"));
  }
  GUANHU_ASSIGN_OR_RETURN(const uint64_t place, ParseCrockford(parts[0]));
  GUANHU_ASSIGN_OR_RETURN(const uint64_t origin, ParseCrockford(parts[2]));
  r.scope = {PlaceId{place}, parts[1] == "p" ? Visibility::kPublished : Visibility::kInternal};
  r.origin = Origin{origin};
  return r;
}

uint64_t ShortHash(const RecordId& r) {
  std::string bytes = "guanhu-record-1";
  PutFixed64(bytes, r.scope.place.value);
  bytes.push_back(static_cast<char>(r.scope.visibility));
  PutFixed64(bytes, r.origin.value);
  PutFixed64(bytes, r.seq);
  PutFixed64(bytes, r.index);
  return Prefix64(Sha256(bytes));
}

}  // namespace guanhu::base
