// One device of a sample county: a node in memory with its own keys, which writes, and hands in what it wrote.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/host/house_rules.h"
#include "common/host/house_trust.h"
#include "common/node/node.h"
#include "common/schema/schema.h"
#include "common/store/mem_store.h"
#include "common/trust/enrolment.h"

namespace guanhu::seed {

// The same numbers on every machine; its keys are nobody's secret.
class SeededRandom final : public base::Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next64() override;
  bool Chance(uint32_t percent) { return Below(100) < percent; }

 private:
  uint64_t state_;
};

// What a device hands in at one time: up to eight signed frames, as a session would bring them into one commit.
struct Shipment {
  base::NodeId from;
  std::vector<sync::Ingest> items;
  uint64_t changes = 0;
};

class Writer {
 public:
  // `founding`: the city's own journals. Errors: those of the node.
  static absl::StatusOr<std::unique_ptr<Writer>> Open(trust::Enrolment enrolment, const schema::Schema* schema,
                                                      const std::vector<sync::Ingest>& founding, uint64_t seed,
                                                      absl::Time now);
  // Adds a new record to the commit at hand and tells the id that it will have.
  base::RecordId Add(const base::ScopeId& scope, const google::protobuf::Message& message, int64_t at_ms,
                     base::PersonId person = {});
  // Writes what was added; the wall time of all of it is that of the first. Errors: the first refusal.
  absl::Status Commit();
  // What the device wrote in a scope and has not handed in.
  absl::StatusOr<std::vector<Shipment>> HandIn(const base::ScopeId& scope);
  uint64_t written() const { return written_; }

 private:
  explicit Writer(host::HouseTrust trust, const schema::Schema* schema, base::PlaceId county, uint64_t seed)
      : trust_(std::move(trust)), schema_(schema), rules_(schema, county), random_(seed) {}

  host::HouseTrust trust_;
  const schema::Schema* const schema_;
  host::HouseRules rules_;
  SeededRandom random_;
  store::MemDisk disk_;
  std::unique_ptr<store::MemStore> store_;
  std::unique_ptr<node::Node> node_;
  std::vector<node::Command> commands_;
  int64_t commit_ms_ = 0;
  std::map<base::ScopeId, uint64_t> seq_;        // of the last change, with those at hand
  std::map<base::ScopeId, uint64_t> handed_in_;  // seq
  uint64_t written_ = 0;
};

// All that a node holds of one journal in signed frames, eight to a shipment, from `after` on.
absl::StatusOr<std::vector<Shipment>> ReadJournal(node::Node& node, const base::JournalId& journal, uint64_t after,
                                                  uint64_t last);

}  // namespace guanhu::seed
