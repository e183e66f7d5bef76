// The enrolment file: all that a new node needs to start work, made where the keys are issued and carried by a person.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"
#include "common/trust/certificate.h"
#include "common/trust/tls.h"

namespace guanhu::trust {

// Secret: it holds the node's private keys. Keep it with WriteSecretFile.
struct Enrolment {
  std::string county_root_key;  // Ed25519 public key, 32 bytes
  std::string certificate;      // of this node; at the city the same bytes as city_credential
  std::string city_credential;
  std::string signing_seed;  // Ed25519 private key, 32 bytes
  TlsIdentity tls;
  std::string tls_ca_pem;
  base::PlaceId county_place;  // root of the place tree
  base::PlaceId place;         // where this node works
  std::string place_name;
  uint32_t tier = 0;                        // 1 village, 2 township, 3 city; the county's device list overrules it
  std::string parent_address;               // "host:port"; empty at the city
  base::NodeId parent_node;                 // 0: any node of the county
  std::vector<std::string> county_batches;  // encoded journal batches of the place tree, opaque here
};

std::string EncodeEnrolment(const Enrolment& enrolment);

// Reads and checks: the certificate chain, that the private keys belong to the certificate, and that the TLS leaf was
// issued by the authority for this node.
// Errors: kInvalidArgument or kFailedPrecondition with the part that is wrong.
absl::StatusOr<Enrolment> DecodeEnrolment(absl::string_view bytes);

// The same checks on a value.
absl::StatusOr<Identity> CheckEnrolment(const Enrolment& enrolment);

}  // namespace guanhu::trust
