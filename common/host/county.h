// Making a county and enrolling its devices. Called where the keys are: at the city, and once with the offline root.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/ids.h"
#include "common/trust/enrolment.h"
#include "common/trust/tls.h"

namespace guanhu::host {

// The county's place follows from its root key.
base::PlaceId CountyPlaceOf(absl::string_view county_root_public_key);

// Writes ROOT_DIR/county-root (secret: the offline root key) and CITY_DIR/{enrolment, authority} (secret) for the
// county's first city node, epoch 1. Folders are made with mode 0700.
// Errors: kFailedPrecondition if any of the files exists already.
absl::Status InitCounty(const std::string& root_dir, const std::string& city_dir, absl::string_view county_name,
                        absl::Time now, base::Random& random);

// After a city store was created anew, restored or taken over: a credential with the next epoch. Needs the root key.
absl::StatusOr<uint64_t> RaiseCityEpoch(const std::string& root_dir, const std::string& city_dir, absl::Time now);

absl::StatusOr<trust::TlsIdentity> ReadAuthority(const std::string& city_dir);

struct EnrolmentRequest {
  std::string name;
  base::PlaceId place;
  std::string place_name;
  uint32_t tier = 1;  // 1 village, 2 township
  std::string parent_address;
  base::NodeId parent_node;
  std::vector<std::string> county_batches;
  uint64_t serial = 0;
};
// Keys and certificates of a new node. `city` is the city's own enrolment, `key` its signing key.
absl::StatusOr<trust::Enrolment> EnrolNode(const trust::Enrolment& city, const base::SigningKey& key,
                                           const trust::TlsIdentity& authority, const EnrolmentRequest& request,
                                           absl::Time now, base::Random& random);

}  // namespace guanhu::host
