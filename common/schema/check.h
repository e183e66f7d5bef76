// Whether an edit may stand. The same check runs where the edit is written and wherever it arrives. What this version
// does not know passes: a newer peer may have written it. Pure and thread-safe.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/base/ids.h"
#include "common/model/entry.h"
#include "common/schema/schema.h"

namespace guanhu::schema {

// Who wrote the edit.
struct Writer {
  Tier tier = Tier::kUnknown;
  uint64_t roles = 0;  // bits of guanhu.options.v1.Role numbers
  bool city = false;   // the city's own node: passes every list of tiers and roles
};

bool Allows(const Writers& writers, const Writer& writer);

// `creating`: this edit makes the record. Errors:
// kPermissionDenied: the writer may not create such records or write the field; the field is computed, or was fixed
// when the record was made. kInvalidArgument: wrong wire type, text that is not UTF-8, a value that does not parse or
// is too long. The message names the record type and the field as people know them.
absl::Status Check(const Schema& schema, uint32_t type, absl::Span<const model::Field> set,
                   absl::Span<const uint32_t> cleared, const Writer& writer, bool creating);

// Whether an edit that creates a record sets every field that it must. For what a person writes here; what arrives from
// elsewhere is not asked, it may have been written by another version.
// Errors: kInvalidArgument naming the first field that is missing, in both languages.
absl::Status CheckComplete(const Schema& schema, uint32_t type, absl::Span<const model::Field> set);

// Whether such records are born in scopes of this visibility at places of this tier.
// Errors: kInvalidArgument.
absl::Status CheckScope(const Schema& schema, uint32_t type, base::Visibility visibility, Tier place_tier);

}  // namespace guanhu::schema
