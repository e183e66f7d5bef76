#include "common/cli/program.h"

#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace guanhu::cli {

Program::Program(Io io, const base::Clock* clock, std::string description, bool prefer_chinese)
    : io_(std::move(io)), clock_(clock), root_(std::move(description), io_.program) {
  io_.language = prefer_chinese ? schema::Language::kChinese : schema::Language::kEnglish;
  root_.require_subcommand(1);
  root_.fallthrough();
  root_.get_formatter()->column_width(34);
  root_.add_option("--data", data_dir_, "The node's data folder")->envname("GUANHU_DATA");
  root_.add_flag("--json", io_.json, "Print JSON: one object, or one a line");
  root_.add_flag("-q,--quiet", io_.quiet, "Only data and errors");
  root_.add_option("--lang", language_, "zh or en; default by LANG")->check(CLI::IsMember({"zh", "en"}));
  root_.add_option("--person", person_, "Who writes: a person's id")->envname("GUANHU_PERSON");
  root_.add_option("--command-id", command_id_, "A name for this command: repeating it has one effect");
  root_.footer(std::string(ExitCodesText(io_.language)));
}

CLI::App* Program::AddGroup(const std::string& name, const std::string& help) {
  CLI::App* group = root_.add_subcommand(name, help);
  group->require_subcommand(1);
  group->fallthrough();
  return group;
}

CLI::App* Program::AddCommand(CLI::App* group, const std::string& name, const std::string& help,
                              const std::vector<std::string>& examples, Command command) {
  CLI::App* added = group->add_subcommand(name, help);
  added->fallthrough();
  std::string footer = "Examples:";
  for (const std::string& example : examples) absl::StrAppend(&footer, "\n  ", io_.program, " ", example);
  absl::StrAppend(&footer, "\n\n", ExitCodesText(io_.language));
  added->footer(footer);
  added->callback([this, command = std::move(command)] { chosen_ = command; });
  return added;
}

// --help ends here too.
Exit Program::Finish(const CLI::ParseError& error) {
  std::ostringstream out;
  std::ostringstream err;
  const bool help = root_.exit(error, out, err) == 0;
  if (help) {
    *io_.out << out.str();
    return kExitOk;
  }
  return Fail(io_, kExitUsage, absl::StrCat(error.what(), " (", io_.program, " --help)"));
}

Exit Program::Run(int argc, const char* const* argv) {
  try {  // CLI11 reports by exceptions; they end here
    root_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Finish(error);
  }
  if (!language_.empty()) io_.language = language_ == "zh" ? schema::Language::kChinese : schema::Language::kEnglish;
  const absl::StatusOr<Exit> done = chosen_();
  const Exit code = done.ok() ? *done : Fail(io_, done.status());
  io_.out->flush();
  return code;
}

absl::StatusOr<std::string> Program::data_dir() const {
  if (!data_dir_.empty()) return data_dir_;
  if (!default_data_dir_.empty()) return default_data_dir_;
  return absl::InvalidArgumentError("say which node: --data DIR, or set GUANHU_DATA");
}

absl::StatusOr<Stub*> Program::Service() {
  if (local_ == nullptr) {
    GUANHU_ASSIGN_OR_RETURN(const std::string dir, data_dir());
    GUANHU_ASSIGN_OR_RETURN(local_, api::Local::Open({.data_dir = dir}));
  }
  return &local_->stub();
}

absl::StatusOr<const schema::Schema*> Program::Schema() {
  if (!schema_.has_value()) {
    GUANHU_ASSIGN_OR_RETURN(schema::Schema built, schema::Schema::Build());
    schema_.emplace(std::move(built));
  }
  return &*schema_;
}

}  // namespace guanhu::cli
