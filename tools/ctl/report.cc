#include "tools/ctl/report.h"

#include "absl/strings/str_cat.h"
#include "common/cli/json.h"

namespace guanhu::ctl {

void Progress::At(size_t done, size_t total) {
  const cli::Io& io = program_->io();
  if (io.quiet || (!io.json && !io.err_tty)) return;
  const absl::Time now = program_->Now();
  if (now - said_ < absl::Milliseconds(200) && done != total) return;
  said_ = now;
  if (io.json) {
    *io.err << "{\"done\":" << done << ",\"total\":" << total << "}\n";
    return;
  }
  open_ = true;
  *io.err << "\r\033[K" << done;
  if (total > 0) *io.err << "/" << total << "  " << done * 100 / total << " %";
  *io.err << std::flush;
}

void Progress::End() {
  if (open_) *program_->io().err << "\r\033[K";
  open_ = false;
}

cli::Exit PrintTree(const cli::Io& io, const TreeReport& report, const std::vector<std::string>& rejects) {
  for (const std::string& line : rejects) *io.err << io.program << ": " << line << "\n";
  for (const std::string& line : report.errors) *io.err << io.program << ": " << line << "\n";
  const size_t bad = rejects.size() + report.errors.size();
  if (io.json) {
    *io.out << absl::StrCat("{\"created\":", report.created, ",\"changed\":", report.changed,
                            ",\"unchanged\":", report.unchanged, ",\"rejected\":", bad, "}\n");
  } else {
    *io.out << io.Say("属地: 新建 ", "Places: created ") << report.created << io.Say("，更改 ", ", changed ")
            << report.changed << io.Say("，未变 ", ", unchanged ") << report.unchanged
            << io.Say("，未收 ", ", rejected ") << bad << "\n";
  }
  return bad == 0 ? cli::kExitOk : cli::kExitPartial;
}

}  // namespace guanhu::ctl
