#include "common/cli/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/schema/refs.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/work_order.pb.h"

namespace guanhu::cli {
namespace {

using records::v1::Asset;
using testing::HasSubstr;

class FieldsTest : public testing::Test {
 protected:
  absl::Status Set(google::protobuf::Message& message, absl::string_view name, absl::string_view text) {
    const auto field = FindField(*schema_.TypeOf(message), name);
    if (!field.ok()) return field.status();
    return SetField(**field, text, scope_, lookups_, absl::FixedTimeZone(8 * 3600), message);
  }

  const schema::Schema schema_ = *schema::Schema::Build();
  const base::ScopeId scope_{base::PlaceId{7}, base::Visibility::kInternal};
  const base::RecordId well_{scope_, base::Origin{5}, 3, 1};
  const Lookups lookups_{
      .record = [this](absl::string_view text) -> absl::StatusOr<base::RecordId> {
        if (text == "J-003") return well_;
        return absl::NotFoundError("not here");
      },
      .place = [](absl::string_view) -> absl::StatusOr<base::PlaceId> { return base::PlaceId{9}; },
  };
};

TEST_F(FieldsTest, AFieldIsFoundByNameAndByLabel) {
  Asset asset;
  EXPECT_TRUE(Set(asset, "location_text", "村口").ok());
  EXPECT_TRUE(Set(asset, "名称", "3号机井").ok());
  EXPECT_TRUE(Set(asset, "grade", "B important").ok());
  EXPECT_EQ(asset.location_text(), "村口");
  EXPECT_EQ(asset.name(), "3号机井");
  EXPECT_EQ(asset.grade(), records::v1::GRADE_B);
  EXPECT_THAT(std::string(Set(asset, "depth", "3").message()), HasSubstr("location_text"));
}

TEST_F(FieldsTest, ANameGoesBeforeAnotherFieldsLabel) {
  // "Photos" is the label of photo_count.
  records::v1::Inspection inspection;
  EXPECT_TRUE(Set(inspection, "photos", "abcd").ok());
  EXPECT_EQ(inspection.photos_size(), 1);
  EXPECT_EQ(inspection.photo_count(), 0u);
}

TEST_F(FieldsTest, AnEnumValueHasFourNames) {
  for (const absl::string_view name : {"stopped", "ASSET_STATE_STOPPED", "停用", "Out of use", "6"}) {
    Asset asset;
    EXPECT_TRUE(Set(asset, "state", name).ok()) << name;
    EXPECT_EQ(asset.state(), records::v1::ASSET_STATE_STOPPED) << name;
  }
  Asset asset;
  const absl::Status wrong = Set(asset, "state", "broken");
  EXPECT_EQ(wrong.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(wrong.message()), HasSubstr("stopped 停用"));
  EXPECT_EQ(asset.state(), records::v1::ASSET_STATE_UNSPECIFIED);
}

TEST_F(FieldsTest, AmountsAreExact) {
  const std::pair<const char*, int64_t> amounts[] = {{"120050", 120050}, {"1200.50元", 120050}, {"1200.5元", 120050},
                                                     {"0.07 yuan", 7},   {"-3.20元", -320},     {"-0.05元", -5}};
  for (const auto& [text, fen] : amounts) {
    Asset asset;
    EXPECT_TRUE(Set(asset, "cost_fen", text).ok()) << text;
    EXPECT_EQ(asset.cost_fen(), fen) << text;
  }
  for (const char* text : {"12.50", "1.234元", "一百元", "1.2.3元", "99999999999999999元"}) {
    Asset asset;
    EXPECT_FALSE(Set(asset, "cost_fen", text).ok()) << text;
  }
}

TEST_F(FieldsTest, TimesAreThoseOfTheCounty) {
  records::v1::Inspection inspection;
  EXPECT_TRUE(Set(inspection, "observed_ms", "1970-01-02 08:00").ok());
  EXPECT_EQ(inspection.observed_ms(), 86'400'000);
  EXPECT_TRUE(Set(inspection, "observed_ms", "1970-01-01T00:00:01Z").ok());
  EXPECT_EQ(inspection.observed_ms(), 1000);
  EXPECT_FALSE(Set(inspection, "observed_ms", "yesterday").ok());
}

TEST_F(FieldsTest, APointIsDegrees) {
  Asset asset;
  EXPECT_TRUE(Set(asset, "point", "37.0269001, 111.9167,2.5").ok());
  EXPECT_EQ(asset.point().lat_e7(), 370269001);
  EXPECT_EQ(asset.point().lon_e7(), 1119167000);
  EXPECT_EQ(asset.point().accuracy_dm(), 25u);
  for (const char* text : {"91,0", "0,181", "nan,0", "37", "a,b", "1,2,-3"}) {
    EXPECT_FALSE(Set(asset, "point", text).ok()) << text;
  }
}

TEST_F(FieldsTest, ReferencesAreShortWithinOnePlace) {
  records::v1::WorkOrder order;
  EXPECT_TRUE(Set(order, "asset", "J-003").ok());
  EXPECT_EQ(schema::FromRef(order.asset(), scope_), well_);
  EXPECT_EQ(order.asset().place(), 0u);
  EXPECT_EQ(Set(order, "asset", "Q-1").code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(Set(order, "defects", "J-003, J-003").ok());
  EXPECT_EQ(order.defects_size(), 2);
}

TEST_F(FieldsTest, EmptyTextClearsAndJsonIsTaken) {
  Asset asset;
  EXPECT_TRUE(Set(asset, "households_served", "42").ok());
  EXPECT_TRUE(Set(asset, "households_served", "").ok());
  EXPECT_FALSE(asset.has_households_served());
  EXPECT_FALSE(Set(asset, "households_served", "-1").ok());
  EXPECT_FALSE(Set(asset, "households_served", "4294967296").ok());
  EXPECT_TRUE(Set(asset, "external_ids", R"([{"system":"a","id":"1,2"}])").ok());
  EXPECT_EQ(asset.external_ids(0).id(), "1,2");
  EXPECT_FALSE(Set(asset, "external_ids", "[{").ok());
  EXPECT_TRUE(MergeJson(R"({"code":"J-1"})", asset).ok());
  EXPECT_EQ(asset.code(), "J-1");
  EXPECT_FALSE(MergeJson(R"({"no_such_field":1})", asset).ok());
}

}  // namespace
}  // namespace guanhu::cli
