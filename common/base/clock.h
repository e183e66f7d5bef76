// Time and chance are arguments: product code takes these interfaces and only programs make real ones.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace guanhu::base {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // The device's wall clock; may be wrong by years and may jump.
  virtual absl::Time Now() const = 0;
};

// Not thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t Next64() = 0;
  // Uniform in [0, n); n > 0.
  uint64_t Below(uint64_t n) { return Next64() % n; }
  std::string Bytes(size_t n) {
    std::string out;
    while (out.size() < n) {
      uint64_t v = Next64();
      for (int i = 0; i < 8 && out.size() < n; ++i, v >>= 8) out.push_back(static_cast<char>(v));
    }
    return out;
  }
};

}  // namespace guanhu::base
