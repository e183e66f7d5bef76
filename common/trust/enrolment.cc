#include "common/trust/enrolment.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "guanhu/store/v1/trust.pb.h"

namespace guanhu::trust {

namespace pb = ::guanhu::store::v1;

std::string EncodeEnrolment(const Enrolment& enrolment) {
  pb::EnrolmentFile file;
  file.set_county_root_key(enrolment.county_root_key);
  file.set_certificate(enrolment.certificate);
  file.set_city_credential(enrolment.city_credential);
  file.set_signing_seed(enrolment.signing_seed);
  file.set_tls_key_pem(enrolment.tls.key_pem);
  file.set_tls_certificate_pem(enrolment.tls.certificate_pem);
  file.set_tls_ca_pem(enrolment.tls_ca_pem);
  file.set_county_place(enrolment.county_place.value);
  file.set_place(enrolment.place.value);
  file.set_place_name(enrolment.place_name);
  file.set_tier(enrolment.tier);
  file.set_parent_address(enrolment.parent_address);
  file.set_parent_node(enrolment.parent_node.value);
  for (const std::string& batch : enrolment.county_batches) file.add_county_batches(batch);
  return file.SerializeAsString();
}

absl::StatusOr<Enrolment> DecodeEnrolment(absl::string_view bytes) {
  pb::EnrolmentFile file;
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max()) ||
      !file.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("this is no enrolment file; ask the city office for a new one");
  }
  Enrolment out;
  out.county_root_key = file.county_root_key();
  out.certificate = file.certificate();
  out.city_credential = file.city_credential();
  out.signing_seed = file.signing_seed();
  out.tls = TlsIdentity{file.tls_key_pem(), file.tls_certificate_pem()};
  out.tls_ca_pem = file.tls_ca_pem();
  out.county_place = base::PlaceId{file.county_place()};
  out.place = base::PlaceId{file.place()};
  out.place_name = file.place_name();
  out.tier = file.tier();
  out.parent_address = file.parent_address();
  out.parent_node = base::NodeId{file.parent_node()};
  out.county_batches.assign(file.county_batches().begin(), file.county_batches().end());
  GUANHU_RETURN_IF_ERROR(CheckEnrolment(out).status());
  return out;
}

absl::StatusOr<Identity> CheckEnrolment(const Enrolment& enrolment) {
  GUANHU_ASSIGN_OR_RETURN(Identity identity,
                          VerifyChain(enrolment.county_root_key, enrolment.city_credential, enrolment.certificate));
  GUANHU_ASSIGN_OR_RETURN(const base::SigningKey key, base::SigningKey::FromSeed(enrolment.signing_seed));
  if (key.public_key() != identity.fields.signing_key) {
    return absl::InvalidArgumentError("enrolment refused: the signing key is not the one in the certificate");
  }
  GUANHU_ASSIGN_OR_RETURN(const base::Hash256 key_hash, TlsKeyHash(enrolment.tls.key_pem));
  if (key_hash != identity.fields.tls_key_sha256) {
    return absl::InvalidArgumentError("enrolment refused: the TLS key is not the one in the certificate");
  }
  GUANHU_ASSIGN_OR_RETURN(const PeerCertificate leaf,
                          VerifyPeer(enrolment.tls.certificate_pem, enrolment.tls_ca_pem, PeerRole::kServer));
  if (leaf.node != identity.node || leaf.tls_key_sha256 != key_hash) {
    return absl::InvalidArgumentError(absl::StrCat("enrolment refused: the TLS certificate does not belong to node ",
                                                   base::ToText(identity.node.value)));
  }
  return identity;
}

}  // namespace guanhu::trust
