// guanhu-sim: the real engine under every fault at once, seed by seed.
#include <chrono>
#include <cstdio>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "tools/sim/world.h"

#ifndef GUANHU_COMMIT
#define GUANHU_COMMIT "unknown"
#endif

namespace guanhu::sim {
namespace {

struct Totals {
  size_t run = 0;
  std::vector<uint64_t> failed;
  Probes probes;
};

struct Seed {
  uint64_t number = 0;
  Options options;
};

// Lines of a seed file are a seed and the options it needs; # starts a comment. Errors: kInvalidArgument.
absl::StatusOr<std::vector<Seed>> SeedsOf(const Options& o) {
  std::vector<Seed> seeds;
  if (o.seed_file.empty()) {
    for (uint64_t s = o.first; s <= o.last; ++s) seeds.push_back({s, o});
    return seeds;
  }
  std::ifstream in(o.seed_file);
  for (std::string line; std::getline(in, line);) {
    std::vector<std::string> words = absl::StrSplit(line.substr(0, line.find('#')), ' ', absl::SkipEmpty());
    if (words.empty()) continue;
    Seed seed;
    if (!absl::SimpleAtoi(words.front(), &seed.number))
      return absl::InvalidArgumentError("a line of the seed file does not start with a seed");
    words.erase(words.begin());
    GUANHU_ASSIGN_OR_RETURN(seed.options, ParseOptions(words));
    seed.options.verbose = o.verbose;
    seeds.push_back(std::move(seed));
  }
  return seeds;
}

void RunSeed(uint64_t seed, const Options& o, Totals& totals) {
  World world(seed, o, &totals.probes);
  ++totals.run;
  const bool good = world.Run();
  if (o.verbose)
    std::printf("seed %llu trace %016llx\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(world.trace()));
  if (good) return;
  totals.failed.push_back(seed);
  std::vector<std::string> kept;
  const std::vector<std::string> given = absl::StrSplit(o.text, ' ', absl::SkipEmpty());
  for (size_t i = 0; i < given.size(); ++i) {
    const bool which = given[i] == "--seeds" || given[i] == "--seed-file" || given[i] == "--stop-after";
    if (which) ++i;
    if (!which && given[i] != "-v" && given[i] != "--trace" && given[i] != "--json") kept.push_back(given[i] + " ");
  }
  std::printf("FAILED seed %llu: %s  (replay: guanhu-sim %s--seeds %llu:%llu --trace)\n",
              static_cast<unsigned long long>(seed), world.violations().front().c_str(),
              absl::StrJoin(kept, "").c_str(), static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(seed));
  std::fflush(stdout);
}

// What a few hundred seeds must have met, or the run proves less than it seems.
constexpr const char* kExpected[] = {"change destroyed before its first contact",
                                     "city restored",
                                     "clerk adopted from quarantine",
                                     "clerk decided",
                                     "cut wire",
                                     "device and township lost together",
                                     "device bent to a foreign place",
                                     "device re-assigned",
                                     "device revoked",
                                     "entry close",
                                     "entry kept",
                                     "entry of an unknown kind",
                                     "entry re-issue",
                                     "entry revocation",
                                     "entry verdict adopt",
                                     "entry verdict void",
                                     "event epoch",
                                     "event fork",
                                     "event held",
                                     "event incarnation",
                                     "event reissued",
                                     "event taken_back",
                                     "event truncated",
                                     "forged frame",
                                     "forged quarantine",
                                     "frame 4",
                                     "frame 8",
                                     "frame 9",
                                     "frame 10",
                                     "lasting wire",
                                     "node stopped by its disk",
                                     "opened behind its watermark",
                                     "power cut",
                                     "repeated command",
                                     "stale bundle read",
                                     "tablet cloned",
                                     "tablet restored",
                                     "tablet rewound",
                                     "tablet wiped",
                                     "township restored",
                                     "township rewound",
                                     "township wiped",
                                     "village merged",
                                     "village re-parented",
                                     "waiting change"};

void Print(const Totals& t, const Options& o, double seconds) {
  if (o.json) {
    std::string probes;
    for (const auto& [name, n] : t.probes) absl::StrAppend(&probes, probes.empty() ? "" : ",", "\"", name, "\":", n);
    std::printf("{\"seeds\":%zu,\"failed\":%zu,\"seconds\":%.1f,\"probes\":{%s}}\n", t.run, t.failed.size(), seconds,
                probes.c_str());
    return;
  }
  for (const auto& [name, n] : t.probes)
    std::printf("  %-48s %llu\n", name.c_str(), static_cast<unsigned long long>(n));
  for (const char* name : kExpected) {
    if (t.run >= 500 && !t.probes.contains(name)) std::printf("  NEVER HIT: %s\n", name);
  }
  std::printf("%zu seeds, %zu failed, %.1f s, %.1f seeds/s\n", t.run, t.failed.size(), seconds,
              static_cast<double>(t.run) / seconds);
}

int Main(int argc, char** argv) {
  const absl::StatusOr<Options> options = ParseOptions({argv + 1, argv + argc});
  const absl::StatusOr<std::vector<Seed>> given = options.ok() ? SeedsOf(*options) : options.status();
  if (!given.ok()) {
    std::fprintf(stderr, "%s\n", std::string(given.status().message()).c_str());
    return 2;
  }
  const std::vector<Seed>& seeds = *given;
  std::printf("guanhu-sim commit %s, %zu seeds from %llu, options: %s\n", GUANHU_COMMIT, seeds.size(),
              static_cast<unsigned long long>(seeds.empty() ? 0 : seeds.front().number), options->text.c_str());
  Totals totals;
  const auto started = std::chrono::steady_clock::now();
  for (const Seed& seed : seeds) {
    RunSeed(seed.number, seed.options, totals);
    if (options->failures_max > 0 && totals.failed.size() >= options->failures_max) break;
  }
  Print(totals, *options, std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  return totals.failed.empty() && !seeds.empty() ? 0 : 1;
}

}  // namespace
}  // namespace guanhu::sim

int main(int argc, char** argv) { return guanhu::sim::Main(argc, argv); }
