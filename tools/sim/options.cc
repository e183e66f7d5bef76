#include "tools/sim/options.h"

#include <cstdlib>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"

namespace guanhu::sim {
namespace {

absl::Status Usage(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      why,
      "\nusage: guanhu-sim [--seeds FROM:TO | --seed-file FILE] [--steps N] [--only FAULT,...] [--without FAULT,...] "
      "[--large] [--stop-after N]"
      " [-v] [--trace] [--verify] [--json] [--canary]\nfaults: ",
      absl::StrJoin(kFaultNames, " "), "\nexit status: 0 all invariants held, 1 a seed broke one, 2 wrong use"));
}

absl::Status Mark(absl::string_view list, bool value, std::array<bool, kFaultCount>& allowed) {
  for (absl::string_view name : absl::StrSplit(list, ',', absl::SkipEmpty())) {
    size_t i = 0;
    while (i < kFaultCount && kFaultNames[i] != name) ++i;
    if (i == kFaultCount) return Usage(absl::StrCat("there is no fault '", name, "'"));
    allowed[i] = value;
  }
  return absl::OkStatus();
}

absl::Status TakeSeeds(absl::string_view text, Options& o) {
  const std::vector<std::string> range = absl::StrSplit(text, ':');
  if (range.size() > 2 || !absl::SimpleAtoi(range.front(), &o.first) || !absl::SimpleAtoi(range.back(), &o.last) ||
      o.last < o.first) {
    return Usage("--seeds needs FROM:TO");
  }
  return absl::OkStatus();
}

absl::Status Take(absl::string_view flag, absl::string_view value, Options& o) {
  if (flag == "--seeds") return TakeSeeds(value, o);
  if (flag == "--without") return Mark(value, false, o.allowed);
  if (flag == "--only") {
    o.allowed.fill(false);
    return Mark(value, true, o.allowed);
  }
  if (flag == "--seed-file") {
    o.seed_file = std::string(value);
    return absl::OkStatus();
  }
  if (flag == "--stop-after")
    return absl::SimpleAtoi(value, &o.failures_max) ? absl::OkStatus() : Usage("--stop-after needs a number");
  if (flag == "--steps")
    return absl::SimpleAtoi(value, &o.steps) && o.steps > 0 ? absl::OkStatus() : Usage("--steps needs a number");
  return Usage(absl::StrCat("unknown option ", flag));
}

}  // namespace

absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& words) {
  Options o;
  o.allowed.fill(true);
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& flag = words[i];
    absl::StrAppend(&o.text, i > 0 ? " " : "", flag);
    if (flag == "-v") {
      o.verbose = true;
    } else if (flag == "--trace") {
      o.trace = true;
    } else if (flag == "--verify") {
      o.verify = true;
    } else if (flag == "--json") {
      o.json = true;
    } else if (flag == "--large") {
      o.large = true;
    } else if (flag == "--canary") {
      o.canary = true;
    } else if (i + 1 < words.size()) {
      absl::StrAppend(&o.text, " ", words[i + 1]);
      GUANHU_RETURN_IF_ERROR(Take(flag, words[++i], o));
    } else {
      return Usage(absl::StrCat(flag, " is unknown or needs a value"));
    }
  }
  return o;
}

}  // namespace guanhu::sim
