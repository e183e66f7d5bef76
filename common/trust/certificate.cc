#include "common/trust/certificate.h"

#include <openssl/rand.h>

#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "guanhu/store/v1/trust.pb.h"

namespace guanhu::trust {
namespace {

namespace pb = ::guanhu::store::v1;

constexpr absl::string_view kDomain = "guanhu-certificate-1";
constexpr size_t kNameBytesMax = 200;
// Bytes of a certificate: keys and signature are 200, the name at most 200; the rest is room for later fields.
constexpr size_t kCertificateBytesMax = 2048;

absl::StatusOr<std::string> Issue(const base::SigningKey& issuer, const CertificateFields& fields, bool city,
                                  uint64_t epoch) {
  if (fields.signing_key.size() != 32) {
    return absl::InvalidArgumentError("certificate not issued: the node's signing key must have 32 bytes");
  }
  if (fields.name.size() > kNameBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("certificate not issued: the name exceeds ", kNameBytesMax, " bytes"));
  }
  pb::CertificateBody body;
  body.set_signing_key(fields.signing_key);
  const absl::string_view tls = base::View(fields.tls_key_sha256);
  body.set_tls_key_sha256(tls.data(), tls.size());
  body.set_serial(fields.serial);
  body.set_issued_ms(fields.issued_ms);
  body.set_name(fields.name);
  body.set_city(city);
  body.set_epoch(epoch);
  body.set_issuer_key(issuer.public_key());
  pb::NodeCertificate out;
  out.set_body(body.SerializeAsString());
  out.set_signature(issuer.Sign(absl::StrCat(kDomain, absl::string_view(out.body()))));
  return out.SerializeAsString();
}

// Checks form and the signature under the key that the certificate itself names; whether that key is trusted is for
// the caller.
absl::StatusOr<Identity> Read(absl::string_view bytes) {
  pb::NodeCertificate certificate;
  pb::CertificateBody body;
  if (bytes.size() > kCertificateBytesMax ||
      !certificate.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !body.ParseFromString(certificate.body())) {
    return absl::InvalidArgumentError("these bytes are no node certificate");
  }
  Identity out;
  if (body.signing_key().size() != 32 || body.issuer_key().size() != 32 || body.name().size() > kNameBytesMax) {
    return absl::InvalidArgumentError("node certificate with a key or name of a wrong size");
  }
  GUANHU_ASSIGN_OR_RETURN(out.fields.tls_key_sha256, base::HashFromBytes(body.tls_key_sha256()));
  if (!base::Verify(body.issuer_key(), absl::StrCat(kDomain, absl::string_view(certificate.body())),
                    certificate.signature())) {
    return absl::InvalidArgumentError(
        "node certificate with a wrong signature: it was changed or is not from its issuer");
  }
  out.fields.signing_key = body.signing_key();
  out.fields.serial = body.serial();
  out.fields.issued_ms = body.issued_ms();
  out.fields.name = body.name();
  out.node = NodeOfKey(body.signing_key());
  out.city = body.city();
  out.epoch = body.epoch();
  out.issuer_key = body.issuer_key();
  return out;
}

}  // namespace

uint64_t SecureRandom::Next64() {
  unsigned char bytes[8];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) std::abort();  // without chance no key and no nonce is safe
  uint64_t v = 0;
  std::memcpy(&v, bytes, sizeof(v));
  return v;
}

base::SigningKey NewSigningKey(base::Random& random) {
  absl::StatusOr<base::SigningKey> key = base::SigningKey::FromSeed(random.Bytes(32));
  if (!key.ok()) std::abort();  // every 32 bytes are an Ed25519 key; only lack of memory comes here
  return *std::move(key);
}

base::NodeId NodeOfKey(absl::string_view signing_public_key) {
  return base::NodeId{base::Prefix64(base::Sha256("guanhu-node-1", signing_public_key))};
}

absl::StatusOr<std::string> IssueCityCredential(const base::SigningKey& county_root, const CertificateFields& fields,
                                                uint64_t epoch) {
  if (epoch == 0) return absl::InvalidArgumentError("city credential not issued: epochs start at 1");
  return Issue(county_root, fields, /*city=*/true, epoch);
}

absl::StatusOr<std::string> IssueNodeCertificate(const base::SigningKey& city, const CertificateFields& fields) {
  return Issue(city, fields, /*city=*/false, /*epoch=*/0);
}

absl::StatusOr<Identity> VerifyCity(absl::string_view county_root, absl::string_view city_credential,
                                    uint64_t epoch_min) {
  GUANHU_ASSIGN_OR_RETURN(Identity city, Read(city_credential));
  if (absl::string_view(city.issuer_key) != county_root) {
    return absl::InvalidArgumentError("city credential refused: it was not signed by this county's root key");
  }
  if (!city.city || city.epoch == 0) {
    return absl::InvalidArgumentError("city credential refused: it does not name a city with an epoch");
  }
  if (city.epoch < epoch_min) {
    return absl::FailedPreconditionError(
        absl::StrCat("city credential refused: its epoch ", city.epoch, " is older than epoch ", epoch_min,
                     ", which was already seen; issue a new credential with the county's root key"));
  }
  return city;
}

absl::StatusOr<Identity> VerifyChain(absl::string_view county_root, absl::string_view city_credential,
                                     absl::string_view certificate, uint64_t epoch_min) {
  GUANHU_ASSIGN_OR_RETURN(const Identity city, VerifyCity(county_root, city_credential, epoch_min));
  GUANHU_ASSIGN_OR_RETURN(Identity node, Read(certificate));
  if (node.city) return VerifyCity(county_root, certificate, epoch_min);
  if (node.issuer_key != city.fields.signing_key) {
    return absl::InvalidArgumentError(
        absl::StrCat("certificate of node ", base::ToText(node.node.value), " refused: the city did not sign it"));
  }
  if (node.epoch != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("certificate of node ", base::ToText(node.node.value), " refused: only a city has an epoch"));
  }
  node.epoch = city.epoch;
  return node;
}

}  // namespace guanhu::trust
