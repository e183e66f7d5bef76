#include "common/ledger/links.h"

#include "common/base/crypto.h"
#include "common/schema/refs.h"
#include "common/schema/wire.h"

namespace guanhu::ledger {

uint64_t TargetOf(absl::string_view bytes) { return base::Prefix64(base::Sha256("linked-bytes", bytes)); }

Targets LinksOf(const schema::RecordInfo& info, const base::RecordId& id, const model::RecordState& state) {
  Targets out;
  for (const model::FieldState& field : state.fields) {
    const schema::FieldInfo* known = info.Field(field.number);
    if (known == nullptr || !known->link) continue;
    for (const model::Sibling& s : field.siblings) {
      absl::string_view rest = s.raw;
      schema::WireField f;
      while (!rest.empty() && schema::NextField(rest, f)) {
        if (f.wire_type != 2) continue;
        if (known->descriptor->message_type() == nullptr) {
          out.hashes.insert(TargetOf(f.payload));
          continue;
        }
        records::v1::RecordRef ref;
        if (!ref.ParseFromArray(f.payload.data(), static_cast<int>(f.payload.size()))) continue;
        const base::RecordId target = schema::FromRef(ref, id.scope);
        if (!target) continue;
        out.records.insert(target);
        out.hashes.insert(base::ShortHash(target));
      }
    }
  }
  return out;
}

}  // namespace guanhu::ledger
