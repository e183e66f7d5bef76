// Who may sign for which node. The county's root key stays offline and certifies the city; the city's signing key
// certifies every other node. Certificates are bytes: whoever stores or forwards them keeps them unchanged.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/ids.h"

namespace guanhu::trust {

// Chance from the operating system, for programs. Thread-safe, unlike other Randoms.
class SecureRandom final : public base::Random {
 public:
  uint64_t Next64() override;
};

// A new Ed25519 key. `random` must be a SecureRandom except in tests and simulations.
base::SigningKey NewSigningKey(base::Random& random);

// The node that owns a signing key: the first 8 bytes of SHA-256("guanhu-node-1" || key).
base::NodeId NodeOfKey(absl::string_view signing_public_key);

// What the issuer states about a node.
struct CertificateFields {
  std::string signing_key;         // Ed25519 public key, 32 bytes
  base::Hash256 tls_key_sha256{};  // see TlsKeyHash
  uint64_t serial = 0;             // unique for the issuer
  int64_t issued_ms = 0;           // the issuer's wall clock; shown to people, decides nothing
  std::string name;                // for people, UTF-8, at most 200 bytes; print it with base::Printable
};

// A certificate that was verified up to the county root.
struct Identity {
  CertificateFields fields;
  base::NodeId node;
  bool city = false;
  uint64_t epoch = 0;      // the city credential's: this node's own if `city`, else that of its issuer
  std::string issuer_key;  // Ed25519 public key, 32 bytes
};

// The certificate of the city itself, with the epoch that its acknowledgements carry. Needs the offline root key, so
// a restored or copied city cannot raise its own epoch.
// Errors: kInvalidArgument if a field has a wrong size or `epoch` is 0.
absl::StatusOr<std::string> IssueCityCredential(const base::SigningKey& county_root, const CertificateFields& fields,
                                                uint64_t epoch);

// The certificate of any other node. Errors: kInvalidArgument if a field has a wrong size.
absl::StatusOr<std::string> IssueNodeCertificate(const base::SigningKey& city, const CertificateFields& fields);

// Verifies a city credential. `epoch_min` is the highest epoch already seen from this county.
// Errors: kInvalidArgument if the bytes are no certificate, its signature is wrong, it does not name a city or another
// key than `county_root` signed it; kFailedPrecondition if its epoch is below `epoch_min`.
absl::StatusOr<Identity> VerifyCity(absl::string_view county_root, absl::string_view city_credential,
                                    uint64_t epoch_min = 0);

// Verifies county root -> city -> node. `certificate` may be the city credential itself.
// Errors: those of VerifyCity; kInvalidArgument also if the city of `city_credential` did not sign `certificate`, or if
// `certificate` claims to be a city without the root's signature.
absl::StatusOr<Identity> VerifyChain(absl::string_view county_root, absl::string_view city_credential,
                                     absl::string_view certificate, uint64_t epoch_min = 0);

}  // namespace guanhu::trust
