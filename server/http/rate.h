// How often one address may ask: a bucket that holds a minute's worth of requests and fills evenly. Thread-safe.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace guanhu::server::http {

// Whom an address stands for: an IPv4 address itself, of an IPv6 address its network of 64 bits, which one household
// can fill alone.
std::string HouseholdOf(absl::string_view address);

class RateLimit {
 public:
  // `per_minute` > 0. At most `addresses_max` are remembered.
  RateLimit(int per_minute, size_t addresses_max) : per_minute_(per_minute), addresses_max_(addresses_max) {}

  // Takes one request out of the address' bucket. 0: it may pass; else the whole seconds to wait, and nothing was
  // taken.
  // A clock that jumps back neither fills nor empties a bucket.
  int64_t Take(absl::string_view address, absl::Time now);
  // What Take would say, without taking.
  int64_t Look(absl::string_view address, absl::Time now);
  size_t size() const;

 private:
  struct Bucket {
    std::string address;
    double left = 0;
    absl::Time at;
  };
  Bucket& Fill(absl::string_view address, absl::Time now);
  int64_t WaitOf(const Bucket& bucket) const;

  const int per_minute_;
  const size_t addresses_max_;
  mutable std::mutex mu_;
  std::list<Bucket> buckets_;  // the one used last first
  absl::flat_hash_map<std::string, std::list<Bucket>::iterator> at_;
};

}  // namespace guanhu::server::http
