// What waits for a person at the city: held changes and quarantine.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/cli/json.h"
#include "common/cli/records.h"
#include "common/cli/table.h"
#include "tools/ctl/commands.h"

namespace guanhu::ctl {
namespace {

void PrintHeld(cli::Program& program, const api::v1::HeldResponse& held) {
  const cli::Io& io = program.io();
  if (io.json) {
    *io.out << cli::JsonOf(held) << "\n";
    return;
  }
  const auto word = [&io](absl::string_view zh, absl::string_view en) { return std::string(io.Say(zh, en)); };
  cli::Table table({word("日志", "JOURNAL"), word("序号", "SEQ"), word("作者", "AUTHOR"), word("原因", "REASON"),
                    word("裁定", "VERDICT"), word("内容", "WHAT")});
  for (const api::v1::HeldView& h : held.held()) {
    table.Add({h.journal(), absl::StrCat(h.seq()), cli::AuthorText(io, h.author(), program.zone()), h.reason(),
               h.verdict(), h.text()});
  }
  if (table.empty()) {
    io.Note(io.Say("没有待定的变更", "No change is held."));
    return;
  }
  table.Print(io);
}

absl::StatusOr<cli::Exit> Decide(cli::Program& program, const api::v1::DecideRequest& wanted, bool adopt) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  api::v1::DecideRequest request = wanted;
  request.set_adopt(adopt);
  request.set_person(program.person());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::HeldResponse held, cli::Call(*stub, &cli::Stub::Decide, request));
  PrintHeld(program, held);
  return cli::kExitOk;
}

void AddDecide(cli::Program& program, CLI::App* group, bool adopt) {
  struct Options {
    api::v1::DecideRequest request;
    std::vector<uint64_t> seqs;
  };
  auto options = std::make_shared<Options>();
  const std::string verb = adopt ? "adopt" : "void";
  CLI::App* command = program.AddCommand(
      group, verb, adopt ? "Let held changes take effect after all" : "Held changes stay without effect",
      {"held " + verb + " JOURNAL 12 13 --reason 已核实"}, [&program, options, adopt] {
        options->request.mutable_seqs()->Assign(options->seqs.begin(), options->seqs.end());
        return Decide(program, options->request, adopt);
      });
  command->add_option("journal", *options->request.mutable_journal(), "As \"held list\" prints it")->required();
  command->add_option("seq", options->seqs, "One or more numbers of the journal")->required();
  command->add_option("--reason", *options->request.mutable_reason(), "Why; the author reads it")->required();
}

absl::StatusOr<cli::Exit> ListQuarantine(cli::Program& program, const std::string& only) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  api::v1::QuarantineRequest request;
  request.set_language(program.io().language_code());
  GUANHU_ASSIGN_OR_RETURN(api::v1::QuarantineResponse all, cli::Call(*stub, &cli::Stub::Quarantine, request));
  const cli::Io& io = program.io();
  if (!only.empty()) {
    api::v1::QuarantineResponse kept;
    for (const api::v1::QuarantineView& item : all.items()) {
      if (item.hash() == only) *kept.add_items() = item;
    }
    if (kept.items().empty()) return absl::NotFoundError(absl::StrCat("no quarantined change has the hash ", only));
    all = kept;
  }
  if (io.json) {
    *io.out << cli::JsonOf(all) << "\n";
    return cli::kExitOk;
  }
  const auto word = [&io](absl::string_view zh, absl::string_view en) { return std::string(io.Say(zh, en)); };
  cli::Table table({word("日志", "JOURNAL"), word("序号", "SEQ"), "HASH", word("原因", "REASON"), word("状态", "STATE"),
                    word("内容", "WHAT")});
  for (const api::v1::QuarantineView& item : all.items()) {
    const std::string state = item.reissued()  ? word("已重新提交", "re-issued")
                              : item.at_city() ? word("市已存", "kept at the city")
                                               : word("待上交", "to be handed up");
    table.Add({item.journal(), absl::StrCat(item.seq()), item.hash(), item.reason(), state, item.text()});
  }
  if (table.empty()) io.Note(io.Say("没有隔离的变更", "Nothing is in quarantine."));
  if (!table.empty()) table.Print(io);
  return cli::kExitOk;
}

absl::StatusOr<cli::Exit> Adopt(cli::Program& program, const api::v1::AdoptRequest& request) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::SaveResponse saved, cli::Call(*stub, &cli::Stub::Adopt, request));
  cli::PrintSaved(program.io(), saved);
  return cli::kExitOk;
}

}  // namespace

void AddHeld(cli::Program& program) {
  CLI::App* group = program.AddGroup("held", "Changes that their author had no right to make");
  program.AddCommand(group, "list", "All of them, with the reason", {"held list", "held list --json"},
                     [&program]() -> absl::StatusOr<cli::Exit> {
                       GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
                       api::v1::HeldRequest request;
                       request.set_language(program.io().language_code());
                       GUANHU_ASSIGN_OR_RETURN(const api::v1::HeldResponse held,
                                               cli::Call(*stub, &cli::Stub::Held, request));
                       PrintHeld(program, held);
                       return cli::kExitOk;
                     });
  AddDecide(program, group, true);
  AddDecide(program, group, false);
}

void AddQuarantine(cli::Program& program) {
  CLI::App* group =
      program.AddGroup("quarantine", "What was cut off a forked or damaged journal; nothing is thrown away");
  auto only = std::make_shared<std::string>();
  program.AddCommand(group, "list", "All of it", {"quarantine list"},
                     [&program] { return ListQuarantine(program, ""); });
  CLI::App* command = program.AddCommand(group, "show", "One change", {"quarantine show 0123456789abcdef"},
                                         [&program, only] { return ListQuarantine(program, *only); });
  command->add_option("hash", *only, "As \"quarantine list\" prints it")->required();
  auto adopt = std::make_shared<api::v1::AdoptRequest>();
  auto seq = std::make_shared<uint64_t>(0);
  command = program.AddCommand(group, "adopt", "Write a quarantined change again, under this node's name",
                               {"quarantine adopt JOURNAL 12 0123456789abcdef"}, [&program, adopt, seq] {
                                 adopt->set_seq(*seq);
                                 return Adopt(program, *adopt);
                               });
  command->add_option("journal", *adopt->mutable_journal(), "As \"quarantine list\" prints it")->required();
  command->add_option("seq", *seq, "Number in the journal")->required();
  command->add_option("hash", *adopt->mutable_hash(), "As \"quarantine list\" prints it")->required();
}

}  // namespace guanhu::ctl
