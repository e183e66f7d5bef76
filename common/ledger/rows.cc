#include "common/ledger/rows.h"

#include <algorithm>

#include "absl/time/civil_time.h"
#include "common/base/bytes.h"

namespace guanhu::ledger {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kZoneMs = 8 * 3'600'000;
constexpr uint8_t kStateHandedOver = 9;  // ASSET_STATE_HANDED_OVER, ASSET_STATE_MERGED
constexpr uint8_t kStateMerged = 10;

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a ^ b) < 0 ? 1 : 0); }

void PutId(std::string& out, const base::RecordId& id) {
  out.push_back(id ? 1 : 0);
  if (!id) return;
  base::PutFixed64(out, id.scope.place.value);
  out.push_back(static_cast<char>(id.scope.visibility));
  base::PutFixed64(out, id.origin.value);
  base::PutVarint(out, id.seq);
  base::PutVarint(out, id.index);
}

base::RecordId GetId(base::Reader& in) {
  base::RecordId id;
  if (in.Byte() == 0) return id;
  id.scope.place.value = in.Fixed64();
  id.scope.visibility = static_cast<base::Visibility>(in.Byte());
  id.origin.value = in.Fixed64();
  id.seq = in.Varint();
  id.index = static_cast<uint32_t>(in.Varint());
  return id;
}

void PutSigned(std::string& out, int64_t v) { base::PutVarint(out, base::ZigZag(v)); }
int64_t GetSigned(base::Reader& in) { return base::UnZigZag(in.Varint()); }

absl::Status Finish(const base::Reader& in, absl::string_view what) {
  if (in.ok()) return absl::OkStatus();
  return absl::DataLossError(std::string(what) + " row of the ledgers is damaged: run `guanhuctl views rebuild`");
}

// The part of a record id that keys hold, in the order of scopes.
void PutKeyId(std::string& out, const base::RecordId& id) {
  base::PutFixed64(out, id.scope.place.value);
  out.push_back(static_cast<char>(id.scope.visibility));
  base::PutFixed64(out, id.origin.value);
  base::PutFixed64(out, id.seq);
  base::PutFixed32(out, id.index);
}

base::RecordId GetKeyId(base::Reader& in) {
  base::RecordId id;
  id.scope.place.value = in.Fixed64();
  id.scope.visibility = static_cast<base::Visibility>(in.Byte());
  id.origin.value = in.Fixed64();
  id.seq = in.Fixed64();
  id.index = in.Fixed32();
  return id;
}

}  // namespace

int MonthOf(int64_t unix_ms) {
  const absl::CivilDay day = absl::CivilDay(1970, 1, 1) + FloorDiv(unix_ms + kZoneMs, kDayMs);
  return static_cast<int>(absl::CivilMonth(day) - absl::CivilMonth(1970, 1));
}

int64_t MonthStartMs(int month) {
  const absl::CivilDay day(absl::CivilMonth(1970, 1) + month);
  return (day - absl::CivilDay(1970, 1, 1)) * kDayMs - kZoneMs;
}

bool AssetRow::Counts() const { return exists && !deleted && state != kStateHandedOver && state != kStateMerged; }

std::string Encode(const AssetRow& row) {
  std::string out;
  PutId(out, row.id);
  PutId(out, row.type);
  for (uint8_t b :
       {row.facility_class, row.grade, row.state, row.condition, row.operating_kind, row.programme, row.clear})
    out.push_back(static_cast<char>(b));
  out.push_back(static_cast<char>((row.exists ? 1 : 0) | (row.deleted ? 2 : 0) | (row.has_point ? 4 : 0)));
  PutSigned(out, row.lat_e7);
  PutSigned(out, row.lon_e7);
  PutSigned(out, row.cost_fen);
  PutSigned(out, row.last_inspected_ms);
  base::PutFixed64(out, row.last_inspection);
  base::PutVarint(out, row.months.size());
  for (const MonthCount& m : row.months) {
    for (uint16_t v : {m.month, m.inspections, m.bad, m.unreachable}) base::PutVarint(out, v);
    PutSigned(out, m.cost_fen);
  }
  return out;
}

absl::Status Decode(absl::string_view bytes, AssetRow& row) {
  base::Reader in(bytes);
  row.id = GetId(in);
  row.type = GetId(in);
  for (uint8_t* b :
       {&row.facility_class, &row.grade, &row.state, &row.condition, &row.operating_kind, &row.programme, &row.clear})
    *b = in.Byte();
  const uint8_t flags = in.Byte();
  row.exists = (flags & 1) != 0;
  row.deleted = (flags & 2) != 0;
  row.has_point = (flags & 4) != 0;
  row.lat_e7 = static_cast<int32_t>(GetSigned(in));
  row.lon_e7 = static_cast<int32_t>(GetSigned(in));
  row.cost_fen = GetSigned(in);
  row.last_inspected_ms = GetSigned(in);
  row.last_inspection = in.Fixed64();
  const uint64_t months = in.Varint();
  for (uint64_t i = 0; i < months && in.ok(); ++i) {
    MonthCount m;
    for (uint16_t* v : {&m.month, &m.inspections, &m.bad, &m.unreachable}) *v = static_cast<uint16_t>(in.Varint());
    m.cost_fen = GetSigned(in);
    row.months.push_back(m);
  }
  return Finish(in, "an asset's");
}

std::string Encode(const CaseRow& row) {
  std::string out;
  base::PutVarint(out, row.type);
  PutId(out, row.id);
  PutId(out, row.about);
  base::PutVarint(out, row.about_type);
  PutSigned(out, row.state);
  out.push_back(static_cast<char>(row.severity));
  out.push_back(static_cast<char>((row.deleted ? 1 : 0) | (row.contested ? 2 : 0)));
  for (uint32_t v : {row.refused, row.returns, row.score_sum, row.score_count}) base::PutVarint(out, v);
  for (int64_t v : {row.born_ms, row.since_ms, row.due_ms, row.done_ms, row.paused_ms, row.amount_fen})
    PutSigned(out, v);
  return out;
}

absl::Status Decode(absl::string_view bytes, CaseRow& row) {
  base::Reader in(bytes);
  row.type = static_cast<uint32_t>(in.Varint());
  row.id = GetId(in);
  row.about = GetId(in);
  row.about_type = static_cast<uint32_t>(in.Varint());
  row.state = static_cast<int32_t>(GetSigned(in));
  row.severity = in.Byte();
  const uint8_t flags = in.Byte();
  row.deleted = (flags & 1) != 0;
  row.contested = (flags & 2) != 0;
  for (uint32_t* v : {&row.refused, &row.returns, &row.score_sum, &row.score_count})
    *v = static_cast<uint32_t>(in.Varint());
  for (int64_t* v : {&row.born_ms, &row.since_ms, &row.due_ms, &row.done_ms, &row.paused_ms, &row.amount_fen})
    *v = GetSigned(in);
  return Finish(in, "a case's");
}

std::string Encode(const TypeRow& row) {
  std::string out;
  PutId(out, row.id);
  out.push_back(static_cast<char>(row.facility_class));
  out.push_back(static_cast<char>(row.operating_kind));
  PutId(out, row.department);
  base::PutVarint(out, row.interval_days);
  return out;
}

absl::Status Decode(absl::string_view bytes, TypeRow& row) {
  base::Reader in(bytes);
  row.id = GetId(in);
  row.facility_class = in.Byte();
  row.operating_kind = in.Byte();
  row.department = GetId(in);
  row.interval_days = static_cast<uint32_t>(in.Varint());
  return Finish(in, "a facility type's");
}

std::string KeyOf(View kind, const base::RecordId& id) {
  std::string key(1, static_cast<char>(kind));
  key.reserve(34);
  PutKeyId(key, id);
  return key;
}

std::string KeyOf(View kind, uint64_t value) {
  std::string key(1, static_cast<char>(kind));
  base::PutFixed64(key, value);
  return key;
}

std::string LinkPrefix(uint64_t target, uint32_t source_type) {
  std::string key = KeyOf(View::kLink, target);
  base::PutFixed32(key, source_type);
  return key;
}

std::string LinkKey(uint64_t target, uint32_t source_type, const base::RecordId& source) {
  std::string key;
  key.reserve(42);
  key = LinkPrefix(target, source_type);
  PutKeyId(key, source);
  return key;
}

LinkSource SourceOf(absl::string_view link_key) {
  base::Reader in(link_key.substr(9));
  LinkSource out;
  out.type = in.Fixed32();
  out.id = GetKeyId(in);
  return out;
}

}  // namespace guanhu::ledger
