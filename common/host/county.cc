#include "common/host/county.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/host/layout.h"
#include "common/trust/certificate.h"
#include "common/trust/secret_file.h"

namespace guanhu::host {
namespace {

constexpr absl::Duration kClockSlack = absl::Hours(24);

absl::Status MakeFolder(const std::string& dir) {
  if (mkdir(dir.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("the folder ", dir, " cannot be made: ", std::strerror(errno)));
}

absl::Status RefuseIfPresent(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(path, " exists already: a county is made once; choose another folder"));
}

std::string RootPath(const std::string& root_dir) { return root_dir + "/county-root"; }

struct LeafKeys {
  trust::TlsIdentity tls;
  base::Hash256 key_hash{};
};

absl::StatusOr<LeafKeys> NewLeaf(const trust::TlsIdentity& authority, base::NodeId node, uint64_t serial,
                                 absl::Time now) {
  LeafKeys out;
  GUANHU_ASSIGN_OR_RETURN(out.tls.key_pem, trust::NewTlsKey());
  GUANHU_ASSIGN_OR_RETURN(out.key_hash, trust::TlsKeyHash(out.tls.key_pem));
  trust::LeafRequest leaf{out.tls.key_pem, node, serial == 0 ? 1 : serial, now - kClockSlack,
                          now + absl::Hours(24) * trust::kLeafDays};
  GUANHU_ASSIGN_OR_RETURN(out.tls.certificate_pem, trust::IssueLeaf(authority, leaf));
  return out;
}

}  // namespace

base::PlaceId CountyPlaceOf(absl::string_view root) {
  return base::PlaceId{base::Prefix64(base::Sha256("guanhu-county-1", root))};
}

absl::Status InitCounty(const std::string& root_dir, const std::string& city_dir, absl::string_view county_name,
                        absl::Time now, base::Random& random) {
  GUANHU_RETURN_IF_ERROR(MakeFolder(root_dir));
  GUANHU_RETURN_IF_ERROR(MakeFolder(city_dir));
  for (const std::string& path : {RootPath(root_dir), EnrolmentPath(city_dir), AuthorityPath(city_dir)}) {
    GUANHU_RETURN_IF_ERROR(RefuseIfPresent(path));
  }
  const base::SigningKey root = trust::NewSigningKey(random);
  const base::SigningKey city = trust::NewSigningKey(random);
  GUANHU_ASSIGN_OR_RETURN(const trust::TlsIdentity authority, trust::NewTlsAuthority(county_name, now));
  GUANHU_ASSIGN_OR_RETURN(const LeafKeys leaf, NewLeaf(authority, trust::NodeOfKey(city.public_key()), 1, now));
  trust::Enrolment enrolment;
  trust::CertificateFields fields{city.public_key(), leaf.key_hash, 1, absl::ToUnixMillis(now),
                                  std::string(county_name)};
  GUANHU_ASSIGN_OR_RETURN(enrolment.city_credential, trust::IssueCityCredential(root, fields, 1));
  enrolment.certificate = enrolment.city_credential;
  enrolment.county_root_key = root.public_key();
  enrolment.signing_seed = city.seed();
  enrolment.tls = leaf.tls;
  enrolment.tls_ca_pem = authority.certificate_pem;
  enrolment.county_place = enrolment.place = CountyPlaceOf(root.public_key());
  enrolment.place_name = std::string(county_name);
  enrolment.tier = 3;
  std::string authority_file;
  base::PutString(authority_file, authority.key_pem);
  base::PutString(authority_file, authority.certificate_pem);
  // The root key first: a county whose root was lost on the way could never replace its city.
  GUANHU_RETURN_IF_ERROR(trust::WriteSecretFile(RootPath(root_dir), root.seed()));
  GUANHU_RETURN_IF_ERROR(trust::WriteSecretFile(AuthorityPath(city_dir), authority_file));
  return trust::WriteSecretFile(EnrolmentPath(city_dir), trust::EncodeEnrolment(enrolment));
}

absl::StatusOr<uint64_t> RaiseCityEpoch(const std::string& root_dir, const std::string& city_dir, absl::Time now) {
  GUANHU_ASSIGN_OR_RETURN(const std::string seed, trust::ReadSecretFile(RootPath(root_dir)));
  GUANHU_ASSIGN_OR_RETURN(const base::SigningKey root, base::SigningKey::FromSeed(seed));
  GUANHU_ASSIGN_OR_RETURN(const std::string file, trust::ReadSecretFile(EnrolmentPath(city_dir)));
  GUANHU_ASSIGN_OR_RETURN(trust::Enrolment enrolment, trust::DecodeEnrolment(file));
  GUANHU_ASSIGN_OR_RETURN(const trust::Identity city, trust::VerifyCity(root.public_key(), enrolment.city_credential));
  trust::CertificateFields fields = city.fields;
  fields.serial += 1;
  fields.issued_ms = absl::ToUnixMillis(now);
  GUANHU_ASSIGN_OR_RETURN(enrolment.city_credential, trust::IssueCityCredential(root, fields, city.epoch + 1));
  enrolment.certificate = enrolment.city_credential;
  GUANHU_RETURN_IF_ERROR(trust::WriteSecretFile(EnrolmentPath(city_dir), trust::EncodeEnrolment(enrolment)));
  return city.epoch + 1;
}

absl::StatusOr<trust::TlsIdentity> ReadAuthority(const std::string& city_dir) {
  GUANHU_ASSIGN_OR_RETURN(const std::string file, trust::ReadSecretFile(AuthorityPath(city_dir)));
  base::Reader in(file);
  trust::TlsIdentity authority;
  authority.key_pem = std::string(in.String());
  authority.certificate_pem = std::string(in.String());
  if (!in.done())
    return absl::DataLossError(absl::StrCat(AuthorityPath(city_dir), " is damaged: restore it from its backup"));
  return authority;
}

absl::StatusOr<trust::Enrolment> EnrolNode(const trust::Enrolment& city, const base::SigningKey& key,
                                           const trust::TlsIdentity& authority, const EnrolmentRequest& request,
                                           absl::Time now, base::Random& random) {
  const base::SigningKey own = trust::NewSigningKey(random);
  GUANHU_ASSIGN_OR_RETURN(const LeafKeys leaf,
                          NewLeaf(authority, trust::NodeOfKey(own.public_key()), request.serial, now));
  trust::Enrolment out;
  trust::CertificateFields fields{own.public_key(), leaf.key_hash, request.serial, absl::ToUnixMillis(now),
                                  request.name};
  GUANHU_ASSIGN_OR_RETURN(out.certificate, trust::IssueNodeCertificate(key, fields));
  out.county_root_key = city.county_root_key;
  out.city_credential = city.city_credential;
  out.signing_seed = own.seed();
  out.tls = leaf.tls;
  out.tls_ca_pem = city.tls_ca_pem;
  out.county_place = city.county_place;
  out.place = request.place;
  out.place_name = request.place_name;
  out.tier = request.tier;
  out.parent_address = request.parent_address;
  out.parent_node = request.parent_node;
  out.county_batches = request.county_batches;
  return out;
}

}  // namespace guanhu::host
