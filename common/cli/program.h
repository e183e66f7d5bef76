// The frame of a command-line program: options that all commands share, the node's service, the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/api/call.h"
#include "common/api/client.h"
#include "common/base/clock.h"
#include "common/cli/io.h"
#include "common/schema/schema.h"

namespace guanhu::cli {

using api::Call;
using api::Stub;

// Not thread-safe. `io`'s streams and `clock` outlive it.
class Program {
 public:
  // What a command does: returns its exit code, or a Status that is said on `err`.
  using Command = std::function<absl::StatusOr<Exit>()>;

  // `description` leads the help. `prefer_chinese`: the language unless --lang says otherwise.
  Program(Io io, const base::Clock* clock, std::string description, bool prefer_chinese);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Adds "NOUN" or "NOUN VERB" with its help and an "Examples" footer; `examples` are lines without the program's name.
  CLI::App* AddGroup(const std::string& name, const std::string& help);
  CLI::App* AddCommand(CLI::App* group, const std::string& name, const std::string& help,
                       const std::vector<std::string>& examples, Command command);
  CLI::App* root() { return &root_; }

  // Parses, runs the chosen command, says what went wrong.
  Exit Run(int argc, const char* const* argv);

  Io& io() { return io_; }
  // The node's data folder. Errors: kInvalidArgument if neither --data nor GUANHU_DATA names one.
  absl::StatusOr<std::string> data_dir() const;
  void set_default_data_dir(std::string dir) { default_data_dir_ = std::move(dir); }
  const std::string& person() const { return person_; }
  const std::string& command_id() const { return command_id_; }
  absl::Time Now() const { return clock_->Now(); }
  absl::TimeZone zone() const { return absl::FixedTimeZone(8 * 3600); }  // the county's

  // The node's service, opened once. Errors: those of api::Local::Open.
  absl::StatusOr<Stub*> Service();
  // Whether another process runs the node; after Service().
  bool served() const { return local_ != nullptr && local_->served(); }
  // Builds the schema once. Errors: kInternal.
  absl::StatusOr<const schema::Schema*> Schema();

 private:
  Exit Finish(const CLI::ParseError& error);

  Io io_;
  const base::Clock* clock_;
  CLI::App root_;
  std::string data_dir_;
  std::string default_data_dir_;
  std::string language_;
  std::string person_;
  std::string command_id_;
  Command chosen_;
  std::unique_ptr<api::Local> local_;
  std::optional<schema::Schema> schema_;
};

}  // namespace guanhu::cli
