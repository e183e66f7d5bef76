// What an import would do, on the screen.
#pragma once

#include "common/cli/io.h"
#include "common/import/preview.h"

namespace guanhu::ctl {

// Rows with their records and faults, then the sums over the file; with --json one object.
void PrintPreview(const cli::Io& io, const import::Preview& preview);

}  // namespace guanhu::ctl
