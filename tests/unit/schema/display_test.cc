#include "common/schema/display.h"

#include "common/schema/refs.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/place.pb.h"
#include "guanhu/records/v1/work_order.pb.h"

namespace guanhu::schema {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace rec = guanhu::records::v1;

const Schema& TheSchema() {
  static const auto& schema = *new Schema(Schema::Build().value());
  return schema;
}

std::string Text(const google::protobuf::Message& m, absl::string_view field, Language language = Language::kChinese) {
  DisplayOptions o;
  o.language = language;
  return ValueText(*TheSchema().TypeOf(m)->Field(field), m, o);
}

TEST(ValueText, MoneyTimePointEnum) {
  rec::Inspection i;
  i.set_cost_fen(-1205);
  i.set_observed_ms(1790000000000);
  i.set_result(rec::INSPECTION_RESULT_BROKEN);
  i.mutable_point()->set_lat_e7(370512340);
  i.mutable_point()->set_lon_e7(-5);
  i.mutable_point()->set_accuracy_dm(43);
  EXPECT_EQ(Text(i, "cost_fen"), "-12.05 元");
  EXPECT_EQ(Text(i, "cost_fen", Language::kEnglish), "CNY -12.05");
  EXPECT_EQ(Text(i, "observed_ms"), "2026-09-21 22:13");
  EXPECT_EQ(Text(i, "result"), "损坏");
  EXPECT_EQ(Text(i, "result", Language::kEnglish), "Broken");
  EXPECT_EQ(Text(i, "point"), "37.0512340, -0.0000005 ±4.3 m");
  EXPECT_EQ(Text(i, "note"), "");
}

TEST(ValueText, UnitsListsIdsAndHashes) {
  rec::Asset a;
  a.set_length_mm(3500);
  a.add_qr_tokens("one");
  a.add_qr_tokens("two");
  a.add_photos(std::string(32, '\x01'));
  a.set_deleted(true);
  EXPECT_EQ(Text(a, "length_mm"), "3500 毫米");
  EXPECT_EQ(Text(a, "qr_tokens"), "one; two");
  EXPECT_EQ(Text(a, "photos"), "0101010101010101");
  EXPECT_EQ(Text(a, "deleted"), "是");
  rec::Place p;
  p.set_parent(1);
  EXPECT_EQ(Text(p, "parent"), "0000000000001");
  p.add_successors()->set_share_bp(2550);
  EXPECT_EQ(Text(p, "successors"), "25.50 %");
}

TEST(ValueText, AReferenceIsTheShortCodeOfItsRecord) {
  const base::RecordId id{{base::PlaceId{5}, base::Visibility::kInternal}, base::Origin{7}, 8, 0};
  DisplayOptions o;
  o.scope = id.scope;
  rec::Inspection i;
  *i.mutable_asset() = ToRef(id, o.scope);
  EXPECT_EQ(ValueText(*TheSchema().Type("Inspection")->Field("asset"), i, o), base::ToText(base::ShortHash(id)));
}

TEST(ValueText, AnEnumValueOfANewerVersion) {
  rec::Inspection i;
  i.set_result(static_cast<rec::InspectionResult>(77));
  EXPECT_EQ(Text(i, "result"), "#77");
  EXPECT_EQ(EnumIcon(*rec::InspectionResult_descriptor(), 77), "question");
  EXPECT_EQ(EnumIcon(*rec::InspectionResult_descriptor(), 1), "tick");
}

TEST(RecordText, OneLineEach) {
  rec::Asset a;
  a.set_code("W-1");
  a.set_name("井");
  EXPECT_EQ(RecordText(*TheSchema().Type("Asset"), a, {}), "设施编号: W-1\n名称: 井\n");
}

TEST(ToJson, NamesAsInTheProto) {
  rec::Asset a;
  a.set_name("井");
  a.set_grade(rec::GRADE_A);
  a.set_cost_fen(5);
  EXPECT_EQ(ToJson(a).value(), R"({"name":"井","grade":"GRADE_A","cost_fen":"5"})");
}

TEST(KeepPublic, DropsPersonalInternalNestedAndUnknown) {
  rec::Inspection i;
  i.set_result(rec::INSPECTION_RESULT_OK);
  i.set_note("王大妈家门口");
  i.set_inspector(77);
  i.GetReflection()->MutableUnknownFields(&i)->AddVarint(900, 1);
  KeepPublic(*TheSchema().Type("Inspection"), i);
  EXPECT_EQ(ToJson(i).value(), R"({"result":"INSPECTION_RESULT_OK"})");
  EXPECT_TRUE(i.GetReflection()->GetUnknownFields(i).empty());
  rec::Asset a;
  a.mutable_point()->set_lat_e7(5);
  a.mutable_point()->GetReflection()->MutableUnknownFields(a.mutable_point())->AddVarint(900, 1);
  KeepPublic(*TheSchema().Type("Asset"), a);
  EXPECT_EQ(a.SerializeAsString(), std::string("\x32\x02\x08\x0a", 4));
}

}  // namespace
}  // namespace guanhu::schema
