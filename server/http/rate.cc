#include "server/http/rate.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cmath>

namespace guanhu::server::http {

std::string HouseholdOf(absl::string_view address) {
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(std::string(address), error);
  if (error) return std::string(address.substr(0, 64));
  if (parsed.is_v4()) return parsed.to_string();
  auto v6 = parsed.to_v6();
  if (v6.is_v4_mapped()) return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

RateLimit::Bucket& RateLimit::Fill(absl::string_view address, absl::Time now) {
  const auto known = at_.find(address);
  if (known != at_.end()) {
    Bucket& bucket = *known->second;
    buckets_.splice(buckets_.begin(), buckets_, known->second);
    const double seconds = std::max(0.0, absl::ToDoubleSeconds(now - bucket.at));
    bucket.left = std::min<double>(per_minute_, bucket.left + seconds * per_minute_ / 60.0);
    bucket.at = now;
    return bucket;
  }
  if (buckets_.size() >= addresses_max_) {
    at_.erase(buckets_.back().address);
    buckets_.pop_back();
  }
  buckets_.push_front({std::string(address), static_cast<double>(per_minute_), now});
  at_[buckets_.front().address] = buckets_.begin();
  return buckets_.front();
}

int64_t RateLimit::WaitOf(const Bucket& bucket) const {
  if (bucket.left >= 1.0) return 0;
  return std::max<int64_t>(1, static_cast<int64_t>(std::ceil((1.0 - bucket.left) * 60.0 / per_minute_)));
}

int64_t RateLimit::Take(absl::string_view address, absl::Time now) {
  std::lock_guard<std::mutex> lock(mu_);
  Bucket& bucket = Fill(address, now);
  const int64_t wait = WaitOf(bucket);
  if (wait == 0) bucket.left -= 1.0;
  return wait;
}

int64_t RateLimit::Look(absl::string_view address, absl::Time now) {
  std::lock_guard<std::mutex> lock(mu_);
  return WaitOf(Fill(address, now));
}

size_t RateLimit::size() const {
  std::lock_guard<std::mutex> lock(mu_);
  return buckets_.size();
}

}  // namespace guanhu::server::http
