// What stands in a cell of a table that leaves the house. Plain values; functions are pure and thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "common/geo/datum.h"

namespace guanhu::sheet {

struct Cell {
  enum class Kind : uint8_t { kEmpty, kText, kInteger, kDecimal, kMoney, kDate, kTime, kPoint, kLink };

  Kind kind = Kind::kEmpty;
  uint8_t decimals = 0;  // kDecimal: the number is value / 10^decimals; at most 18
  int64_t value = 0;     // kMoney: fen; kDate and kTime: ms since 1970 UTC, shown in the county's zone (+8)
  geo::Wgs point;
  std::string text;  // UTF-8; kLink: what is shown
  std::string url;   // kLink

  static Cell Empty() { return {}; }
  static Cell Text(std::string text);
  static Cell Integer(int64_t value);
  static Cell Decimal(int64_t value, uint8_t decimals);
  static Cell Money(int64_t fen);
  static Cell Date(int64_t ms);  // a day
  static Cell Time(int64_t ms);  // a day and a minute
  static Cell Point(geo::Wgs point);
  static Cell Link(std::string url, std::string text);
};

// "-12.340" for (-12340, 3). `decimals` above 18 count as 18.
std::string DecimalText(int64_t value, int decimals);

// "2026-03-01", and with `minutes` "2026-03-01 08:05", in the zone +8.
std::string DateText(int64_t ms, bool minutes);

// Days since 1970-01-01 in the zone +8 and the minute of that day.
struct LocalTime {
  int64_t day = 0;
  int minute = 0;
};
LocalTime ToLocal(int64_t ms);

// "2026-03-01" of days since 1970-01-01; years 0 to 9999, others are written with their sign or all their digits.
std::string DayText(int64_t day);

// The cell as a table without types holds it; a point as "lat,lon" in degrees.
std::string PlainText(const Cell& cell);

}  // namespace guanhu::sheet
