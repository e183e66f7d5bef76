// What long commands say while they work and at their end.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/cli/program.h"
#include "tools/ctl/divisions.h"

namespace guanhu::ctl {

// A counter on stderr: a line that is written over on a terminal, JSON lines with --json, nothing with -q or in a pipe.
// Not thread-safe; `program` outlives it.
class Progress {
 public:
  explicit Progress(cli::Program& program) : program_(&program) {}
  // `total` 0: not known.
  void At(size_t done, size_t total);
  void End();

 private:
  cli::Program* program_;
  absl::Time said_ = absl::InfinitePast();
  bool open_ = false;
};

// The summary of writing the place tree; kExitPartial if a row was left out.
cli::Exit PrintTree(const cli::Io& io, const TreeReport& report, const std::vector<std::string>& rejects);

}  // namespace guanhu::ctl
