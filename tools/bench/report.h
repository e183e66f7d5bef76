// Figures of a benchmark run, as a table and as JSON.
#pragma once

#include <string>
#include <vector>

namespace guanhu::bench {

struct Figure {
  std::string id;  // W1 ...
  std::string what;
  std::string unit;
  double target = 0;    // 0: none
  bool at_most = true;  // else at least
  std::vector<double> runs;

  double Median() const;
  double Low() const;
  double High() const;
  bool Met() const { return target == 0 || (at_most ? Median() <= target : Median() >= target); }
};

class Report {
 public:
  void Add(const std::string& id, const std::string& what, const std::string& unit, double value, double target = 0,
           bool at_most = true);
  void Print() const;
  std::string Json() const;

 private:
  std::vector<Figure> figures_;
};

// Seconds of the monotonic clock; CPU seconds of this process, all threads.
double Seconds();
double CpuSeconds();
// Resident bytes of a process (own: 0).
double ResidentMb(int pid = 0);

}  // namespace guanhu::bench
