// Makes a sample county: a city folder that guanhu-node opens, and the villages' work over the years, written by their
// own devices and taken in at the city as any other work. Every name says that it is a sample.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/ledger/views.h"
#include "common/node/node.h"
#include "common/store/rocks_store.h"
#include "tools/seed/writer.h"

namespace guanhu::seed {

struct NamedPlace {
  std::string name;
  std::string code;  // 12 digits; may be empty
};
struct NamedTownship {
  NamedPlace place;
  std::vector<NamedPlace> villages;
};

struct Options {
  std::string dir;  // made; gets root/ and city/
  NamedPlace county{"样例市", ""};
  std::vector<NamedTownship> townships;
  size_t assets = 25'560;
  size_t inspections = 613'440;
  int months = 36;                          // that the work is spread over
  int64_t until_ms = 1'793'462'400'000;     // its end: 2026-11-01 in UTC+8
  uint64_t seed = 1;                        // the same records and keys each time; TLS keys are always new
  absl::Time now;                           // when keys are issued
  bool ledgers = true;                      // false: the city keeps none
};

// `townships` with `villages` spread over them, with made-up names.
std::vector<NamedTownship> MadeUpTownships(size_t townships, size_t villages);

class Maker {
 public:
  using Ship = std::function<absl::Status(Shipment)>;
  using Progress = std::function<void(size_t villages_done, size_t villages, uint64_t changes)>;

  // Makes the folders and writes the place tree, the departments, the facility types and the device list.
  // Errors: kFailedPrecondition if the folder holds a county already.
  static absl::StatusOr<std::unique_ptr<Maker>> Found(Options options);
  // Writes village after village and hands each shipment to `ship`. Errors: of the nodes and of `ship`.
  absl::Status Write(const Ship& ship, const Progress& progress);
  // Takes a shipment in at the city, in one commit. Errors: kInternal when the city refuses it.
  absl::Status Apply(const Shipment& shipment);
  // The city acknowledges what it holds. Call at the end.
  absl::Status Acknowledge();

  node::Node& city() { return *city_; }
  const ledger::LedgerViews& ledger() const { return *ledger_; }
  const schema::Schema& schema() const { return schema_; }
  const trust::Enrolment& enrolment() const { return enrolment_; }
  const std::vector<sync::Ingest>& founding() const { return founding_; }  // the city's own journals at the start
  std::string city_dir() const { return options_.dir + "/city"; }
  size_t villages() const { return villages_.size(); }

 private:
  struct Office {
    base::PlaceId place;
    std::string name;
    trust::Enrolment enrolment;
    size_t township = 0;  // index, of a village
  };

  Maker(Options options, schema::Schema schema)
      : options_(std::move(options)), schema_(std::move(schema)), random_(options_.seed) {}
  absl::Status OpenCity();
  absl::Status WriteTree();
  absl::Status WriteCatalogue();
  absl::StatusOr<base::RecordId> Save(const google::protobuf::Message& message, const std::string& key = "");
  absl::StatusOr<Office> AddPlace(const NamedPlace& place, base::PlaceId parent, uint32_t tier);
  absl::Status AddDevice(Office& office, uint32_t tier);
  absl::Status ReadFounding();
  int64_t from_ms() const;

  const Options options_;
  const schema::Schema schema_;
  SeededRandom random_;
  trust::Enrolment enrolment_;
  trust::TlsIdentity authority_;
  std::unique_ptr<host::HouseTrust> trust_;
  std::unique_ptr<host::HouseRules> rules_;
  std::unique_ptr<store::RocksStore> store_;
  std::unique_ptr<ledger::LedgerViews> ledger_;
  std::unique_ptr<node::Node> city_;
  std::vector<Office> townships_;
  std::vector<Office> villages_;
  std::vector<base::RecordId> types_;
  base::RecordId standard_;
  std::vector<sync::Ingest> founding_;
  uint64_t serial_ = 10;
};

}  // namespace guanhu::seed
