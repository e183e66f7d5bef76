// The answer to a question about many records: a table that says what it covers. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/ledger/book.h"

namespace guanhu::figures {

enum class Kind : uint8_t { kText, kNumber, kFen, kTime, kBasisPoints, kMinutes, kPoint };

struct Column {
  std::string name;  // "open_orders": stable, for programs
  std::string zh;
  std::string en;
  Kind kind = Kind::kText;
};

// A kPoint cell's text is "lat,lon" in degrees. `number` counts for every kind but kText and kPoint: a count, fen, ms
// since 1970 UTC, 1/10000, minutes. `known` false: the figure cannot be told (an average of nothing), which is not
// zero.
struct Cell {
  std::string text;
  int64_t number = 0;
  bool known = true;

  static Cell Text(std::string text) { return {std::move(text), 0, true}; }
  static Cell Number(int64_t n) { return {"", n, true}; }
  static Cell Unknown() { return {"", 0, false}; }
  friend bool operator==(const Cell&, const Cell&) = default;
};

struct Row {
  std::vector<Cell> cells;
  std::string record;  // full id of the record behind the row; empty: a sum
  friend bool operator==(const Row&, const Row&) = default;
};

// A device whose work has not been seen for longer than people expect.
struct Silent {
  std::string device;
  std::string place;
  int64_t written_ms = 0;  // latest change of it that is here; 0: none
};

struct Table {
  std::string zh;  // title
  std::string en;
  std::vector<Column> columns;
  std::vector<Row> rows;
  uint64_t next = 0;               // cursor of the next page; 0: none
  uint64_t total = 0;              // rows of the whole answer where it is paged
  std::vector<std::string> notes;  // sentences for people

  ledger::Coverage coverage;
  int64_t as_of_ms = 0;  // latest change that the answer covers
  std::vector<Silent> silent;
  uint64_t devices = 0;
};

}  // namespace guanhu::figures
