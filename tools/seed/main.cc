// guanhu-seed: a sample county of any size, for trying the product out and for measuring it.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "common/base/status.h"
#include "tools/ctl/divisions.h"
#include "tools/seed/maker.h"

namespace guanhu::seed {
namespace {

constexpr char kHelp[] =
    "guanhu-seed --dir DIR [--villages N] [--townships N] [--assets N] [--inspections N] [--months N]\n"
    "            [--until YYYY-MM] [--divisions FILE] [--county CODE] [--rng SEED]\n\n"
    "Makes a sample county in DIR: root/ (its root key) and city/ (a city's folder, for guanhu-node).\n"
    "All names say that it is a sample (样例). Its records and signing keys follow from the seed, so everybody has\n"
    "them: never keep real work in it.\n"
    "  --villages N      default 213          --townships N     default 14\n"
    "  --assets N        default 25560        --inspections N   default 24 for each asset\n"
    "  --months N        time that the work is spread over, default 36\n"
    "  --until YYYY-MM   the month after it, default 2026-11\n"
    "  --divisions FILE  place names from a table of divisions (columns code, name, level, parent_code)\n"
    "  --county CODE     which county of that table, when it has several\n"
    "  --rng SEED        default 1\n"
    "The stress size: --assets 250000 --inspections 3000000\n"
    "Exit codes: 0 made, 1 something did not work, 2 usage.\n";

bool ReadNumber(const std::string& text, uint64_t max, uint64_t& out) {
  return absl::SimpleAtoi(text, &out) && out <= max;
}

bool ReadMonth(const std::string& text, int64_t& out_ms) {
  const std::vector<std::string> parts = absl::StrSplit(text, '-');
  int year = 0;
  int month = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &year) || !absl::SimpleAtoi(parts[1], &month)) return false;
  if (year < 1980 || year > 2200 || month < 1 || month > 12) return false;
  out_ms = absl::ToUnixMillis(absl::FromCivil(absl::CivilMonth(year, month), absl::FixedTimeZone(8 * 3600)));
  return true;
}

absl::Status UseDivisions(const std::string& path, const std::string& county, Options& options) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  GUANHU_ASSIGN_OR_RETURN(const ctl::Divisions divisions, ctl::ReadDivisions(bytes, county));
  options.county = {divisions.county.name, divisions.county.code};
  std::map<std::string, size_t> at;
  for (const ctl::Division& d : divisions.townships) {
    at.emplace(d.code, options.townships.size());
    options.townships.push_back({{d.name, d.code}, {}});
  }
  for (const ctl::Division& d : divisions.villages) {
    if (const auto town = at.find(d.parent_code); town != at.end())
      options.townships[town->second].villages.push_back({d.name, d.code});
  }
  for (const std::string& reject : divisions.rejects) std::fprintf(stderr, "guanhu-seed: %s\n", reject.c_str());
  return absl::OkStatus();
}

struct Wish {
  Options options;
  std::string divisions, county;
  uint64_t villages = 213;
  uint64_t townships = 14;
};

// Whether the arguments can be understood.
bool ReadArguments(int argc, char** argv, Wish& wish) {
  uint64_t inspections = 0, assets = wish.options.assets, months = 36;
  bool given = false;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    bool good = true;
    if (name == "--dir") wish.options.dir = value;
    else if (name == "--divisions") wish.divisions = value;
    else if (name == "--county") wish.county = value;
    else if (name == "--villages") good = ReadNumber(value, 100'000, wish.villages) && wish.villages > 0;
    else if (name == "--townships") good = ReadNumber(value, 10'000, wish.townships) && wish.townships > 0;
    else if (name == "--assets") good = ReadNumber(value, 100'000'000, assets);
    else if (name == "--inspections") good = given = ReadNumber(value, 1'000'000'000, inspections);
    else if (name == "--months") good = ReadNumber(value, 600, months) && months >= 2;
    else if (name == "--until") good = ReadMonth(value, wish.options.until_ms);
    else if (name == "--rng") good = ReadNumber(value, ~uint64_t{0} >> 20, wish.options.seed);
    else good = false;
    if (!good) {
      std::fprintf(stderr, "guanhu-seed: %s %s is not understood\n", name.c_str(), value.c_str());
      return false;
    }
  }
  wish.options.assets = assets;
  wish.options.inspections = given ? inspections : assets * 24;
  wish.options.months = static_cast<int>(months);
  return argc % 2 == 1 && !wish.options.dir.empty();
}

absl::Status Make(Wish wish) {
  if (wish.divisions.empty()) {
    wish.options.townships = MadeUpTownships(wish.townships, wish.villages);
  } else {
    GUANHU_RETURN_IF_ERROR(UseDivisions(wish.divisions, wish.county, wish.options));
  }
  wish.options.now = absl::Now();
  GUANHU_ASSIGN_OR_RETURN(std::unique_ptr<Maker> maker, Maker::Found(wish.options));
  const absl::Time start = absl::Now();
  GUANHU_RETURN_IF_ERROR(maker->Write(
      [&](Shipment shipment) { return maker->Apply(shipment); },
      [&](size_t done, size_t all, uint64_t changes) {
        const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
        std::fprintf(stderr, "\r%zu of %zu villages, %llu changes, %.0f a second ", done, all,
                     static_cast<unsigned long long>(changes), static_cast<double>(changes) / seconds);
      }));
  const ledger::Summary summary = maker->ledger().book().Summarise({}, {});
  std::fprintf(stderr, "\n%llu assets, %llu inspections, %llu defects (%llu open), %llu orders (%llu open) in %s\n",
               static_cast<unsigned long long>(summary.total.assets),
               static_cast<unsigned long long>(summary.total.inspections),
               static_cast<unsigned long long>(summary.total.defects),
               static_cast<unsigned long long>(summary.total.open_defects),
               static_cast<unsigned long long>(summary.total.orders),
               static_cast<unsigned long long>(summary.total.open_orders), maker->city_dir().c_str());
  return absl::OkStatus();
}

}  // namespace
}  // namespace guanhu::seed

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--help") {
    std::fputs(guanhu::seed::kHelp, stdout);
    return 0;
  }
  guanhu::seed::Wish wish;
  if (!guanhu::seed::ReadArguments(argc, argv, wish)) {
    std::fputs(guanhu::seed::kHelp, stderr);
    return 2;
  }
  const absl::Status status = guanhu::seed::Make(std::move(wish));
  if (status.ok()) return 0;
  std::fprintf(stderr, "guanhu-seed: %s\n", std::string(status.message()).c_str());
  return 1;
}
