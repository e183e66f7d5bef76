// Workload W of the project's benchmarks: inspection records of 50 villages with the same values from the same seed as
// the Python generator that the peers were measured with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace guanhu::workload {

// The generator of CPython's random.Random(seed).random(). Not thread-safe.
class PythonRandom {
 public:
  explicit PythonRandom(uint32_t seed);
  double Next();
  uint32_t Below(uint32_t n) { return static_cast<uint32_t>(Next() * n); }

 private:
  uint32_t Word();
  uint32_t mt_[624];
  int at_ = 624;
};

inline constexpr uint32_t kVillages = 50;
inline constexpr uint32_t kDefaultSeed = 20261123;

struct Row {
  uint32_t village = 0;     // 0 to 49
  uint32_t inspector = 0;   // 0 or 1, of the village
  uint32_t asset = 0;       // 0 to 59, of the village
  uint32_t category = 0;    // 0 to 7
  uint32_t status = 0;      // 0 ok, 1 minor, 2 major, 3 broken, 4 repaired, 5 unreachable
  int64_t observed_s = 0;   // s since 1970 UTC
  int64_t created_ms = 0;   // ms since 1970 UTC
  double lat = 0, lon = 0;  // degrees, 6 decimals
  uint32_t score = 0;       // points of 100
  uint32_t reading_milli = 0;
  uint32_t cost_fen = 0;
  uint32_t photos = 0;
  uint32_t weather = 0;  // 0 to 6
  std::string note;      // 0 to 80 Chinese characters
};

// `records` rows over all villages, in the generator's order: row k is of village k % 50.
std::vector<Row> MakeRows(uint32_t records, uint32_t seed = kDefaultSeed);
// The same from the generator's records.jsonl. Empty if the file cannot be read.
std::vector<Row> ReadRows(const std::string& path);

const char* WeatherText(uint32_t weather);

}  // namespace guanhu::workload
