// The operator's commands, one file for each group. Each function adds its commands to the program, which outlives
// them.
#pragma once

#include "common/base/clock.h"
#include "common/cli/program.h"

namespace guanhu::ctl {

void AddCounty(cli::Program& program);
void AddDevice(cli::Program& program);
void AddPlace(cli::Program& program);
void AddImport(cli::Program& program);
void AddHeld(cli::Program& program);
void AddQuarantine(cli::Program& program);
void AddCatalogue(cli::Program& program);
void AddMerge(cli::Program& program);
void AddDoctor(cli::Program& program);
void AddPlates(cli::Program& program);
void AddSample(cli::Program& program);

}  // namespace guanhu::ctl
