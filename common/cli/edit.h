// One record as a person fills it in: from options to a save request.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/cli/fields.h"
#include "common/cli/program.h"
#include "google/protobuf/message.h"

namespace guanhu::cli {

// Options of every command that writes a record. Filled in by CLI11; lives as long as the program.
struct EditOptions {
  std::vector<std::string> sets;  // field=value
  std::string json;               // a file, or - for standard input
  std::string place;
  bool published = false;
};
void AddEditOptions(CLI::App* command, EditOptions& options, bool creates);

// Collects the fields of one edit. Not thread-safe; `program` outlives it.
class Draft {
 public:
  // A new record of `type` at the place named in `options` or, where that is empty, at `scope`'s.
  static absl::StatusOr<Draft> Create(Program& program, absl::string_view type, const EditOptions& options,
                                      const base::ScopeId& scope = {});
  // An edit of a record that exists.
  static absl::StatusOr<Draft> Change(Program& program, const api::v1::RecordView& record, const EditOptions& options);

  // Sets one field from text; empty text clears it. Errors: kInvalidArgument; those of looking up references.
  absl::Status Set(absl::string_view field, absl::string_view text);
  // The record must have a value: used for defaults, after the user's own --set.
  bool Has(absl::string_view field) const;
  // What the options asked for: --from first, then --set.
  absl::Status Apply(const EditOptions& options);

  // Errors: kInvalidArgument when nothing is set or cleared.
  absl::StatusOr<api::v1::Edit> Finish() const;
  const std::string& place() const { return place_; }
  std::string Bytes() const { return message_->SerializeAsString(); }  // of the fields set
  std::vector<uint32_t> Cleared() const;                               // numbers

 private:
  Draft(Program& program, const schema::RecordInfo& info, std::unique_ptr<google::protobuf::Message> message)
      : program_(&program), info_(&info), message_(std::move(message)) {}

  Program* program_;
  const schema::RecordInfo* info_;
  std::unique_ptr<google::protobuf::Message> message_;
  std::string record_;  // full id; empty: create
  std::string place_;   // place id, 13 characters; empty: the node's own
  base::ScopeId scope_;
  std::vector<std::string> clear_;
};

// Sends edits as one change and prints what was saved.
absl::StatusOr<Exit> Save(Program& program, std::vector<api::v1::Edit> edits, const std::string& place, bool published);

}  // namespace guanhu::cli
