// The few primitives that the house builds on, over OpenSSL. All functions are thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace guanhu::base {

using Hash256 = std::array<uint8_t, 32>;

Hash256 Sha256(absl::string_view bytes);
// SHA-256 of a followed by b, without joining them first.
Hash256 Sha256(absl::string_view a, absl::string_view b);

// The first 8 (4) bytes, big-endian.
uint64_t Prefix64(const Hash256& hash);
uint32_t Prefix32(const Hash256& hash);
inline absl::string_view View(const Hash256& h) { return {reinterpret_cast<const char*>(h.data()), h.size()}; }
// Errors: kInvalidArgument unless `bytes` has 32 bytes.
absl::StatusOr<Hash256> HashFromBytes(absl::string_view bytes);

// An Ed25519 key pair. Immutable after creation; thread-safe.
class SigningKey {
 public:
  // `seed` is the 32-byte private key. Errors: kInvalidArgument.
  static absl::StatusOr<SigningKey> FromSeed(absl::string_view seed);

  const std::string& public_key() const { return public_key_; }  // 32 bytes
  const std::string& seed() const { return seed_; }              // 32 bytes, secret
  std::string Sign(absl::string_view message) const;             // 64 bytes, deterministic

 private:
  std::string seed_;
  std::string public_key_;
  std::shared_ptr<void> key_;  // shared: an EVP_PKEY is immutable here and copies of the key are cheap this way
};

// True if `signature` is an Ed25519 signature of `message` under `public_key` (32 bytes).
bool Verify(absl::string_view public_key, absl::string_view message, absl::string_view signature);

}  // namespace guanhu::base
