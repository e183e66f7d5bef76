#include "common/host/house_trust.h"

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/trust/certificate.h"

namespace guanhu::host {
namespace {

node::AuthorInfo ToAuthor(const trust::Identity& id) {
  return {id.node, id.fields.signing_key, id.city, id.city ? id.epoch : 0};
}

}  // namespace

absl::StatusOr<HouseTrust> HouseTrust::Make(const trust::Enrolment& enrolment) {
  GUANHU_ASSIGN_OR_RETURN(const trust::Identity identity, trust::CheckEnrolment(enrolment));
  GUANHU_ASSIGN_OR_RETURN(base::SigningKey key, base::SigningKey::FromSeed(enrolment.signing_seed));
  HouseTrust out(std::move(key));
  out.county_root_ = enrolment.county_root_key;
  base::PutString(out.certificate_, enrolment.city_credential);
  base::PutString(out.certificate_, identity.city ? std::string() : enrolment.certificate);
  out.self_ = ToAuthor(identity);
  return out;
}

absl::StatusOr<node::AuthorInfo> HouseTrust::CheckCertificate(absl::string_view certificate) const {
  base::Reader in(certificate);
  const absl::string_view city = in.String();
  const absl::string_view node = in.String();
  if (!in.done()) return absl::PermissionDeniedError("a certificate that cannot be read");
  absl::StatusOr<trust::Identity> identity =
      node.empty() ? trust::VerifyCity(county_root_, city) : trust::VerifyChain(county_root_, city, node);
  if (!identity.ok())
    return absl::PermissionDeniedError(
        absl::StrCat("its author's certificate is not of this county: ", identity.status().message()));
  return ToAuthor(*identity);
}

}  // namespace guanhu::host
