#include "tests/unit/codec/workload.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"

namespace guanhu::codec {
namespace {

constexpr uint32_t kStatusEnum[] = {1, 1, 1, 1, 2, 2, 3, 4, 5, 6};
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

void AddVarint(model::Edit& e, uint32_t number, uint64_t v) {
  if (v == 0) return;
  model::Field f{number, {}};
  base::PutVarint(f.raw, uint64_t{number} << 3);
  base::PutVarint(f.raw, v);
  e.set.push_back(std::move(f));
}

void AddBytes(model::Edit& e, uint32_t number, absl::string_view v) {
  if (v.empty()) return;
  model::Field f{number, {}};
  base::PutVarint(f.raw, uint64_t{number} << 3 | 2);
  base::PutString(f.raw, v);
  e.set.push_back(std::move(f));
}

uint64_t Micro(double v) { return base::ZigZag(static_cast<int64_t>(std::llround(v * 1e6))); }

uint64_t Mix(uint64_t v) {
  v = (v ^ v >> 31) * 0xBF58476D1CE4E5B9u;
  v = (v ^ v >> 27) * 0x94D049BB133111EBu;
  return v ^ v >> 29;
}

// An asset of the village: made by the township long ago.
std::string AssetReference(uint32_t village, uint32_t asset) {
  std::string m;
  m.push_back(9);
  for (int i = 0; i < 8; ++i) m.push_back(static_cast<char>(Mix(village + 1000) >> (8 * i)));
  m.push_back(16);
  base::PutVarint(m, 2 + asset * 3 + Mix(asset) % 3);
  return m;
}

model::Change Inspection(PythonRandom& r, uint32_t village, uint32_t k, const Village& v) {
  const int64_t t = 1790000000 + int64_t{k} * 37 + r.Below(30);
  const uint32_t category = r.Below(8);
  const uint32_t ms = r.Below(1000);
  for (int i = 0; i < 16; ++i) r.Next();  // the peers' random ids
  model::Edit e;
  e.id = {v.journal.scope, v.journal.origin, v.changes.size() + 1, 0};
  e.type = 30;
  e.full_context = true;
  AddBytes(e, 1, AssetReference(village, r.Below(60)));
  AddVarint(e, 2, category + 1);
  AddVarint(e, 3, kStatusEnum[r.Below(10)]);
  model::Change c;
  c.person.value = Mix(village * 2 + r.Below(2) + 1);
  AddVarint(e, 4, static_cast<uint64_t>(t));
  c.stamp = {(t + r.Below(600)) * 1000 + ms, model::ClockQuality::kSynced};
  AddVarint(e, 5, Micro(Rounded(r, 36.95, 37.15, 1e6)));
  const double east = (village % 10) * 0.01;
  AddVarint(e, 6, Micro(Rounded(r, 111.75 + east, 111.76 + east, 1e6)));
  AddVarint(e, 7, r.Below(101));
  AddVarint(e, 8, static_cast<uint64_t>(std::llround(Rounded(r, 0, 1.2, 1e3) * 1000)));
  AddVarint(e, 9, r.Below(3) == 0 ? r.Below(50000) : 0);
  AddVarint(e, 10, r.Below(4));
  AddBytes(e, 11, Pick(r, kWeather));
  AddBytes(e, 12, Note(r));
  c.edits.push_back(std::move(e));
  return c;
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

std::vector<Village> MakeVillages(uint32_t records, uint32_t seed) {
  PythonRandom r(seed);
  std::vector<Village> villages(50);
  for (uint32_t i = 0; i < villages.size(); ++i) {
    villages[i].journal = {{base::PlaceId{Mix(i + 500)}, base::Visibility::kInternal}, base::Origin{Mix(i + 700)}};
  }
  for (uint32_t k = 0; k < records; ++k) {
    Village& v = villages[k % 50];
    v.changes.push_back(Inspection(r, k % 50, k, v));
  }
  return villages;
}

std::vector<model::EntryBatch> MakeBatches(const base::JournalId& journal, const std::vector<model::Change>& changes,
                                           size_t frame, uint64_t first_seq) {
  std::vector<model::EntryBatch> batches;
  for (size_t i = 0; i < changes.size(); ++i) {
    if (i % frame == 0) {
      batches.emplace_back();
      batches.back().journal = journal;
      batches.back().first_seq = first_seq + i;
    }
    batches.back().entries.push_back(model::Encode(model::Entry(changes[i]), journal, first_seq + i));
  }
  for (model::EntryBatch& b : batches) {
    std::string signature;
    for (int i = 0; i < 8; ++i)
      base::PutFixed64(signature, Mix(b.last_seq() * 8 + static_cast<uint64_t>(i) + journal.origin.value));
    b.heads.push_back({{b.last_seq(), {}}, signature});
  }
  return batches;
}

std::vector<model::Change> MakeStatusEdits(const base::JournalId& village, uint32_t count, uint32_t seq_max,
                                           bool together, bool ascending) {
  PythonRandom r(7);
  std::vector<uint64_t> seqs;
  while (seqs.size() < count) {
    const uint64_t s = 1 + r.Below(seq_max);
    if (std::find(seqs.begin(), seqs.end(), s) == seqs.end()) seqs.push_back(s);
  }
  if (ascending) std::sort(seqs.begin(), seqs.end());
  std::vector<model::Change> changes;
  int64_t wall = 1790400000000;
  for (uint64_t s : seqs) {
    wall += 1000 + r.Below(9000);
    if (changes.empty() || !together)
      changes.push_back({{wall, model::ClockQuality::kSynced}, base::PersonId{Mix(9)}, {}, {}});
    model::Edit e;
    e.id = {village.scope, village.origin, s, 0};
    e.type = 30;
    e.full_context = true;
    e.context.push_back({village.origin, s, static_cast<uint32_t>(Mix(s))});
    AddVarint(e, 3, kStatusEnum[r.Below(10)]);
    changes.back().edits.push_back(std::move(e));
  }
  return changes;
}

}  // namespace guanhu::codec
