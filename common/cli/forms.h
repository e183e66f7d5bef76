// Commands that follow from the schema: for each record type with a noun a group with add, list, show, edit (or amend)
// and one command for each act of its life cycle. Only the group that the arguments ask for is made: a tablet starts a
// program for every command.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/cli/program.h"
#include "common/schema/schema.h"

namespace guanhu::cli {

// For main, after the hand-made groups: adds the group that the arguments ask for, or to a hand-made group of that
// noun the commands that it does not have. The help of the program then names every noun. Errors: those of the schema.
absl::Status AddForms(Program& program, int argc, const char* const* argv);

// The same for one record type with a noun; `info` outlives the program.
void AddForm(Program& program, const schema::RecordInfo& info);

// The first argument that is neither an option of the program nor an option's value; "" if there is none.
std::string AskedNoun(int argc, const char* const* argv);

// Every noun with its labels, by family.
std::string NounsText(const schema::Schema& schema, absl::string_view program);

// A field that people may set, and what its option is called: "--due" for due_ms.
struct FormField {
  const schema::FieldInfo* field = nullptr;
  std::string option;  // with the dashes
  bool file = false;   // a file's fingerprint: people name the file
};
// `creates`: of a new record; else only what may still change (of an immutable type: what an amendment may correct).
std::vector<FormField> FormFields(const schema::RecordInfo& info, bool creates);
// "设施 / Asset, required: ...": for the help of the option.
std::string FieldHelp(const schema::RecordInfo& info, const FormField& form);

// The command of `group` with that name or alias, or nullptr.
CLI::App* FindCommand(CLI::App* group, const std::string& name);

// form_acts.cc
void AddActs(Program& program, CLI::App* group, const schema::RecordInfo& info);
// The acts of a life cycle, each once, in the order of its rows.
std::vector<int> ActsOf(const schema::RecordInfo& info);
std::string ActVerb(int act);  // "ask-pause"

}  // namespace guanhu::cli
