// Questions about many records: the three ledgers, every figure by its name, marks. Each function adds its commands to
// the program, which outlives them.
#pragma once

#include <functional>
#include <string>

#include "common/cli/program.h"

namespace guanhu::cli {

// Writes a whole answer to a file, in the format that its name ends with; `gcj02`: positions as web maps in China take
// them. Programs that link the sheet writers pass one.
using Export =
    std::function<absl::Status(const api::v1::FigureTable& table, bool chinese, bool gcj02, const std::string& path)>;

void AddLedger(Program& program, Export save = nullptr);   // ledger summary|detail|work|count
void AddFigures(Program& program, Export save = nullptr);  // figure NAME, figure --list
void AddMarks(Program& program);                           // mark create
void AddViews(Program& program);                           // views rebuild

}  // namespace guanhu::cli
