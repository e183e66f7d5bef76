#include "server/http/answer.h"

#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "server/http/open311.h"

namespace guanhu::server::http {
namespace {

TEST(Answer, BothFormatsSayTheSame) {
  const Json row{{"service_code", "a<b>&\"c\""}, {"metadata", true}, {"lat", 37.5}, {"none", nullptr}};
  const Json body = Json::array({row});
  EXPECT_EQ(Answer(Format::kJson, body, {"services", "service"}).body,
            "[{\"service_code\":\"a<b>&\\\"c\\\"\",\"metadata\":true,\"lat\":37.5,\"none\":null}]");
  const Response xml = Answer(Format::kXml, body, {"services", "service"});
  EXPECT_EQ(xml.type, "text/xml; charset=utf-8");
  EXPECT_EQ(xml.body,
            "<?xml version=\"1.0\"?><services><service><service_code>a&lt;b&gt;&amp;\"c\"</service_code>"
            "<metadata>true</metadata><lat>37.5</lat><none/></service></services>");
}

TEST(Answer, ListsInObjectsHaveTheirOwnNames) {
  const Json body{{"service_code", "x"}, {"attributes", Json::array({{{"code", "asset"}}})}};
  EXPECT_EQ(Answer(Format::kXml, body, {"service_definition", "service_definition"}).body,
            "<?xml version=\"1.0\"?><service_definition><service_code>x</service_code><attributes><attribute>"
            "<code>asset</code></attribute></attributes></service_definition>");
}

TEST(Answer, TextThatNeitherFormatCanHoldIsMadeFit) {
  const std::string text = "a\x01\x02水\xff";
  EXPECT_NE(Answer(Format::kJson, Json::array({text}), {"r", "i"}).body.find("水"), std::string::npos);
  const std::string xml = Answer(Format::kXml, Json::array({"a\x01\x02水"}), {"r", "i"}).body;
  EXPECT_EQ(xml, "<?xml version=\"1.0\"?><r><i>a水</i></r>");
}

TEST(Error, HasTheFormOfTheSpecification) {
  EXPECT_EQ(Error(Format::kJson, 404, "gone").body, "[{\"code\":404,\"description\":\"gone\"}]");
  EXPECT_EQ(Error(Format::kXml, 404, "gone").body,
            "<?xml version=\"1.0\"?><errors><error><code>404</code><description>gone</description></error></errors>");
}

TEST(Error, WhatIsWrongInsideStaysInside) {
  const Response inner = Error(Format::kJson, absl::InternalError("secret path"));
  EXPECT_EQ(inner.status, 503);
  EXPECT_EQ(inner.body.find("secret"), std::string::npos);
  EXPECT_EQ(Error(Format::kJson, absl::DataLossError("secret")).status, 503);
  // Control: what the client did wrong is told.
  EXPECT_NE(Error(Format::kJson, absl::InvalidArgumentError("lat")).body.find("lat"), std::string::npos);
}

TEST(DegreesE7, ReadsPositionsOnly) {
  EXPECT_EQ(*DegreesE7("37.0272001"), 370272001);
  EXPECT_EQ(*DegreesE7("-0.00000005"), -1);
  EXPECT_EQ(*DegreesE7("180"), 1800000000);
  for (const char* text : {"", "nan", "inf", "1e300", "37,0", "37N", "361"}) EXPECT_FALSE(DegreesE7(text).ok()) << text;
}

TEST(SpanOf, IsNinetyDaysUnlessTold) {
  const absl::Time now = absl::FromUnixSeconds(1'790'000'000);
  const int64_t day = 24 * 3600 * 1000;
  const Span open = SpanOf("", "", now).value();
  EXPECT_EQ(open.from_ms, absl::ToUnixMillis(now) - 90 * day);
  EXPECT_GE(open.to_ms, absl::ToUnixMillis(now));
  const Span from = SpanOf("2026-01-01T00:00:00Z", "", now).value();
  EXPECT_EQ(from.to_ms - from.from_ms, 90 * day);
  const Span to = SpanOf("", "2026-01-01T08:00:00+08:00", now).value();
  EXPECT_EQ(to.to_ms, from.from_ms);
  EXPECT_EQ(to.to_ms - to.from_ms, 90 * day);
  EXPECT_TRUE(SpanOf("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z", now).ok());   // 90 days
  EXPECT_FALSE(SpanOf("2026-01-01T00:00:00Z", "2026-04-01T00:00:01Z", now).ok());  // and a second
  EXPECT_FALSE(SpanOf("2026-04-01T00:00:00Z", "2026-01-01T00:00:00Z", now).ok());
  EXPECT_FALSE(SpanOf("2026-01-01", "", now).ok());
}

}  // namespace
}  // namespace guanhu::server::http
