// What can be reported: the facility classes of the schema and the facility types of the county's catalogue.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/host/node_host.h"
#include "guanhu/records/v1/common.pb.h"

namespace guanhu::server::http {

struct Service {
  std::string code;
  std::string name;
  std::string description;
  std::string group;
  // Reports of a type may name the plate of the facility as an attribute; a class is too wide for that.
  bool of_type = false;
  records::v1::FacilityClass facility_class = records::v1::FACILITY_CLASS_UNSPECIFIED;
};
using Services = std::vector<Service>;

const Service* Find(const Services& services, absl::string_view code);

// "water" of FACILITY_CLASS_WATER; empty for UNSPECIFIED and what is newer.
std::string ClassCode(int facility_class);

// Thread-safe.
class Catalogue {
 public:
  // `host` outlives it.
  explicit Catalogue(host::NodeHost* host) : host_(host) {}
  // Classes first, then types by code. Read anew after something changed. Errors: those of the store.
  absl::StatusOr<std::shared_ptr<const Services>> Get();

 private:
  host::NodeHost* const host_;
  std::mutex mu_;
  std::string mark_;
  // Shared: an answer may still read the list that a newer one has replaced.
  std::shared_ptr<const Services> services_;
};

}  // namespace guanhu::server::http
