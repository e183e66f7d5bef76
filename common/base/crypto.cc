// OpenSSL 3 looks its SHA-256 up by name in every one-shot call, which takes longer than to hash a short entry; its
// block functions, with the processor's instructions, do not.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "common/base/crypto.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstdlib>

namespace guanhu::base {
namespace {

const unsigned char* Bytes(absl::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

}  // namespace

Hash256 Sha256(absl::string_view bytes) { return Sha256(bytes, absl::string_view()); }

Hash256 Sha256(absl::string_view a, absl::string_view b) {
  SHA256_CTX state;
  Hash256 h;
  // They fail only for a null context.
  SHA256_Init(&state);
  SHA256_Update(&state, a.data(), a.size());
  SHA256_Update(&state, b.data(), b.size());
  SHA256_Final(h.data(), &state);
  return h;
}

uint64_t Prefix64(const Hash256& hash) {
  uint64_t v = 0;
  for (size_t i = 0; i < 8; ++i) v = v << 8 | hash[i];
  return v;
}

uint32_t Prefix32(const Hash256& hash) { return static_cast<uint32_t>(Prefix64(hash) >> 32); }

absl::StatusOr<Hash256> HashFromBytes(absl::string_view bytes) {
  Hash256 h;
  if (bytes.size() != h.size()) return absl::InvalidArgumentError("a SHA-256 value has 32 bytes");
  std::copy(bytes.begin(), bytes.end(), h.begin());
  return h;
}

absl::StatusOr<SigningKey> SigningKey::FromSeed(absl::string_view seed) {
  if (seed.size() != 32) return absl::InvalidArgumentError("an Ed25519 private key has 32 bytes");
  EVP_PKEY* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(seed), seed.size());
  if (key == nullptr) return absl::InvalidArgumentError("OpenSSL refused the Ed25519 private key");
  SigningKey out;
  out.key_ = std::shared_ptr<void>(key, [](void* k) { EVP_PKEY_free(static_cast<EVP_PKEY*>(k)); });
  out.seed_ = std::string(seed);
  out.public_key_.resize(32);
  size_t n = 32;
  if (EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(out.public_key_.data()), &n) != 1 || n != 32) {
    return absl::InternalError("OpenSSL gave no Ed25519 public key");
  }
  return out;
}

std::string SigningKey::Sign(absl::string_view message) const {
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  std::string signature(64, '\0');
  size_t n = signature.size();
  const bool ok =
      ctx != nullptr && EVP_DigestSignInit(ctx, nullptr, nullptr, nullptr, static_cast<EVP_PKEY*>(key_.get())) == 1 &&
      EVP_DigestSign(ctx, reinterpret_cast<unsigned char*>(signature.data()), &n, Bytes(message), message.size()) ==
          1 &&
      n == 64;
  EVP_MD_CTX_free(ctx);
  if (!ok) std::abort();  // signing with a checked key fails only when memory is exhausted
  return signature;
}

bool Verify(absl::string_view public_key, absl::string_view message, absl::string_view signature) {
  if (public_key.size() != 32 || signature.size() != 64) return false;
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(public_key), public_key.size());
  if (key == nullptr) return false;
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  const bool ok = ctx != nullptr && EVP_DigestVerifyInit(ctx, nullptr, nullptr, nullptr, key) == 1 &&
                  EVP_DigestVerify(ctx, Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
  EVP_MD_CTX_free(ctx);
  EVP_PKEY_free(key);
  return ok;
}

}  // namespace guanhu::base
