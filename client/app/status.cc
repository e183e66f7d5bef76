#include "common/base/status.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/app/commands.h"
#include "common/cli/json.h"
#include "common/cli/read_commands.h"
#include "common/cli/records.h"

namespace guanhu::client {
namespace {

// First question: is my work safe? Never more than the receipts say.
std::string WorkText(const cli::Io& io, const api::v1::StatusResponse& s) {
  const uint64_t only_here = s.own_changes() - std::min(s.own_changes(), std::max(s.at_township(), s.at_city()));
  if (s.own_changes() == 0) return std::string(io.Say("本机还没有写过记录", "nothing was written on this device yet"));
  if (s.at_city() >= s.own_changes())
    return absl::StrCat(io.Say("安全: 全部 ", "safe: all "), s.own_changes(),
                        io.Say(" 条市已收", " changes are at the city"));
  if (only_here == 0) {
    return absl::StrCat(io.Say("乡镇已收 ", "at the township: "), s.own_changes(),
                        io.Say(" 条，其中市已收 ", ", of them at the city: "), s.at_city());
  }
  return absl::StrCat(only_here, io.Say(" 条只存在本机；乡镇已收 ", " only on this device; at the township "),
                      s.at_township(), io.Say("，市已收 ", ", at the city "), s.at_city(), io.Say("，共 ", ", of "),
                      s.own_changes());
}

// Second question: is my list fresh? An age says more than a yes.
std::string ListText(const cli::Io& io, const api::v1::StatusResponse& s, absl::Time now) {
  if (s.last_down_ms() == 0) return std::string(io.Say("还没有和上级对齐过", "never compared with the parent"));
  return absl::StrCat(io.Say("清单截至 ", "as of "), cli::AgeText(io, s.last_down_ms(), now));
}

void PrintLinks(const cli::Io& io, const api::v1::StatusResponse& s) {
  for (const api::v1::LinkState& link : s.links()) {
    *io.out << "  " << (link.peer_name().empty() ? link.peer() : link.peer_name()) << " (" << link.relation()
            << "): " << link.state();
    if (!link.detail().empty()) *io.out << ", " << link.detail();
    *io.out << ", " << io.Say("收 ", "in ") << link.bytes_in() << " B, " << io.Say("发 ", "out ") << link.bytes_out()
            << " B\n";
  }
}

absl::StatusOr<cli::Exit> Status(cli::Program& program, bool records) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::StatusResponse s,
                          cli::Call(*stub, &cli::Stub::Status, api::v1::StatusRequest()));
  const cli::Io& io = program.io();
  if (io.json && !records) {
    *io.out << cli::JsonOf(s) << "\n";
    return cli::kExitOk;
  }
  if (!records) {
    *io.out << s.name() << " (" << cli::TierText(io, s.tier()) << ", " << s.place_name() << ")\n"
            << io.Say("我的数据安全吗?  ", "Is my work safe?   ") << WorkText(io, s) << "\n"
            << io.Say("我的清单新吗?    ", "Is my list fresh?  ") << ListText(io, s, program.Now()) << "\n"
            << io.Say("记录 ", "Records ") << s.records();
    if (s.conflicts() > 0) *io.out << io.Say("，有冲突 ", ", conflicts ") << s.conflicts();
    if (s.attention() > 0) *io.out << io.Say("，需处理 ", ", need a person ") << s.attention();
    if (s.held() > 0) *io.out << io.Say("，无权限待定 ", ", held ") << s.held();
    if (s.quarantine() > 0) *io.out << io.Say("，已隔离 ", ", quarantined ") << s.quarantine();
    *io.out << "\n";
    if (!s.store_note().empty()) *io.out << s.store_note() << "\n";
    PrintLinks(io, s);
    return cli::kExitOk;
  }
  api::v1::ListRequest request;
  request.set_limit(100000);
  return cli::ListRecords(program, "", request);
}

}  // namespace

void AddStatus(cli::Program& program) {
  auto records = std::make_shared<bool>(false);
  CLI::App* command = program.AddCommand(program.root(), "status", "Is my work safe? Is my list fresh?",
                                         {"status", "status --records", "status --json"},
                                         [&program, records] { return Status(program, *records); });
  command->add_flag("--records", *records, "The tier that holds each record");
}

}  // namespace guanhu::client
