// Commands for looking at records and deciding conflicts, the same in every program.
#pragma once

#include <string>

#include "common/cli/program.h"

namespace guanhu::cli {

void AddList(Program& program, CLI::App* group, const std::string& type);  // list [TYPE]; the type may be given
void AddShow(Program& program, CLI::App* group);                           // show CODE [--history]
void AddResolve(Program& program, CLI::App* group);       // resolve CODE --field F (--take CHANGE | --value V)
void AddConflictList(Program& program, CLI::App* group);  // list
void AddDigest(Program& program);                         // digest [--place P]

// Asks for and prints records. `type` may be a label; "" means all.
absl::StatusOr<Exit> ListRecords(Program& program, const std::string& type, const api::v1::ListRequest& filter);

}  // namespace guanhu::cli
