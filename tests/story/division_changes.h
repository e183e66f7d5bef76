// What became of a county's villages between two lists of division codes.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace guanhu::testing {

struct DivisionChange {
  std::string change;      // unchanged, same_name_other_form, recoded_same_name, code_kept_name_differs, gone, new
  std::string level;       // county, township, village
  std::string code, name;  // before; empty for a new one
  std::string code_now, name_now;  // empty for one that is gone
};

inline std::string TownshipCode(const std::string& village_code) { return village_code.substr(0, 9) + "000"; }

// The table of Jiexiu 2016 to 2021 from $GUANHU_SHARED_DATA; empty if that is not there.
inline std::vector<DivisionChange> RealChanges() {
  std::vector<DivisionChange> rows;
  const char* folder = std::getenv("GUANHU_SHARED_DATA");
  if (folder == nullptr || *folder == '\0') return rows;
  std::ifstream file(absl::StrCat(folder, "/divisions/jiexiu_changes_2016_2021.csv"));
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    if (cells.size() == 6) rows.push_back({cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]});
  }
  return rows;
}

// A made-up table of the same shape: 15 townships with 266 villages; the last township is dissolved into the one
// before, and a third of the codes vanish.
inline std::vector<DivisionChange> MadeUpChanges() {
  constexpr int kTownships = 15, kVillages = 266;
  std::vector<DivisionChange> rows;
  int made = 0;
  for (int t = 0; t < kTownships; ++t) {
    const std::string code = absl::StrFormat("999901%03d000", 100 + t);
    const std::string name = absl::StrCat("镇", t + 1);
    const bool dissolved = t == kTownships - 1;
    rows.push_back(
        {dissolved ? "gone" : "unchanged", "township", code, name, dissolved ? "" : code, dissolved ? "" : name});
    for (int v = 0; made < (t + 1) * kVillages / kTownships; ++v, ++made) {
      const std::string old = absl::StrFormat("999901%03d%03d", 100 + t, 200 + v);
      const std::string called = absl::StrCat(name, "村", v + 1);
      if (dissolved) {
        rows.push_back(
            {"recoded_same_name", "village", old, called, absl::StrFormat("999901%03d%03d", 99 + t, 300 + v), called});
      } else if (v % 4 == 1) {
        rows.push_back({"gone", "village", old, called, "", ""});
      } else if (v % 12 == 3) {
        rows.push_back(
            {"recoded_same_name", "village", old, called, absl::StrFormat("999901%03d%03d", 100 + t, 400 + v), called});
      } else if (v % 9 == 6) {  // moved to the township before or after
        const int to = t == 0 ? 1 : t - 1;
        rows.push_back({"recoded_same_name", "village", old, called,
                        absl::StrFormat("999901%03d%03d", 100 + to, 600 + 20 * t + v), called});
      } else if (v % 20 == 4) {
        rows.push_back({"code_kept_name_differs", "village", old, called, old, called + "社区"});
      } else {
        rows.push_back({"unchanged", "village", old, called, old, called});
      }
    }
    if (t % 2 == 0) {
      const std::string fresh = absl::StrFormat("999901%03d500", 100 + t);
      rows.push_back({"new", "village", "", "", fresh, name + "新村"});
    }
  }
  return rows;
}

}  // namespace guanhu::testing
