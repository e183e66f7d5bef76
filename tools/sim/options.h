// What a run of the simulator is asked to do.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace guanhu::sim {

// Each may be left out (--without) or asked for alone (--only); a seed mixes a part of them, with weights of its own.
enum class Fault : uint8_t {
  kCut,
  kSlow,
  kLasting,
  kPair,
  kDirect,
  kStale,
  kWipe,
  kRestore,
  kRewind,
  kClone,
  kTogether,
  kCity,
  kMerge,
  kReparent,
  kReassign,
  kCrash,
  kFail,
  kPowerCut,
  kLie,
  kRevoke,
  kForbidden,
  kForeign,
  kForge,
  kOpaque,
  kRepeat,
  kClock,
  kDecide,
  kAdopt,
  kMany,
};
inline constexpr size_t kFaultCount = 29;
inline constexpr std::array<absl::string_view, kFaultCount> kFaultNames = {
    "cut",       "slow",    "lasting", "pair",     "direct",   "stale", "wipe",   "restore",  "rewind", "clone",
    "together",  "city",    "merge",   "reparent", "reassign", "crash", "fail",   "powercut", "lie",    "revoke",
    "forbidden", "foreign", "forge",   "opaque",   "repeat",   "clock", "decide", "adopt",    "many",
};

struct Options {
  uint64_t first = 1;
  uint64_t last = 100;
  int steps = 300;
  bool verbose = false;
  bool json = false;
  bool large = false;
  bool canary = false;  // pretends that one change was saved that nobody holds: must be found
  bool trace = false;   // a line for every event, to stderr
  bool verify = false;  // recompute every state from the journals after every step: slow, finds where one went wrong
  size_t failures_max = 0;  // stop after so many failing seeds; 0: never
  std::string seed_file;    // seeds to run, one a line, instead of first..last
  std::array<bool, kFaultCount> allowed;
  std::string text;  // as given, to be repeated
};

// Errors: kInvalidArgument with the usage.
absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& words);

}  // namespace guanhu::sim
