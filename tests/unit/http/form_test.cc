#include "server/http/form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace guanhu::server::http {
namespace {

using ::testing::ElementsAre;

TEST(PercentDecoded, ReadsWhatFormsAndPathsHold) {
  EXPECT_EQ(*PercentDecoded("%E6%B0%B4+a%2Bb", true), "水 a+b");
  EXPECT_EQ(*PercentDecoded("%e6%b0%b4+a", false), "水+a");
  EXPECT_EQ(*PercentDecoded("", true), "");
  EXPECT_EQ(*PercentDecoded("100%25", true), "100%");
}

TEST(PercentDecoded, RefusesWhatIsBroken) {
  for (const char* text : {"%", "%1", "%zz", "a%4", "%-1", "% 1", "%00", "%ff", "%c0%80", "%ed%a0%80", "%E6%B0"})
    EXPECT_EQ(PercentDecoded(text, true).status().code(), absl::StatusCode::kInvalidArgument) << text;
  // Control: the shortest legal neighbours pass.
  for (const char* text : {"%41", "%01", "%7F", "%E6%B0%B4"}) EXPECT_TRUE(PercentDecoded(text, true).ok()) << text;
}

TEST(Form, TheFirstValueCountsAndNamesAreDecoded) {
  const auto form = Form::Parse("a=1&attribute%5Basset%5D=+x+&a=2&empty=&flag&&=v");
  ASSERT_TRUE(form.ok()) << form.status();
  EXPECT_EQ(form->Get("a"), "1");
  EXPECT_EQ(form->Get("attribute[asset]"), "x");
  EXPECT_EQ(form->Get("empty"), "");
  EXPECT_EQ(form->Get("flag"), "");
  EXPECT_EQ(form->Get("none"), "");
  EXPECT_EQ(form->Get(""), "v");
}

TEST(Form, ListsAreCutAtCommas) {
  const auto form = Form::Parse("status=open,%20closed,,&none=");
  ASSERT_TRUE(form.ok());
  EXPECT_THAT(form->List("status"), ElementsAre("open", "closed"));
  EXPECT_THAT(form->List("none"), ElementsAre());
}

TEST(Form, TheBodyStandsBeforeTheQuery) {
  auto body = Form::Parse("a=body");
  ASSERT_TRUE(body.ok());
  body->Append(*Form::Parse("a=query&b=query"));
  EXPECT_EQ(body->Get("a"), "body");
  EXPECT_EQ(body->Get("b"), "query");
}

TEST(Form, HasALimit) {
  std::string text;
  for (size_t i = 0; i < kFormFieldsMax; ++i) absl::StrAppend(&text, "&f", i, "=", i);
  EXPECT_TRUE(Form::Parse(text).ok());
  EXPECT_EQ(Form::Parse(text + "&more=1").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PathParts, AreCutBeforeTheyAreDecoded) {
  EXPECT_THAT(*PathParts("//a/b%2Fc/"), ElementsAre("a", "b/c"));
  EXPECT_THAT(*PathParts("/"), ElementsAre());
  EXPECT_FALSE(PathParts("/a/%").ok());
}

}  // namespace
}  // namespace guanhu::server::http
