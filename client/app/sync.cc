#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/app/commands.h"
#include "common/base/status.h"
#include "common/cli/json.h"

namespace guanhu::client {
namespace {

struct SyncOptions {
  std::string address;
  int64_t timeout_s = 60;
};

std::string ProgressText(const cli::Io& io, const api::v1::SyncProgress& p) {
  return absl::StrCat(io.Say("市已收 ", "at the city "), p.at_city(), "/", p.own_changes(), io.Say("，收 ", ", in "),
                      p.bytes_in(), " B", io.Say("，发 ", ", out "), p.bytes_out(), " B");
}

absl::StatusOr<cli::Exit> Sync(cli::Program& program, const SyncOptions& options) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  api::v1::SyncRequest request;
  request.set_address(options.address);
  request.set_timeout_ms(options.timeout_s * 1000);
  grpc::ClientContext context;
  const auto reader = stub->Sync(&context, request);
  const cli::Io& io = program.io();
  api::v1::SyncProgress progress;
  bool any = false;
  while (reader->Read(&progress)) {
    any = true;
    if (io.json && !io.quiet && !progress.done()) *io.err << cli::JsonOf(progress) << "\n";
    if (!io.json && !io.quiet && io.err_tty && !progress.done())
      *io.err << "\r\033[K" << ProgressText(io, progress) << std::flush;
  }
  if (!io.json && !io.quiet && io.err_tty) *io.err << "\r\033[K";
  GUANHU_RETURN_IF_ERROR(api::FromGrpc(reader->Finish()));
  if (!any || !progress.done())
    return absl::UnavailableError("the node ended the exchange without an answer; try again");
  // Always ends with a sentence, also when nothing was reached.
  if (io.json) {
    *io.out << cli::JsonOf(progress) << "\n";
  } else {
    *io.out << io.Say(progress.sentence_zh(), progress.sentence_en()) << "\n";
  }
  if (progress.ok()) return cli::kExitOk;
  return progress.bytes_in() > 0 ? cli::kExitPartial : cli::kExitUnreachable;
}

}  // namespace

void AddSync(cli::Program& program) {
  auto options = std::make_shared<SyncOptions>();
  CLI::App* command = program.AddCommand(program.root(), "sync", "Exchange once with the parent, or with another node",
                                         {"sync", "sync --to city.example:7443", "sync --timeout 300"},
                                         [&program, options] { return Sync(program, *options); });
  command->add_option("--to", options->address, "HOST:PORT; default: the parent that the enrolment names");
  command->add_option("--timeout", options->timeout_s, "Seconds")->capture_default_str()->check(CLI::Range(1, 86400));
}

}  // namespace guanhu::client
