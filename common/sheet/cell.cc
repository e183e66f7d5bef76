#include "common/sheet/cell.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace guanhu::sheet {
namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kDayMs = 24 * 60 * kMinuteMs;
constexpr int64_t kZoneMs = 8 * 60 * kMinuteMs;

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

Cell Number(Cell::Kind kind, int64_t value) {
  Cell c;
  c.kind = kind;
  c.value = value;
  return c;
}

}  // namespace

Cell Cell::Text(std::string text) {
  Cell c;
  c.kind = Kind::kText;
  c.text = std::move(text);
  return c;
}
Cell Cell::Integer(int64_t value) { return Number(Kind::kInteger, value); }
Cell Cell::Decimal(int64_t value, uint8_t decimals) {
  Cell c = Number(Kind::kDecimal, value);
  c.decimals = std::min<uint8_t>(decimals, 18);
  return c;
}
Cell Cell::Money(int64_t fen) { return Number(Kind::kMoney, fen); }
Cell Cell::Date(int64_t ms) { return Number(Kind::kDate, ms); }
Cell Cell::Time(int64_t ms) { return Number(Kind::kTime, ms); }
Cell Cell::Point(geo::Wgs point) {
  Cell c;
  c.kind = Kind::kPoint;
  c.point = point;
  return c;
}
Cell Cell::Link(std::string url, std::string text) {
  Cell c = Text(std::move(text));
  c.kind = Kind::kLink;
  c.url = std::move(url);
  return c;
}

std::string DecimalText(int64_t value, int decimals) {
  decimals = std::clamp(decimals, 0, 18);
  const bool negative = value < 0;
  const uint64_t size = negative ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  std::string out = absl::StrCat(size);
  const auto places = static_cast<size_t>(decimals);
  if (out.size() <= places) out.insert(0, places + 1 - out.size(), '0');
  if (places > 0) out.insert(out.size() - places, ".");
  return negative ? "-" + out : out;
}

LocalTime ToLocal(int64_t ms) {
  // Beyond this no day can be written; the clamp keeps the sum from overflowing.
  constexpr int64_t kMostMs = 100'000'000 * kDayMs;
  const int64_t local = std::clamp(ms, -kMostMs, kMostMs) + kZoneMs;
  const int64_t day = FloorDiv(local, kDayMs);
  return {day, static_cast<int>((local - day * kDayMs) / kMinuteMs)};
}

std::string DayText(int64_t day) {
  // The civil calendar in eras of 400 years that start on 1 March, so that the leap day is a year's last.
  const int64_t z = day + 719468;
  const int64_t era = FloorDiv(z, 146097);
  const int64_t in_era = z - era * 146097;
  const int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
  const int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
  const int64_t shifted = (5 * in_year + 2) / 153;
  const int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  return absl::StrFormat("%04d-%02d-%02d", year + era * 400 + (month <= 2 ? 1 : 0), month,
                         in_year - (153 * shifted + 2) / 5 + 1);
}

std::string DateText(int64_t ms, bool minutes) {
  const LocalTime t = ToLocal(ms);
  std::string out = DayText(t.day);
  if (minutes) absl::StrAppend(&out, absl::StrFormat(" %02d:%02d", t.minute / 60, t.minute % 60));
  return out;
}

std::string PlainText(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::kEmpty:
      return "";
    case Cell::Kind::kText:
      return cell.text;
    case Cell::Kind::kInteger:
      return absl::StrCat(cell.value);
    case Cell::Kind::kDecimal:
      return DecimalText(cell.value, cell.decimals);
    case Cell::Kind::kMoney:
      return DecimalText(cell.value, 2);
    case Cell::Kind::kDate:
      return DateText(cell.value, false);
    case Cell::Kind::kTime:
      return DateText(cell.value, true);
    case Cell::Kind::kPoint:
      return absl::StrCat(DecimalText(cell.point.lat_e7, 7), ",", DecimalText(cell.point.lon_e7, 7));
    case Cell::Kind::kLink:
      return cell.url.empty() ? cell.text : cell.url;
  }
  return "";
}

}  // namespace guanhu::sheet
