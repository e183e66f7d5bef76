// Records of a scenario as a clerk reads them: every value, who else wrote what, the state with its steps, the clock.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/domain/lifecycle.h"
#include "common/domain/likeness.h"
#include "tests/scenario/county.h"

namespace guanhu::testing {

struct NamedRecord {
  uint32_t type = 0;
  base::RecordId id;
};

class Show {
 public:
  // All outlive the object. `labels` are the scenario's names of records, `photos` the names of their hashes (hex).
  Show(const County* county, const Station* station, const std::map<std::string, NamedRecord>* labels,
       const std::map<std::string, std::string>* photos)
      : county_(*county), node_(*station->node), links_(*station->ledger), labels_(*labels), photos_(*photos) {}

  std::vector<std::string> Record(const std::string& label) const;
  // Everything that the scenario names, and what the finders say.
  std::vector<std::string> Everything() const;
  std::vector<std::string> Duplicates() const;
  std::vector<std::string> LikeReports() const;
  std::vector<std::string> Receipts() const;
  std::vector<std::string> Held() const;
  size_t Count(uint32_t type, base::PlaceId place) const;

  // Errors: kNotFound, kInvalidArgument for a record type without a life cycle.
  absl::StatusOr<ledger::RecordLife> Life(const NamedRecord& record) const;

 private:
  using Visitor =
      std::function<void(const base::RecordId&, const model::RecordState&, const google::protobuf::Message&)>;
  void Each(uint32_t type, const Visitor& visit) const;
  std::unique_ptr<google::protobuf::Message> Message(uint32_t type, const model::RecordState& state) const;
  int Authority(const model::Sibling& s) const { return static_cast<int>(node_.AuthorTier(s.origin)); }
  std::string Who(base::Origin origin) const;
  std::string When(int64_t ms) const;
  std::string LabelOf(const base::RecordId& id) const;
  std::string Readable(std::string text) const;
  std::string Value(uint32_t type, const std::string& raw, const schema::FieldInfo& field, const base::ScopeId&) const;
  void Conflicts(const NamedRecord& record, const model::RecordState& state, std::vector<std::string>& out) const;
  void Steps(const NamedRecord& record, const google::protobuf::Message& message, std::vector<std::string>& out) const;
  void Links(const NamedRecord& record, const google::protobuf::Message& message, std::vector<std::string>& out) const;

  const County& county_;
  const node::Node& node_;
  const ledger::Links& links_;
  const std::map<std::string, NamedRecord>& labels_;
  const std::map<std::string, std::string>& photos_;
};

}  // namespace guanhu::testing
