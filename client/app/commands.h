// The terminal's commands, one file for each group. Each function adds its commands to the program, which outlives
// them.
#pragma once

#include "common/base/clock.h"
#include "common/cli/program.h"

namespace guanhu::client {

void AddInit(cli::Program& program);
void AddAsset(cli::Program& program);
void AddInspection(cli::Program& program);
void AddDefect(cli::Program& program);
void AddOrder(cli::Program& program);
void AddRemark(cli::Program& program);
void AddStatus(cli::Program& program);
void AddSync(cli::Program& program);                               // sync
void AddConnect(cli::Program& program, const base::Clock* clock);  // connect; `clock` outlives the program

}  // namespace guanhu::client
