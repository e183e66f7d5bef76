// Runs a scenario: a text file that a township clerk can read (README.md of this folder says how it is written).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/scenario/county.h"
#include "tests/scenario/show.h"

namespace guanhu::testing {

// A step and the lines that stand under it as what it must say.
struct ScriptLine {
  int number = 0;
  std::string text;  // comments and empty lines too: a rewritten file keeps them
  std::vector<std::string> expected;
};
std::vector<ScriptLine> ParseScript(const std::string& text);
std::string FormatScript(const std::vector<ScriptLine>& script);

class Runner {
 public:
  struct Options {
    std::string dir;              // of the stores; empty: over memory
    rocksdb::Env* env = nullptr;  // of `dir`; not owned. nullptr: the disk
    bool rewrite = false;         // take what the steps say as what they must say
    size_t random_orders = 0;     // of what was written between two meetings, besides the permutations
    size_t permuted_units_max = 7;
  };
  Runner(const schema::Schema* schema, Options options);
  ~Runner();

  // Errors: the first line that says something else than is written under it, cannot be done, or whose outcome depends
  // on the order of delivery.
  absl::Status Run(std::vector<ScriptLine>& script);
  size_t orders_tried() const { return orders_tried_; }

 private:
  using Words = std::vector<std::string>;
  using Lines = std::vector<std::string>;
  absl::StatusOr<Lines> Step(const std::string& text);
  absl::StatusOr<Lines> Setup(const Words& words, bool& done);
  absl::StatusOr<Lines> Ask(const Words& words);
  absl::StatusOr<Lines> Do(Station& station, const Words& words);
  absl::StatusOr<Lines> CreateRecords(Station& station, const Words& words);
  absl::StatusOr<Lines> SetFields(Station& station, const Words& words);
  absl::StatusOr<Lines> WriteStep(Station& station, const Words& words);
  absl::StatusOr<node::Command::Edit> MakeEdit(Station& station, const schema::RecordInfo& info, const Words& words,
                                               size_t first, const base::ScopeId& scope, base::PersonId& by,
                                               google::protobuf::Message& message);
  std::string PhotosAsHex(const std::string& names);
  absl::Status SyncAll();
  absl::Status TryOrders();
  absl::Status TryOrder(const std::vector<size_t>& order, const std::vector<bool>& together, const Lines& expected);
  absl::StatusOr<NamedRecord> Labelled(const std::string& label) const;
  Show At(const Station& station) const { return Show(&county_, &station, &labels_, &photos_); }

  const Options options_;
  County county_;
  std::map<std::string, NamedRecord> labels_;
  std::map<std::string, std::string> photos_;  // hex -> name
  bool every_order_ = false;
  size_t orders_tried_ = 0;
};

}  // namespace guanhu::testing
