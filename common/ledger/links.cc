#include "common/ledger/links.h"

#include "common/base/crypto.h"
#include "common/base/status.h"
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

absl::Status WalkedLinks::Visit(uint64_t target, uint32_t source_type,
                                const std::function<bool(const base::RecordId&)>& visit) const {
  const schema::RecordInfo* info = schema_->Type(source_type);
  if (info == nullptr) return absl::OkStatus();
  bool more = true;
  for (const base::ScopeId& scope : node_->Scopes()) {
    GUANHU_RETURN_IF_ERROR(
        node_->Visit(scope, source_type, [&](uint32_t, const base::RecordId& id, const model::RecordState& state) {
          if (LinksOf(*info, id, state).hashes.contains(target)) more = visit(id);
          return more;
        }));
    if (!more) break;
  }
  return absl::OkStatus();
}

}  // namespace guanhu::ledger
