#include "common/cli/records.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "common/cli/json.h"
#include "common/cli/table.h"

namespace guanhu::cli {
namespace {

std::string ConflictText(const Io& io, absl::string_view kind) {
  if (kind == "proposal") return std::string(io.Say("待上级决定", "proposal"));
  if (kind == "review") return std::string(io.Say("待复核", "to review"));
  return std::string(io.Say("有冲突", "conflict"));
}

void PrintField(const Io& io, const api::v1::FieldView& field, absl::TimeZone zone) {
  const absl::string_view label = io.Say(field.label_zh(), field.label_en());
  *io.out << "  " << (label.empty() ? absl::string_view(field.name()) : label) << ": " << field.text();
  if (!field.conflict().empty()) *io.out << "   [" << ConflictText(io, field.conflict()) << "]";
  *io.out << "\n";
  if (field.conflict().empty() && field.siblings_size() < 2) return;
  for (const api::v1::SiblingView& sibling : field.siblings()) {
    const std::string text = sibling.text().empty() ? std::string(io.Say("(清空)", "(cleared)")) : sibling.text();
    *io.out << "    " << (sibling.shown() ? "* " : "- ") << text << "   " << AuthorText(io, sibling.author(), zone)
            << "   " << io.Say("变更 ", "change ") << sibling.change() << "\n";
  }
}

void PrintHistory(const Io& io, const api::v1::RecordView& record, absl::TimeZone zone) {
  if (record.history().empty()) return;
  *io.out << io.Say("历史", "History") << "\n";
  for (const api::v1::HistoryView& item : record.history()) {
    *io.out << "  " << AuthorText(io, item.author(), zone) << "   " << item.change() << "   "
            << HoldingWord(io, item.holding());
    if (!item.effective()) *io.out << "   " << io.Say("未生效", "no effect");
    if (!item.note().empty()) *io.out << "   " << item.note();
    *io.out << "\n";
    if (!item.text().empty())
      *io.out << "    " << absl::StrReplaceAll(absl::StripTrailingAsciiWhitespace(item.text()), {{"\n", "\n    "}})
              << "\n";
  }
}

std::string FateText(const Io& io, const api::v1::StepView& step) {
  if (step.fate() == "effective") return std::string(io.Say("有效", "in effect"));
  if (step.fate() == "parallel") return absl::StrCat(io.Say("未生效（并行）: ", "no effect (parallel): "), step.why());
  return absl::StrCat(io.Say("未生效: ", "no effect: "), step.why());
}

void PrintStep(const Io& io, const api::v1::StepView& step, absl::TimeZone zone) {
  *io.out << "    " << WhenText(step.at_ms(), zone) << "  " << io.Say(step.act_zh(), step.act_en()) << "   "
          << AuthorText(io, step.author(), zone);
  if (!step.party().empty()) *io.out << "   -> " << step.party();
  if (step.amount_fen() != 0)
    *io.out << "   " << absl::StrFormat("%.2f", static_cast<double>(step.amount_fen()) / 100) << io.Say(" 元", " yuan");
  if (step.score() != 0) *io.out << "   " << step.score() << "/5";
  if (step.photos() != 0) *io.out << "   " << io.Say("凭证 ", "evidence ") << step.photos();
  *io.out << "   " << FateText(io, step) << "\n";
  if (!step.reason().empty()) *io.out << "      " << step.reason() << "\n";
}

void PrintLife(const Io& io, const api::v1::LifeView& life, absl::TimeZone zone) {
  *io.out << "  " << io.Say("状态", "State") << ": " << io.Say(life.state_zh(), life.state_en())
          << io.Say("，自 ", ", since ") << WhenText(life.since_ms(), zone);
  if (life.contested()) *io.out << "   [" << io.Say("有争议，请再办理一次", "contested: act once more") << "]";
  *io.out << "\n";
  if (life.has_clock()) {
    const api::v1::ClockView& clock = life.clock();
    *io.out << "  " << io.Say("时钟", "Clock") << ": " << io.Say("派遣 ", "dispatched ")
            << WhenText(clock.dispatched_ms(), zone) << io.Say("，完工 ", ", done ") << WhenText(clock.done_ms(), zone)
            << io.Say("，退单 ", ", returns ") << clock.returns();
    if (clock.breached()) *io.out << "   [" << io.Say("超期", "overdue") << "]";
    *io.out << "\n";
  }
  for (const api::v1::StepView& step : life.steps()) PrintStep(io, step, zone);
}

}  // namespace

std::string HoldingWord(const Io& io, const api::v1::Holding& holding, uint32_t conflicts) {
  if (!holding.attention().empty() || conflicts > 0) return std::string(io.Say("需处理", "needs a person"));
  if (holding.city()) return std::string(io.Say("市已收", "at the city"));
  if (holding.township()) return std::string(io.Say("乡镇已收", "at the township"));
  if (holding.here()) return std::string(io.Say("已存本机", "saved here"));
  return "-";
}

std::string TierText(const Io& io, absl::string_view tier) {
  if (tier == "village") return std::string(io.Say("村", "village"));
  if (tier == "township") return std::string(io.Say("乡镇", "township"));
  if (tier == "city") return std::string(io.Say("市", "city"));
  return std::string(io.Say("未知层级", "unknown tier"));
}

std::string WhenText(int64_t wall_ms, absl::TimeZone zone) {
  return wall_ms == 0 ? "-" : absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixMillis(wall_ms), zone);
}

std::string AgeText(const Io& io, int64_t then_ms, absl::Time now) {
  if (then_ms == 0) return std::string(io.Say("从未", "never"));
  const int64_t minutes = absl::ToInt64Minutes(now - absl::FromUnixMillis(then_ms));
  if (minutes < 1) return std::string(io.Say("刚刚", "just now"));
  if (minutes < 60) return absl::StrCat(minutes, io.Say(" 分钟前", " min ago"));
  if (minutes < 48 * 60) return absl::StrCat(minutes / 60, io.Say(" 小时前", " h ago"));
  return absl::StrCat(minutes / (24 * 60), io.Say(" 天前", " days ago"));
}

std::string AuthorText(const Io& io, const api::v1::Author& author, absl::TimeZone zone) {
  const std::string& name = author.device_name().empty() ? author.device() : author.device_name();
  std::string out = absl::StrCat(name, " (", TierText(io, author.tier()), ")");
  if (!author.person().empty()) absl::StrAppend(&out, " ", author.person());
  absl::StrAppend(&out, ", ", WhenText(author.wall_ms(), zone));
  if (author.clock() != "synced") absl::StrAppend(&out, io.Say(" (时钟未校准)", " (clock not checked)"));
  return out;
}

std::string TypeText(const Io& io, const api::v1::RecordView& record) {
  return io.zh() && !record.type_zh().empty() ? record.type_zh() : record.type();
}

void PrintList(const Io& io, const api::v1::ListResponse& list) {
  if (io.json) {
    *io.out << JsonOf(list) << "\n";
    return;
  }
  const auto word = [&io](absl::string_view zh, absl::string_view en) { return std::string(io.Say(zh, en)); };
  Table table(
      {word("代码", "CODE"), word("类型", "TYPE"), word("属地", "PLACE"), word("内容", "WHAT"), word("存放", "HELD")});
  for (const api::v1::RecordView& record : list.records()) {
    table.Add({record.code(), TypeText(io, record), record.place_name(), record.title(),
               HoldingWord(io, record.holding(), record.conflicts())});
  }
  if (table.empty()) {
    io.Note(io.Say("没有记录", "No records."));
    return;
  }
  table.Print(io);
  if (list.total() > static_cast<uint64_t>(list.records_size())) {
    io.Note(absl::StrCat(list.records_size(), io.Say(" 条，共 ", " of "), list.total(),
                         io.Say(" 条 (--limit N)", " (--limit N)")));
  }
}

void PrintRecord(const Io& io, const api::v1::RecordView& record, absl::TimeZone zone) {
  if (io.json) {
    *io.out << JsonOf(record) << "\n";
    return;
  }
  *io.out << TypeText(io, record) << " " << record.code() << "  " << record.title() << "\n";
  *io.out << "  " << io.Say("属地", "Place") << ": " << record.place_name() << "\n";
  for (const api::v1::FieldView& field : record.fields()) PrintField(io, field, zone);
  if (record.has_life()) PrintLife(io, record.life(), zone);
  *io.out << "  " << io.Say("存放", "Held") << ": " << HoldingWord(io, record.holding(), record.conflicts());
  if (!record.holding().attention().empty()) *io.out << " - " << record.holding().attention();
  *io.out << "\n  " << io.Say("编号", "Id") << ": " << record.id() << "\n";
  if (record.conflicts() > 0) {
    io.Note(absl::StrCat(
        io.Say("两个值都保留着；决定用哪个: guanhu resolve ", "Both values are kept; to decide: guanhu resolve "),
        record.code(), io.Say(" --field 字段 --take \"变更\"", " --field NAME --take \"CHANGE\"")));
  }
  PrintHistory(io, record, zone);
}

void PrintActed(const Io& io, const api::v1::RecordView& record) {
  if (io.json) {
    *io.out << JsonOf(record) << "\n";
    return;
  }
  const absl::string_view state = io.Say(record.life().state_zh(), record.life().state_en());
  if (io.out_tty) {
    *io.out << io.Say("已存本机  ", "Saved on this device  ") << record.code() << "  " << TypeText(io, record) << "  "
            << record.title() << "  -> " << state << "\n";
  } else {
    *io.out << record.code() << "\t" << record.type() << "\t" << record.life().state() << "\t" << record.title()
            << "\n";
  }
}

void PrintSaved(const Io& io, const api::v1::SaveResponse& saved) {
  if (io.json) {
    *io.out << JsonOf(saved) << "\n";
    return;
  }
  for (const api::v1::RecordView& record : saved.records()) {
    if (io.out_tty) {
      *io.out << io.Say("已存本机  ", "Saved on this device  ") << record.code() << "  " << TypeText(io, record) << "  "
              << record.title() << "\n";
    } else {
      *io.out << record.code() << "\t" << record.type() << "\t" << record.title() << "\n";
    }
  }
  if (saved.repeated_command())
    io.Note(io.Say("这条命令以前已执行过，没有重复保存", "This command was done before; nothing was saved twice."));
}

}  // namespace guanhu::cli
