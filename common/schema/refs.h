// References between records, as they stand in messages.
#pragma once

#include "common/base/ids.h"
#include "guanhu/records/v1/common.pb.h"

namespace guanhu::schema {

// `scope` is that of the record that holds the reference: place and visibility are written only where they differ.
records::v1::RecordRef ToRef(const base::RecordId& id, const base::ScopeId& scope);
base::RecordId FromRef(const records::v1::RecordRef& ref, const base::ScopeId& scope);

}  // namespace guanhu::schema
