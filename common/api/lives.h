// The lives of records as the service shows them, and acts before they are written. Called on the node's thread.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/ledger/book.h"
#include "common/ledger/life.h"
#include "common/ledger/links.h"
#include "common/node/node.h"
#include "common/schema/display.h"
#include "common/schema/schema.h"
#include "guanhu/api/v1/local.pb.h"

namespace guanhu::api {

class Views;

class Lives {
 public:
  // All outlive the object.
  Lives(const node::Node* node, const schema::Schema* schema, const ledger::Links* links, const ledger::Book* book)
      : node_(node), schema_(schema), links_(links), book_(book) {}

  // The number of the record's state; nullopt if its type has no life cycle or the record cannot be read.
  std::optional<int> State(uint32_t type, const base::RecordId& id) const;
  // Errors: those of ledger::LifeOf.
  absl::StatusOr<ledger::RecordLife> Life(uint32_t type, const base::RecordId& id) const;
  // What `views` has of the record's life. Does nothing for a type without one.
  absl::Status Fill(uint32_t type, const base::RecordId& id, const google::protobuf::Message& shown, const Views& views,
                    int64_t now_ms, v1::LifeView* out) const;
  // Judges `step` as if this node wrote it now; `after` is set to what this node has seen.
  // Errors: kFailedPrecondition with the sentence that the step would be shown with (unless `force`), kPermissionDenied
  // when no row of the life cycle lets this node do it; kInvalidArgument for a record without a life cycle.
  absl::Status Propose(uint32_t type, const base::RecordId& id, absl::Time now, base::PersonId person, bool force,
                       schema::Language language, records::v1::Step& step) const;

 private:
  const node::Node* const node_;
  const schema::Schema* const schema_;
  const ledger::Links* const links_;
  const ledger::Book* const book_;
};

// "ask-pause", "ASK_PAUSE", "申请挂起" -> the act. Errors: kInvalidArgument naming the acts that `record` has.
absl::StatusOr<records::v1::StepAct> ParseAct(const schema::RecordInfo& record, absl::string_view text);
// "ASK_PAUSE".
std::string ActName(int act);

}  // namespace guanhu::api
