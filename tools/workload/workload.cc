#include "tools/workload/workload.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace guanhu::workload {
namespace {

constexpr uint32_t kStatus[] = {0, 0, 0, 0, 1, 1, 2, 3, 4, 5};
const char* const kStatusNames[] = {"ok", "minor", "major", "broken", "repaired", "unreachable"};
const char* const kCategoryNames[] = {"water", "road", "power", "gas", "telecom", "heat", "sanitation", "public"};
const char* const kWeather[] = {"晴", "多云", "阴", "小雨", "中雨", "雪", "大风"};
const char* const kWhere[] = {"村口",         "村委会门前", "东街",         "西巷",       "小学北侧",
                              "老井旁",       "泵房",       "卫生室后",     "文化广场",   "河堤二段",
                              "三组入户支管", "变压器台区", "养老院院内",   "南坡拐弯处", "垃圾收集点",
                              "蓄水池",       "桥头",       "主管道阀门井", "第五根电杆", "路灯控制箱"};
const char* const kWhat[] = {"阀门渗水",           "井盖松动",
                             "路面有坑约三十厘米", "灯不亮",
                             "管道接头锈蚀",       "水压偏低",
                             "电表箱门损坏",       "护栏缺两节",
                             "标识牌被风刮倒",     "排水沟淤积",
                             "运行正常",           "无异常",
                             "水质清澈",           "有异响",
                             "墙体裂缝加宽",       "线缆下垂",
                             "垃圾未及时清运",     "消防栓无水",
                             "氯片已用完",         "水泵启动困难",
                             "围栏被车撞弯",       "有村民反映夜间停水",
                             "光纤箱被打开",       "边坡有少量落石"};
const char* const kDone[] = {"已临时处理",     "需更换配件",   "已上报乡镇",       "等待专业队伍", "已拍照",
                             "建议本周内维修", "已设置警示带", "与上月相比无变化", "下次复查",     "已通知管护员老王",
                             "费用约需两百元", "涉及十二户",   "已联系供电所",     "暂不影响使用", "请市里安排资金"};
const char* const kStops[] = {"，", "。", "；"};

template <size_t N>
const char* Pick(PythonRandom& r, const char* const (&xs)[N]) {
  return xs[r.Below(N)];
}

// The first `characters` characters of UTF-8 text.
std::string Cut(const std::string& s, size_t characters) {
  size_t at = 0;
  for (; at < s.size(); ++at) {
    if ((static_cast<uint8_t>(s[at]) & 0xC0) != 0x80 && characters-- == 0) break;
  }
  return s.substr(0, at);
}

size_t Characters(const std::string& s) {
  return static_cast<size_t>(
      std::count_if(s.begin(), s.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

std::string Note(PythonRandom& r) {
  if (r.Below(4) == 0) return "";
  const size_t want = r.Below(81);
  std::string s;
  while (Characters(s) < want) {
    s += Pick(r, kWhere);
    s += Pick(r, kWhat);
    if (r.Below(2) != 0) absl::StrAppend(&s, "，", Pick(r, kDone));
    s += Pick(r, kStops);
    if (r.Below(5) == 0) {
      const uint32_t month = 1 + r.Below(12);
      absl::StrAppend(&s, month, "月", 1 + r.Below(28), "日");
    }
  }
  return Cut(s, want);
}

double Rounded(PythonRandom& r, double low, double high, double scale) {
  return std::round((low + (high - low) * r.Next()) * scale) / scale;
}

Row MakeRow(PythonRandom& r, uint32_t village, uint32_t k) {
  Row row;
  row.village = village;
  row.observed_s = 1790000000 + int64_t{k} * 37 + r.Below(30);
  row.category = r.Below(8);
  const uint32_t ms = r.Below(1000);
  for (int i = 0; i < 16; ++i) r.Next();  // the peers' random ids
  row.asset = r.Below(60);
  row.status = kStatus[r.Below(10)];
  row.inspector = r.Below(2);
  row.created_ms = (row.observed_s + r.Below(600)) * 1000 + ms;
  row.lat = Rounded(r, 36.95, 37.15, 1e6);
  const double east = (village % 10) * 0.01;
  row.lon = Rounded(r, 111.75 + east, 111.76 + east, 1e6);
  row.score = r.Below(101);
  row.reading_milli = static_cast<uint32_t>(std::llround(Rounded(r, 0, 1.2, 1e3) * 1000));
  row.cost_fen = r.Below(3) == 0 ? r.Below(50000) : 0;
  row.photos = r.Below(4);
  row.weather = r.Below(7);
  row.note = Note(r);
  return row;
}

template <size_t N>
uint32_t IndexOf(const char* const (&names)[N], const std::string& name) {
  for (uint32_t i = 0; i < N; ++i) {
    if (name == names[i]) return i;
  }
  return 0;
}

int64_t Seconds(const std::string& iso) {
  absl::Time t;
  std::string error;
  return absl::ParseTime(absl::RFC3339_full, iso, &t, &error) ? absl::ToUnixSeconds(t) : 0;
}

}  // namespace

PythonRandom::PythonRandom(uint32_t seed) {
  mt_[0] = 19650218;
  for (uint32_t i = 1; i < 624; ++i) mt_[i] = 1812433253u * (mt_[i - 1] ^ mt_[i - 1] >> 30) + i;
  uint32_t i = 1;
  for (int k = 0; k < 624; ++k) {
    mt_[i] = (mt_[i] ^ (mt_[i - 1] ^ mt_[i - 1] >> 30) * 1664525u) + seed;
    if (++i == 624) mt_[0] = mt_[623], i = 1;
  }
  for (int k = 0; k < 623; ++k) {
    mt_[i] = (mt_[i] ^ (mt_[i - 1] ^ mt_[i - 1] >> 30) * 1566083941u) - i;
    if (++i == 624) mt_[0] = mt_[623], i = 1;
  }
  mt_[0] = 0x80000000u;
}

uint32_t PythonRandom::Word() {
  if (at_ == 624) {
    for (int i = 0; i < 624; ++i) {
      const uint32_t y = (mt_[i] & 0x80000000u) | (mt_[(i + 1) % 624] & 0x7FFFFFFFu);
      mt_[i] = mt_[(i + 397) % 624] ^ y >> 1 ^ (y & 1 ? 0x9908B0DFu : 0);
    }
    at_ = 0;
  }
  uint32_t y = mt_[at_++];
  y ^= y >> 11;
  y ^= y << 7 & 0x9D2C5680u;
  y ^= y << 15 & 0xEFC60000u;
  return y ^ y >> 18;
}

double PythonRandom::Next() {
  const uint32_t a = Word() >> 5, b = Word() >> 6;
  return (a * 67108864.0 + b) / 9007199254740992.0;
}

const char* WeatherText(uint32_t weather) { return kWeather[weather % 7]; }

std::vector<Row> MakeRows(uint32_t records, uint32_t seed) {
  PythonRandom r(seed);
  std::vector<Row> rows;
  for (uint32_t k = 0; k < records; ++k) rows.push_back(MakeRow(r, k % kVillages, k));
  return rows;
}

std::vector<Row> ReadRows(const std::string& path) {
  std::vector<Row> rows;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const nlohmann::json j = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (j.is_discarded()) continue;
    Row row;
    row.village = static_cast<uint32_t>(rows.size() % kVillages);
    row.observed_s = Seconds(j.value("observed_at", ""));
    row.created_ms = Seconds(j.value("created_at", "")) * 1000;
    row.category = IndexOf(kCategoryNames, j.value("category", ""));
    row.status = IndexOf(kStatusNames, j.value("status", ""));
    row.weather = IndexOf(kWeather, j.value("weather", ""));
    row.lat = j.value("lat", 0.0);
    row.lon = j.value("lon", 0.0);
    row.score = j.value("score", 0u);
    row.reading_milli = static_cast<uint32_t>(std::llround(j.value("reading", 0.0) * 1000));
    row.cost_fen = j.value("cost_fen", 0u);
    row.photos = j.value("photos", 0u);
    row.note = j.value("note", "");
    const std::string asset = j.value("asset", ""), inspector = j.value("inspector", "");
    if (asset.size() > 4) row.asset = static_cast<uint32_t>(std::stoul(asset.substr(asset.size() - 4)));
    if (!inspector.empty()) row.inspector = static_cast<uint32_t>(inspector.back() - '0');
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace guanhu::workload
