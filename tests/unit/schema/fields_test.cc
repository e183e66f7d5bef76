#include "common/schema/fields.h"

#include "common/base/bytes.h"
#include "common/schema/refs.h"
#include "common/schema/wire.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/inspection.pb.h"

namespace guanhu::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
namespace rec = guanhu::records::v1;

const Schema& TheSchema() {
  static const auto& schema = *new Schema(Schema::Build().value());
  return schema;
}

std::vector<uint32_t> Numbers(const std::vector<model::Field>& fields) {
  std::vector<uint32_t> out;
  for (const auto& f : fields) out.push_back(f.number);
  return out;
}

rec::Asset Sample() {
  rec::Asset a;
  a.set_code("W-0001");
  a.set_name("三组水井");
  a.add_qr_tokens("one");
  a.add_qr_tokens("two");
  a.set_quantity(12);
  a.set_quantity_decimals(0);
  a.set_quantity_unit("盏");
  a.mutable_point()->set_lat_e7(370000000);
  a.GetReflection()->MutableUnknownFields(&a)->AddVarint(2001, 7);
  return a;
}

TEST(FieldsOf, AscendingAndWithUnknownFields) {
  const std::vector<model::Field> fields = FieldsOf(Sample());
  EXPECT_THAT(Numbers(fields), ElementsAre(1, 3, 6, 12, 20, 21, 22, 2001));
  EXPECT_EQ(fields[0].raw, "\x0a\x06W-0001");
  EXPECT_EQ(fields[3].raw, "\x62\x03one\x62\x03two");
}

TEST(ParseRecord, IsTheOpposite) {
  const auto parsed = ParseRecord(TheSchema(), 11, FieldsOf(Sample()));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(**parsed, Sample()));
  EXPECT_EQ((*parsed)->GetReflection()->GetUnknownFields(**parsed).field_count(), 1);
}

TEST(ParseRecord, Errors) {
  EXPECT_EQ(ParseRecord(TheSchema(), 9999, {}).status().code(), absl::StatusCode::kNotFound);
  const std::vector<model::Field> bad = {{3, "\x1a\x05xx"}};
  EXPECT_EQ(ParseRecord(TheSchema(), 11, bad).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Diff, NothingForEqualMessages) { EXPECT_TRUE(Diff(*TheSchema().Type(11), Sample(), Sample()).empty()); }

TEST(Diff, SetAndCleared) {
  rec::Asset now = Sample();
  now.set_name("四组水井");
  now.clear_code();
  now.set_location_text("村口");
  const FieldChanges d = Diff(*TheSchema().Type(11), Sample(), now);
  EXPECT_THAT(Numbers(d.set), ElementsAre(3, 28));
  EXPECT_THAT(d.cleared, ElementsAre(1));
}

TEST(Diff, AGroupIsWrittenAsAWhole) {
  rec::Asset now = Sample();
  now.set_quantity(13);
  now.clear_quantity_unit();
  const FieldChanges d = Diff(*TheSchema().Type(11), Sample(), now);
  EXPECT_THAT(Numbers(d.set), ElementsAre(20, 21));
  EXPECT_THAT(d.cleared, ElementsAre(22));
}

TEST(Diff, NeverClearsWhatTheSchemaDoesNotKnow) {
  rec::Asset now = Sample();
  now.GetReflection()->MutableUnknownFields(&now)->Clear();
  EXPECT_TRUE(Diff(*TheSchema().Type(11), Sample(), now).empty());
  now.GetReflection()->MutableUnknownFields(&now)->AddVarint(2001, 8);
  EXPECT_THAT(Numbers(Diff(*TheSchema().Type(11), Sample(), now).set), ElementsAre(2001));
}

TEST(Diff, ZeroDiffersFromAbsentWherePresenceMatters) {
  rec::Inspection none, zero;
  zero.set_score(0);
  EXPECT_THAT(Numbers(Diff(*TheSchema().Type(14), none, zero).set), ElementsAre(7));
  EXPECT_THAT(Diff(*TheSchema().Type(14), zero, none).cleared, ElementsAre(7));
}

TEST(SplitFields, RefusesGarbageAndKeepsGroups) {
  for (const std::string& bad : {std::string("\x1a\x05xx"), std::string("\x00", 1), std::string("\xff"),
                                 std::string("\x0f"), std::string("\x0c")}) {
    EXPECT_FALSE(SplitFields(bad).ok()) << base::ToHex(bad);
  }
  const std::string group = "\x0b\x10\x01\x0c";  // field 1 as a group that holds field 2
  const auto fields = SplitFields(group + "\x10\x05");
  ASSERT_TRUE(fields.ok());
  ASSERT_THAT(Numbers(*fields), ElementsAre(1, 2));
  EXPECT_EQ((*fields)[0].raw, group);
}

TEST(SplitFields, GathersInterleavedOccurrences) {
  const auto fields = SplitFields("\x62\x01x\x10\x05\x62\x01y");
  ASSERT_TRUE(fields.ok());
  ASSERT_THAT(Numbers(*fields), ElementsAre(2, 12));
  EXPECT_EQ((*fields)[1].raw, "\x62\x01x\x62\x01y");
}

TEST(Refs, PlaceOnlyWhereItDiffers) {
  const base::ScopeId here{base::PlaceId{5}, base::Visibility::kInternal};
  const base::ScopeId there{base::PlaceId{6}, base::Visibility::kPublished};
  const base::RecordId near{here, base::Origin{7}, 8, 9}, far{there, base::Origin{7}, 8, 9};
  EXPECT_EQ(ToRef(near, here).place(), 0u);
  EXPECT_EQ(FromRef(ToRef(near, here), here), near);
  EXPECT_EQ(FromRef(ToRef(far, here), here), far);
  const base::RecordId other_side{{here.place, base::Visibility::kPublished}, base::Origin{7}, 8, 9};
  EXPECT_EQ(FromRef(ToRef(other_side, here), here), other_side);
}

// What a routine inspection of workload W weighs; a change that adds bytes to every record must be seen.
TEST(Inspection, IsCompact) {
  rec::Inspection i;
  i.set_asset_code("W-0012");
  i.set_category(rec::FACILITY_CLASS_WATER);
  i.set_result(rec::INSPECTION_RESULT_OK);
  i.set_observed_ms(1790000000000);
  i.mutable_point()->set_lat_e7(370512340);
  i.mutable_point()->set_lon_e7(1117543210);
  i.set_score(87);
  i.set_reading_milli(731);
  i.set_photo_count(2);
  i.set_weather(rec::WEATHER_CLEAR);
  EXPECT_LE(i.ByteSizeLong(), 45u);
  std::string joined;
  for (const model::Field& f : FieldsOf(i)) joined += f.raw;
  EXPECT_EQ(joined, i.SerializeAsString());
}

}  // namespace
}  // namespace guanhu::schema
