// TLS identities: P-256 keys, the county's own certificate authority and leaf certificates that name a node.
// A leaf says who a node is, never what it may do. All functions are thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/crypto.h"
#include "common/base/ids.h"

namespace guanhu::trust {

// Longest life of a leaf. Peers do not refuse an old one by their own clock (see VerifyPeer), so it is a reminder to
// renew.
inline constexpr int kLeafDays = 400;

struct TlsIdentity {
  std::string key_pem;  // secret: P-256, PKCS #8
  std::string certificate_pem;
};

// The DNS name in every leaf, the same for all: what a client asks for (SNI) where others send the host name. It proves
// nothing; one letter keeps handshakes small and stops gRPC's complaint about a name that no certificate has.
inline constexpr char kTlsHostName[] = "g";

// "spiffe://guanhu/device/<13 Crockford characters>": the only name in a leaf that says who the node is.
std::string SpiffeId(base::NodeId node);
// Errors: kInvalidArgument.
absl::StatusOr<base::NodeId> ParseSpiffeId(absl::string_view uri);

// A new P-256 private key as PKCS #8 PEM.
absl::StatusOr<std::string> NewTlsKey();

// SHA-256 of the DER SubjectPublicKeyInfo of a private key, public key or certificate in PEM.
// Errors: kInvalidArgument if `pem` holds none of them.
absl::StatusOr<base::Hash256> TlsKeyHash(absl::string_view pem);
// The public half of a private key, as PEM. Errors: kInvalidArgument.
absl::StatusOr<std::string> TlsPublicKey(absl::string_view key_pem);

// A new authority with a key of its own, valid for 40 years from a day before `now`.
absl::StatusOr<TlsIdentity> NewTlsAuthority(absl::string_view county_name, absl::Time now);

struct LeafRequest {
  std::string public_key_pem;  // of the node's TLS key; a private key is also accepted
  base::NodeId node;
  uint64_t serial = 1;
  absl::Time not_before;
  absl::Time not_after;
};
// A leaf for client and server use, with SpiffeId(node) and kTlsHostName. Errors: kInvalidArgument if a key cannot be
// read.
absl::StatusOr<std::string> IssueLeaf(const TlsIdentity& authority, const LeafRequest& request);

enum class PeerRole { kClient, kServer };

struct PeerCertificate {
  base::NodeId node;
  base::Hash256 tls_key_sha256{};
  absl::Time not_before;
  absl::Time not_after;
};

// Checks that the leaf was issued by the authority `ca_pem` (exactly this key, no system roots) for the given role and
// names one node. Validity dates are read but not checked: a tablet whose clock stands at 1970 or 2035 must still be
// able to work, and a lost device is shut out by revocation, not by time.
// Errors: kInvalidArgument if a text is no certificate or names no node; kFailedPrecondition if another authority
// issued it or its purpose is another.
absl::StatusOr<PeerCertificate> VerifyPeer(absl::string_view leaf_pem, absl::string_view ca_pem, PeerRole role);

}  // namespace guanhu::trust
