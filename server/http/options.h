// What a town or city sets for the public's door: table [public] of the node's configuration.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace guanhu::server::http {

struct PublicOptions {
  std::string listen;                 // "ADDRESS:PORT"; empty: there is no public door; port 0 picks one
  std::string default_place;          // id, code or name: where reports without a known place go; empty: the node's own
  std::string jurisdiction_id;        // of GeoReport; empty: whatever a client names is accepted
  std::vector<std::string> api_keys;  // who may report through GeoReport; empty: everybody
  bool behind_proxy = false;          // the caller's address is the last one of X-Forwarded-For
  int answer_days = 15;               // within which the public is promised an answer
  int requests_per_minute = 240;      // of one address: a page with a map makes some 20
  int posts_per_minute = 20;          // of one address: a village shares one
  int guesses_per_minute = 10;        // receipts that do not exist, of one address: nobody mistypes faster
  int connections_max = 512;
  int connections_per_address_max = 64;  // not counted behind a proxy
  int request_timeout_s = 15;            // from the first wait for a request until it is here as a whole
};

// A photo never comes this way: reports are text.
inline constexpr size_t kBodyBytesMax = 1024 * 1024;
inline constexpr size_t kHeaderBytesMax = 16 * 1024;
// Addresses that are remembered by the rate limit; beyond it the one that was quiet longest is forgotten.
inline constexpr size_t kAddressesMax = 65536;
// GeoReport: rows of one answer, and the days that one question may span.
inline constexpr int kPageSizeMax = 1000;
inline constexpr int kPageSizeDefault = 50;
inline constexpr int kSpanDaysMax = 90;

}  // namespace guanhu::server::http
