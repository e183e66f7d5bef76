// Where a program's words go, and in which language. Data goes to `out`, messages for people to `err`.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/schema/display.h"

namespace guanhu::cli {

// Exit codes of all programs. docs/cli.md and every --help name them.
enum Exit : int {
  kExitOk = 0,
  kExitError = 1,
  kExitUsage = 2,
  kExitPartial = 3,      // a part was done; the output says which
  kExitUnreachable = 4,  // the other node or the running node does not answer
  kExitDenied = 5,
  kExitConflict = 6,  // exists already, or somebody else changed it meanwhile
  kExitInterrupted = 130,
};
Exit ExitOf(const absl::Status& status);
// For the end of --help.
absl::string_view ExitCodesText(schema::Language language);

// Not thread-safe. The streams outlive it.
struct Io {
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  std::string program;  // its name, before messages
  bool out_tty = false;
  bool err_tty = false;
  bool json = false;
  bool quiet = false;
  schema::Language language = schema::Language::kEnglish;

  bool zh() const { return language == schema::Language::kChinese; }
  absl::string_view Say(absl::string_view chinese, absl::string_view english) const { return zh() ? chinese : english; }
  const char* language_code() const { return zh() ? "zh" : "en"; }
  // A message that -q leaves out.
  void Note(absl::string_view message) const;
};

// Says what went wrong on `err` (as a JSON object with --json) and returns the exit code.
Exit Fail(const Io& io, const absl::Status& status);
Exit Fail(const Io& io, Exit code, absl::string_view message);

}  // namespace guanhu::cli
