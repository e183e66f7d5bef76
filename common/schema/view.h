// A record as people see it: its state with every field resolved. Pure and thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "common/model/record.h"
#include "common/schema/resolve.h"
#include "common/schema/schema.h"

namespace guanhu::schema {

// The tier that a sibling's writer had: 0 unknown, 1 village, 2 township, 3 city.
using AuthorityOf = std::function<int(const model::Sibling&)>;

// A field whose siblings need a person.
struct OpenConflict {
  uint32_t number = 0;
  const FieldInfo* info = nullptr;
  Conflict kind = Conflict::kNone;
  model::Sibling shown;                // empty raw where a union or nothing is shown
  std::vector<model::Sibling> others;  // best first
};

struct RecordView {
  std::vector<model::Field> fields;  // ascending; what ParseRecord takes
  std::vector<OpenConflict> conflicts;
  bool deleted = false;
  // Somebody deleted the record while somebody else edited it: it stays alive, and `conflicts` names kDeletedField.
  bool deletion_contested = false;
};

// Whether an edit of the record stands that the deleting sibling's author had not seen.
bool EditedBeside(const model::RecordState& state, const model::Sibling& deletion);

RecordView ViewOf(const Schema& schema, uint32_t type, const model::RecordState& state, const AuthorityOf& authority);

}  // namespace guanhu::schema
