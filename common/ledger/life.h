// The life of a record: its steps, read and judged. Called on the node's thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/domain/lifecycle.h"
#include "common/ledger/links.h"
#include "common/ledger/types.h"
#include "common/node/node.h"
#include "common/schema/schema.h"
#include "google/protobuf/message.h"
#include "guanhu/records/v1/step.pb.h"

namespace guanhu::ledger {

struct StepRow {
  base::RecordId id;
  records::v1::Step step;
  domain::Act act;
};

struct RecordLife {
  std::shared_ptr<const google::protobuf::Message> shown;  // the record as people see it
  domain::Life life;           // life.acts[i].act is an index into `steps`
  std::vector<StepRow> steps;  // deleted ones are left out
  int64_t born_ms = 0;         // when the record was made, by its author's corrected clock
};

// The record as shown; nullptr for a type of a newer version. Quick where nobody disagrees.
std::unique_ptr<google::protobuf::Message> ShownRecord(const node::Node& node, const schema::Schema& schema,
                                                       uint32_t type, const model::RecordState& state);

// What people call a record: its name, title or code; empty if it has none of them.
std::string NameIn(const google::protobuf::Message& shown);

// When a record was made: the wall time of the edit that made it.
int64_t BornMs(const base::RecordId& id, const model::RecordState& state);

// What the guards of the record's life cycle read, from the record and those that belong to it (facts.cc).
absl::StatusOr<domain::Facts> FactsOf(const node::Node& node, const schema::Schema& schema, const Links& links,
                                      uint32_t type, const base::RecordId& id, const google::protobuf::Message& shown);

// `proposed`: a step that is not written yet is judged with the others. Errors: kNotFound if the record is not here,
// and the store's.
absl::StatusOr<RecordLife> LifeOf(const node::Node& node, const schema::Schema& schema, const Links& links,
                                  uint32_t type, const base::RecordId& id, const StepRow* proposed = nullptr);

// The same under facts that the caller gives, for facts that ask for the life of another record.
absl::StatusOr<RecordLife> LifeOf(const node::Node& node, const schema::Schema& schema, const Links& links,
                                  uint32_t type, const base::RecordId& id, const domain::Facts& facts,
                                  const StepRow* proposed = nullptr);


// An act as its author wrote it.
domain::Act ActOf(const node::Node& node, const base::RecordId& id, const records::v1::Step& step,
                  const model::RecordState& state);

}  // namespace guanhu::ledger
