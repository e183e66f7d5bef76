#include "common/schema/refs.h"

namespace guanhu::schema {

records::v1::RecordRef ToRef(const base::RecordId& id, const base::ScopeId& scope) {
  records::v1::RecordRef ref;
  if (id.scope != scope) {
    ref.set_place(id.scope.place.value);
    ref.set_visibility(static_cast<uint32_t>(id.scope.visibility));
  }
  ref.set_origin(id.origin.value);
  ref.set_seq(id.seq);
  ref.set_index(id.index);
  return ref;
}

base::RecordId FromRef(const records::v1::RecordRef& ref, const base::ScopeId& scope) {
  base::RecordId id;
  id.scope = scope;
  if (ref.place() != 0) {
    id.scope.place.value = ref.place();
    id.scope.visibility = static_cast<base::Visibility>(static_cast<uint8_t>(ref.visibility() & 0xFF));
  }
  id.origin.value = ref.origin();
  id.seq = ref.seq();
  id.index = ref.index();
  return id;
}

}  // namespace guanhu::schema
