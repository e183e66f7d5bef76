#include "common/cli/forms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>

#include "common/cli/photos.h"
#include "guanhu/records/v1/step.pb.h"

namespace guanhu::cli {
namespace {

using testing::HasSubstr;

class FixedClock final : public base::Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(1'800'000'000); }
};

// A program with its words caught.
struct Bench {
  Bench() {
    Io io;
    io.out = &out;
    io.err = &err;
    io.program = "guanhu";
    program = std::make_unique<Program>(io, &clock, "test", false);
  }
  Exit Run(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "guanhu");
    return program->Run(static_cast<int>(arguments.size()), arguments.data());
  }
  FixedClock clock;
  std::ostringstream out;
  std::ostringstream err;
  std::unique_ptr<Program> program;
};

const schema::Schema& TheSchema() {
  static const auto& schema = *new schema::Schema(*schema::Schema::Build());
  return schema;
}

std::vector<const schema::RecordInfo*> Nouns() {
  std::vector<const schema::RecordInfo*> nouns;
  for (const auto& type : TheSchema().types()) {
    if (!type->noun.empty()) nouns.push_back(type.get());
  }
  return nouns;
}

TEST(FormsTest, NounsAreManyAndDifferent) {
  std::set<std::string> seen;
  for (const schema::RecordInfo* info : Nouns()) EXPECT_TRUE(seen.insert(info->noun).second) << info->noun;
  EXPECT_GE(seen.size(), 60u);
}

TEST(FormsTest, EveryFieldThatPeopleMaySetHasItsOwnOption) {
  for (const schema::RecordInfo* info : Nouns()) {
    Bench bench;
    AddForm(*bench.program, *info);
    CLI::App* add = FindCommand(FindCommand(bench.program->root(), info->noun), "add");
    ASSERT_NE(add, nullptr) << info->noun;
    std::set<std::string> options;
    std::set<uint32_t> numbers;
    for (const FormField& form : FormFields(*info, true)) {
      EXPECT_TRUE(options.insert(form.option).second) << info->noun << " " << form.option;
      EXPECT_NE(add->get_option_no_throw(form.option), nullptr) << info->noun << " " << form.option;
      numbers.insert(form.field->number);
    }
    for (const schema::FieldInfo& field : info->fields) {
      if (field.required) {
        EXPECT_TRUE(numbers.contains(field.number)) << info->noun << " " << field.name;
      }
      if (field.merge == schema::Merge::kDerived) {
        EXPECT_FALSE(numbers.contains(field.number)) << field.name;
      }
    }
  }
}

TEST(FormsTest, EveryCommandHasHelpWithAnExample) {
  size_t commands = 0;
  for (const schema::RecordInfo* info : Nouns()) {
    std::vector<std::string> verbs;
    {
      Bench bench;
      AddForm(*bench.program, *info);
      for (const CLI::App* command :
           FindCommand(bench.program->root(), info->noun)->get_subcommands([](CLI::App*) { return true; }))
        verbs.push_back(command->get_name());
    }
    for (const int act : ActsOf(*info)) EXPECT_THAT(verbs, testing::Contains(ActVerb(act))) << info->noun;
    for (const std::string& verb : verbs) {
      Bench bench;
      AddForm(*bench.program, *info);
      EXPECT_EQ(bench.Run({info->noun.c_str(), verb.c_str(), "--help"}), kExitOk) << info->noun << " " << verb;
      EXPECT_THAT(bench.out.str(), HasSubstr("Examples:\n  guanhu " + info->noun + " " + verb));
      ++commands;
    }
  }
  EXPECT_GE(commands, 300u);
}

TEST(FormsTest, ARequiredFieldSaysSo) {
  for (const schema::RecordInfo* info : Nouns()) {
    for (const FormField& form : FormFields(*info, true)) {
      EXPECT_EQ(FieldHelp(*info, form).find("必填") != std::string::npos, form.field->required)
          << info->noun << " " << form.option;
    }
  }
}

TEST(FormsTest, OptionsAreNamedAsPeopleSpeak) {
  const auto names = [](const char* type) {
    std::set<std::string> out;
    for (const FormField& form : FormFields(*TheSchema().Type(type), true)) out.insert(form.option);
    return out;
  };
  EXPECT_THAT(names("WorkOrder"), testing::IsSupersetOf({"--due", "--task", "--contractor", "--before-photos"}));
  EXPECT_THAT(names("FundEntry"), testing::IsSupersetOf({"--amount", "--receipt", "--line"}));
  EXPECT_THAT(names("Roster"), testing::IsSupersetOf({"--from", "--to", "--for-person", "--for-place"}));
}

TEST(FormsTest, OnlyTheGroupThatIsAskedFor) {
  const char* fund[] = {"guanhu", "--data", "asset", "--json", "fund", "approve", "X"};
  EXPECT_EQ(AskedNoun(7, fund), "fund");
  Bench bench;
  ASSERT_TRUE(AddForms(*bench.program, 7, fund).ok());
  EXPECT_NE(FindCommand(bench.program->root(), "fund"), nullptr);
  EXPECT_EQ(FindCommand(bench.program->root(), "title"), nullptr);

  const char* help[] = {"guanhu", "--help"};
  EXPECT_EQ(AskedNoun(2, help), "");
  Bench top;
  ASSERT_TRUE(AddForms(*top.program, 2, help).ok());
  EXPECT_EQ(top.Run({"--help"}), kExitOk);
  for (const schema::RecordInfo* info : Nouns())
    EXPECT_THAT(top.out.str(), HasSubstr("\n    " + info->noun + " ")) << info->noun;
}

TEST(FormsTest, AHandMadeGroupKeepsItsCommands) {
  Bench bench;
  CLI::App* group = bench.program->AddGroup("order", "by hand");
  bench.program->AddCommand(group, "add", "by hand", {"order add"}, [] { return kExitPartial; });
  AddForm(*bench.program, *TheSchema().Type("WorkOrder"));
  EXPECT_EQ(bench.Run({"order", "add"}), kExitPartial);
  EXPECT_NE(FindCommand(group, "finish"), nullptr);
  EXPECT_EQ(FindCommand(group, "done"), FindCommand(group, "finish"));
}

TEST(FormsTest, WhatAnActNeedsIsAskedForBeforeTheNode) {
  for (const auto& [arguments, option] : std::vector<std::pair<std::vector<const char*>, const char*>>{
           {{"order", "return", "7KQ2M9"}, "--reason"},
           {{"order", "return", "7KQ2M9", "--reason", "x"}, "--photo"},
           {{"order", "dispatch", "7KQ2M9"}, "--party"}}) {
    Bench bench;
    AddForm(*bench.program, *TheSchema().Type("WorkOrder"));
    EXPECT_EQ(bench.Run(arguments), kExitUsage);
    EXPECT_THAT(bench.err.str(), HasSubstr(option));
  }
}

TEST(FormsTest, ImmutableRecordsAreAmended) {
  Bench bench;
  AddForm(*bench.program, *TheSchema().Type("FundEntry"));
  CLI::App* group = FindCommand(bench.program->root(), "fund");
  EXPECT_EQ(FindCommand(group, "edit"), nullptr);
  EXPECT_NE(FindCommand(group, "amend"), nullptr);
}

TEST(PhotosTest, AFileIsNamedByItsFingerprint) {
  const std::string path = testing::TempDir() + "/forms_test_photo.JPG";
  std::ofstream(path) << "abc";
  const absl::StatusOr<Photo> photo = ReadPhoto(path);
  ASSERT_TRUE(photo.ok()) << photo.status();
  EXPECT_EQ(photo->sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(photo->media_type, "image/jpeg");
  EXPECT_EQ(photo->size, 3u);
  EXPECT_EQ(photo->file, "forms_test_photo.JPG");
  const absl::StatusOr<Photo> known = ReadPhoto(photo->sha256);
  ASSERT_TRUE(known.ok());
  EXPECT_EQ(known->file, "");
  EXPECT_EQ(ReadPhoto(path + ".none").status().code(), absl::StatusCode::kNotFound);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace guanhu::cli
