// Public reports as strangers may see them, and what strangers write. All that leaves this room was reduced to the
// fields that the schema calls public; a receipt's holder also gets the answers that were written to him.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/clock.h"
#include "common/geo/datum.h"
#include "common/host/node_host.h"
#include "common/ledger/life.h"
#include "guanhu/records/v1/public.pb.h"
#include "guanhu/records/v1/step.pb.h"
#include "server/http/options.h"

namespace guanhu::server::http {

// A report that is here and not deleted.
struct Known {
  base::RecordId id;
  std::string code;  // its public name: what GeoReport calls service_request_id
  std::string receipt;
  int64_t received_ms = 0;
  int state = 0;
};

// All reports as of one moment; immutable.
struct Snapshot {
  std::vector<Known> reports;  // the latest first
  absl::flat_hash_map<std::string, size_t> by_code;
  absl::flat_hash_map<std::string, size_t> by_receipt;
};

struct Answered {
  records::v1::StepAct act = records::v1::STEP_ACT_UNSPECIFIED;
  int64_t at_ms = 0;
  std::string text;  // of the acts that answer the reporter, else empty
  uint32_t score = 0;
};

struct ReportView {
  base::RecordId id;
  std::string code;
  records::v1::PublicReport shown;  // public fields only
  int state = 0;
  bool open = true;           // of a duplicate: what its original is
  std::string original_code;  // of a duplicate
  std::string party;          // of a report that was handed on: the name of the body that has it now
  std::string asset_name;
  std::string asset_code;
  int64_t received_ms = 0;
  int64_t updated_ms = 0;
  int64_t answered_ms = 0;  // of the first answer that stood; 0: none yet
  std::vector<Answered> acts;  // that took effect, for the holder of the receipt only
};

struct NewReport {
  std::string service_code;
  records::v1::FacilityClass category = records::v1::FACILITY_CLASS_UNSPECIFIED;
  std::optional<geo::Wgs> point;
  std::optional<base::RecordId> asset;
  std::string text;
  std::string name;
  std::string phone;
  std::string email;
  std::string idempotency;  // the same again makes no second report; empty: each is its own
};
struct Made {
  std::string code;
  std::string receipt;
};

// Thread-safe.
class Reports {
 public:
  // All outlive it. `random` is used by nobody else.
  Reports(host::NodeHost* host, const PublicOptions* options, base::Random* random)
      : host_(host), options_(options), random_(random) {}

  // Errors: those of the store.
  absl::StatusOr<std::shared_ptr<const Snapshot>> Now();
  // The report by its public name or its receipt as typed. Errors: kNotFound.
  absl::StatusOr<Known> ByCode(absl::string_view code);
  absl::StatusOr<Known> ByReceipt(absl::string_view receipt);
  // Errors: kNotFound when it is gone by now, and the store's.
  absl::StatusOr<ReportView> View(const Known& report);
  // When it came and when it was first answered. Errors: the store's.
  struct Times {
    int64_t received_ms = 0;
    int64_t answered_ms = 0;  // of the first answer that stood; 0: none yet
  };
  absl::StatusOr<Times> TimesOf(const ledger::CaseRow& row);

  // Writes the report, and beside it how to reach the reporter, into the place where it belongs: that of the asset,
  // else the place whose outline holds the point, else the default. Durable when it returns.
  // Errors: kInvalidArgument for a text that is too long, and the node's.
  absl::StatusOr<Made> Make(const NewReport& report);
  // An act by the holder of the receipt. Following twice is following once.
  // Errors: kFailedPrecondition where the report's life does not allow the act now; nothing is written then.
  absl::Status Act(const Known& report, records::v1::StepAct act, absl::string_view reason, uint32_t score);

 private:
  absl::StatusOr<ReportView> ViewOf(const node::Node& node, const base::RecordId& id) const;
  void FillAsset(const node::Node& node, ReportView& view) const;
  absl::Status FillOriginal(const node::Node& node, const base::RecordId& id, ReportView& view) const;
  absl::StatusOr<base::PlaceId> PlaceFor(const node::Node& node, const NewReport& report) const;
  absl::StatusOr<records::v1::Step> StepFor(const node::Node& node, const Known& report, records::v1::StepAct act,
                                            absl::string_view reason, uint32_t score) const;
  absl::StatusOr<std::string> NewReceipt();
  std::string RandomKey();

  host::NodeHost* const host_;
  const PublicOptions* const options_;
  std::mutex random_mu_;
  base::Random* const random_;
  std::mutex mu_;
  std::string mark_;
  absl::flat_hash_map<base::RecordId, Known> read_;  // what never changes of a report, read once
  // Shared: an answer may still read what a newer snapshot has replaced.
  std::shared_ptr<const Snapshot> snapshot_;
  // By the row that they were read for: an answer changes the row.
  absl::flat_hash_map<base::RecordId, std::pair<ledger::CaseRow, Times>> times_;
};

// Whether the public waits for nothing any more.
bool IsClosed(int state);

}  // namespace guanhu::server::http
