#include "tools/bench/report.h"

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "nlohmann/json.hpp"

namespace guanhu::bench {

double Figure::Median() const {
  std::vector<double> v = runs;
  std::sort(v.begin(), v.end());
  return v.empty() ? 0 : v[v.size() / 2];
}
double Figure::Low() const { return runs.empty() ? 0 : *std::min_element(runs.begin(), runs.end()); }
double Figure::High() const { return runs.empty() ? 0 : *std::max_element(runs.begin(), runs.end()); }

void Report::Add(const std::string& id, const std::string& what, const std::string& unit, double value, double target,
                 bool at_most) {
  auto it =
      std::find_if(figures_.begin(), figures_.end(), [&](const Figure& f) { return f.id == id && f.what == what; });
  if (it == figures_.end()) it = figures_.insert(figures_.end(), Figure{id, what, unit, target, at_most, {}});
  it->runs.push_back(value);
}

void Report::Print() const {
  std::printf("%-5s %-62s %12s %12s %12s  %-10s %s\n", "", "figure", "median", "low", "high", "unit", "target");
  for (const Figure& f : figures_) {
    char target[48] = "";
    if (f.target != 0)
      std::snprintf(target, sizeof(target), "%s %.6g %s", f.at_most ? "<=" : ">=", f.target,
                    f.Met() ? "met" : "MISSED");
    std::printf("%-5s %-62s %12.6g %12.6g %12.6g  %-10s %s\n", f.id.c_str(), f.what.c_str(), f.Median(), f.Low(),
                f.High(), f.unit.c_str(), target);
  }
}

std::string Report::Json() const {
  nlohmann::json out = nlohmann::json::array();
  for (const Figure& f : figures_) {
    out.push_back({{"id", f.id},
                   {"what", f.what},
                   {"unit", f.unit},
                   {"median", f.Median()},
                   {"low", f.Low()},
                   {"high", f.High()},
                   {"runs", f.runs},
                   {"target", f.target},
                   {"at_most", f.at_most},
                   {"met", f.Met()}});
  }
  return out.dump(1);
}

double Seconds() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

double CpuSeconds() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  const auto s = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return s(u.ru_utime) + s(u.ru_stime);
}

double ResidentMb(int pid) {
  std::ifstream in(pid == 0 ? std::string("/proc/self/status") : "/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

}  // namespace guanhu::bench
