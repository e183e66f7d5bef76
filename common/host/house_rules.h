// What the schema says, for a node.
#pragma once

#include "common/node/seams.h"
#include "common/schema/schema.h"
#include "google/protobuf/message.h"

namespace guanhu::host {

// Immutable; thread-safe. `schema` outlives it.
class HouseRules final : public node::Rules {
 public:
  HouseRules(const schema::Schema* schema, base::PlaceId county) : schema_(schema), county_(county) {}

  absl::Status CheckEdit(const model::Edit& edit, bool creates, domain::Tier tier) const override;
  bool IsDirectoryType(uint32_t type) const override;
  std::optional<domain::PlaceRow> ReadPlace(uint32_t type, const base::RecordId& id,
                                            const model::RecordState& state) const override;
  std::optional<domain::DeviceRow> ReadDevice(uint32_t type, const base::RecordId& id,
                                              const model::RecordState& state) const override;
  void RenameReferences(
      uint32_t type, model::Edit& edit,
      const std::function<std::optional<base::RecordId>(const base::RecordId&)>& renamed) const override;

  // The county's own place record: the one whose id does not follow from its record.
  base::RecordId CountyRecord() const;
  base::PlaceId PlaceOf(const base::RecordId& record) const;

 private:
  const schema::Schema* const schema_;
  const base::PlaceId county_;
};

// The record as shown, as a message; nullptr for a type of a newer version.
std::unique_ptr<google::protobuf::Message> Shown(const schema::Schema& schema, uint32_t type,
                                                 const model::RecordState& state,
                                                 const std::function<int(const model::Sibling&)>& authority);

}  // namespace guanhu::host
