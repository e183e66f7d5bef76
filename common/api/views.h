// From the node's records to what the service answers, and from names that people type to ids. Called on the node's
// thread.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/host/house_rules.h"
#include "common/node/node.h"
#include "common/schema/display.h"
#include "common/schema/schema.h"
#include "guanhu/api/v1/local.pb.h"

namespace guanhu::api {

class Lives;

struct Named {
  uint32_t type = 0;
  base::RecordId id;
};

class Views {
 public:
  // All outlive the object. `language` of all texts: "en", else Chinese. Without `lives` the state of a record that
  // has a life cycle is left out.
  Views(const node::Node* node, const schema::Schema* schema, absl::string_view language = "zh",
        const Lives* lives = nullptr)
      : node_(node),
        schema_(schema),
        lives_(lives),
        language_(language == "en" ? schema::Language::kEnglish : schema::Language::kChinese) {}

  schema::Language language() const { return language_; }

  // A place by id, code now or before, or exact name; empty: the node's own.
  // Errors: kNotFound, kInvalidArgument when several places answer (their ids are named).
  absl::StatusOr<base::PlaceId> Place(absl::string_view text) const;
  // The same in any place tree; not for an empty text.
  static absl::StatusOr<base::PlaceId> PlaceIn(const domain::Directory& directory, absl::string_view text);
  std::string PlaceName(base::PlaceId place) const;
  // What people call the record that a reference names; empty if it is not here or has no name.
  std::string NameOf(const base::RecordId& id) const;
  // A record by full id, code, or unique prefix of its code (4 characters at least).
  absl::StatusOr<Named> Record(absl::string_view text) const;

  void Fill(const Named& record, const model::RecordState& state, v1::RecordView* out) const;
  void FillFields(const Named& record, const model::RecordState& state, v1::RecordView* out) const;
  absl::Status FillHistory(const Named& record, v1::RecordView* out) const;
  std::unique_ptr<google::protobuf::Message> Shown(uint32_t type, const model::RecordState& state) const;
  // With its derived state.
  std::unique_ptr<google::protobuf::Message> Shown(const Named& record, const model::RecordState& state) const;
  uint32_t Conflicts(uint32_t type, const model::RecordState& state) const;
  v1::Author AuthorOf(base::Origin origin, const model::Stamp& stamp, base::PersonId person) const;
  static v1::Holding ToProto(const node::Holding& holding);
  // "label: value" lines of the fields of an edit.
  std::string TextOf(uint32_t type, const std::vector<model::Field>& fields, const base::ScopeId& scope) const;

 private:
  schema::DisplayOptions Display(const base::ScopeId& scope) const;
  int Authority(const model::Sibling& s) const { return static_cast<int>(node_->AuthorTier(s.origin)); }

  const node::Node* const node_;
  const schema::Schema* const schema_;
  const Lives* const lives_;
  const schema::Language language_;
};

// "JOURNAL SEQ".
std::string ChangeText(const base::JournalId& journal, uint64_t seq);
absl::StatusOr<base::JournalId> ParseJournal(absl::string_view text);

}  // namespace guanhu::api
