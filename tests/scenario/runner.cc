#include "tests/scenario/runner.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/cli/fields.h"
#include "common/schema/fields.h"
#include "common/schema/refs.h"
#include "guanhu/records/v1/step.pb.h"

namespace guanhu::testing {
namespace {

namespace rec = records::v1;
namespace pb = google::protobuf;

const absl::TimeZone kZone = absl::FixedTimeZone(8 * 3600);

// Words are parted by spaces; "..." keeps spaces together.
std::vector<std::string> SplitWords(absl::string_view text) {
  std::vector<std::string> out;
  std::string word;
  bool quoted = false, any = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
      any = true;
    } else if (c == ' ' && !quoted) {
      if (any || !word.empty()) out.push_back(word);
      word.clear();
      any = false;
    } else {
      word.push_back(c);
    }
  }
  if (any || !word.empty()) out.push_back(word);
  return out;
}

absl::StatusOr<absl::Duration> ParseSpan(absl::string_view text) {
  const bool minus = absl::ConsumePrefix(&text, "-");
  absl::ConsumePrefix(&text, "+");
  int64_t n = 0;
  absl::Duration out;
  if (text.size() > 1 && absl::SimpleAtoi(text.substr(0, text.size() - 1), &n)) {
    if (text.back() == 'd') return (minus ? -1 : 1) * absl::Hours(24) * n;
    if (text.back() == 'y') return (minus ? -1 : 1) * absl::Hours(24) * 365 * n;
  }
  if (!absl::ParseDuration(text, &out))
    return absl::InvalidArgumentError(absl::StrCat(text, " is no span such as 3d, 5h, 20m"));
  return minus ? -out : out;
}

absl::Status Unclear(absl::string_view what) { return absl::InvalidArgumentError(absl::StrCat("unclear: ", what)); }

}  // namespace

std::vector<ScriptLine> ParseScript(const std::string& text) {
  std::vector<ScriptLine> out;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(absl::StripSuffix(text, "\n"), '\n')) {
    ++number;
    if (absl::StartsWith(line, ">") && !out.empty()) {
      out.back().expected.emplace_back(line.substr(std::min<size_t>(2, line.size())));
    } else {
      out.push_back({number, std::string(line), {}});
    }
  }
  return out;
}

std::string FormatScript(const std::vector<ScriptLine>& script) {
  std::string out;
  for (const ScriptLine& line : script) {
    absl::StrAppend(&out, line.text, "\n");
    for (const std::string& e : line.expected) absl::StrAppend(&out, "> ", e, "\n");
  }
  return out;
}

Runner::Runner(const schema::Schema* schema, Options options)
    : options_(std::move(options)), county_(schema, options_.dir, options_.env) {}
Runner::~Runner() = default;

absl::Status Runner::Run(std::vector<ScriptLine>& script) {
  GUANHU_RETURN_IF_ERROR(county_.Begin());
  for (ScriptLine& line : script) {
    const absl::string_view text = absl::StripAsciiWhitespace(line.text);
    const absl::StatusOr<Lines> said =
        text.empty() || text[0] == '#' ? absl::StatusOr<Lines>(Lines()) : Step(std::string(text));
    if (!said.ok()) {
      return absl::Status(said.status().code(), absl::StrCat("line ", line.number, ": ", said.status().message()));
    }
    if (options_.rewrite) {
      line.expected = *said;
    } else if (line.expected != *said) {
      return absl::FailedPreconditionError(absl::StrCat("line ", line.number, ": ", text, "\nsays\n  ",
                                                        absl::StrJoin(*said, "\n  "), "\nbut must say\n  ",
                                                        absl::StrJoin(line.expected, "\n  ")));
    }
  }
  const std::vector<std::string> errors = county_.Errors();
  return errors.empty() ? absl::OkStatus() : absl::InternalError(absl::StrJoin(errors, "; "));
}

absl::StatusOr<Runner::Lines> Runner::Step(const std::string& text) {
  const Words words = SplitWords(text);
  bool done = false;
  GUANHU_ASSIGN_OR_RETURN(Lines said, Setup(words, done));
  if (done) return said;
  if (!words.empty() && absl::EndsWith(words[0], ":")) {
    GUANHU_ASSIGN_OR_RETURN(Station* const station, county_.Find(absl::StripSuffix(words[0], ":")));
    return Do(*station, Words(words.begin() + 1, words.end()));
  }
  return Ask(words);
}

absl::StatusOr<Runner::Lines> Runner::Setup(const Words& w, bool& done) {
  done = true;
  if (w[0] == "township" && w.size() >= 3) {  // township T A B
    GUANHU_RETURN_IF_ERROR(county_.AddTownship(w[1], Words(w.begin() + 2, w.end())));
    return Lines();
  }
  if (w[0] == "tablets:") {  // a1@A t@T
    for (size_t i = 1; i < w.size(); ++i) {
      const std::pair<std::string, std::string> at = absl::StrSplit(w[i], absl::MaxSplits('@', 1));
      GUANHU_RETURN_IF_ERROR(county_.AddStation(at.first, at.second));
    }
    GUANHU_RETURN_IF_ERROR(county_.SyncAll());
    return Lines();
  }
  if (w[0] == "order" && w.size() == 2 && w[1] == "every") {
    every_order_ = true;
    return Lines();
  }
  if (w[0] == "wait" && w.size() == 2) {
    GUANHU_ASSIGN_OR_RETURN(const absl::Duration span, ParseSpan(w[1]));
    county_.Wait(span);
    return Lines();
  }
  if (w[0] == "clock" && w.size() == 3) {
    GUANHU_ASSIGN_OR_RETURN(Station* const station, county_.Find(w[1]));
    GUANHU_ASSIGN_OR_RETURN(station->clock_off, ParseSpan(w[2]));
    return Lines();
  }
  if (w[0] == "sync" && w.size() == 2 && w[1] == "all") {
    GUANHU_RETURN_IF_ERROR(SyncAll());
    return Lines();
  }
  if (w[0] == "sync" && w.size() == 3) {
    GUANHU_ASSIGN_OR_RETURN(Station* const a, county_.Find(w[1]));
    GUANHU_ASSIGN_OR_RETURN(Station* const b, county_.Find(w[2]));
    GUANHU_RETURN_IF_ERROR(county_.Meet(*a, *b));
    return Lines();
  }
  done = false;
  return Lines();
}

absl::StatusOr<Runner::Lines> Runner::Ask(const Words& w) {
  if (w.size() < 3 || w[w.size() - 2] != "at") return Unclear(absl::StrJoin(w, " "));
  GUANHU_ASSIGN_OR_RETURN(Station* const station, county_.Find(w.back()));
  const Show show = At(*station);
  if (w[0] == "show") {
    Lines out;
    for (size_t i = 1; i + 2 < w.size(); ++i) {
      const Lines lines = show.Record(w[i]);
      out.insert(out.end(), lines.begin(), lines.end());
    }
    return out;
  }
  if (w[0] == "duplicates") return show.Duplicates();
  if (w[0] == "reports") return show.LikeReports();
  if (w[0] == "receipts") return show.Receipts();
  if (w[0] == "held") return show.Held().empty() ? Lines{"无扣留"} : show.Held();
  if (w[0] == "count" && w.size() == 6) {  // count Asset of B at city
    GUANHU_ASSIGN_OR_RETURN(const schema::RecordInfo* const info, cli::FindType(county_.schema(), w[1]));
    GUANHU_ASSIGN_OR_RETURN(const base::PlaceId place, county_.Place(w[3]));
    return Lines{absl::StrCat(show.Count(info->type, place), " 条")};
  }
  return Unclear(absl::StrJoin(w, " "));
}

absl::StatusOr<Runner::Lines> Runner::Do(Station& station, const Words& w) {
  if (w.empty()) return Unclear("an act is missing");
  if (w[0] == "create") return CreateRecords(station, w);
  if (w[0] == "set" || w[0] == "delete") return SetFields(station, w);
  if (w[0] == "act") return WriteStep(station, w);
  if (w[0] == "merge" && w.size() == 4 && w[2] == "into") {  // city: merge B into A
    GUANHU_RETURN_IF_ERROR(county_.Merge(w[1], w[3]));
    return Lines();
  }
  return Unclear(absl::StrJoin(w, " "));
}

absl::StatusOr<NamedRecord> Runner::Labelled(const std::string& label) const {
  const auto it = labels_.find(label);
  if (it == labels_.end()) return absl::NotFoundError(absl::StrCat("no record is called ", label));
  return it->second;
}

// Photos are named; their hash is that of the name. sha256(name) is the hash of that hash.
std::string Runner::PhotosAsHex(const std::string& names) {
  std::vector<std::string> out;
  for (const absl::string_view name : absl::StrSplit(names, ',')) {
    absl::string_view of = name;
    const bool digest = absl::ConsumePrefix(&of, "sha256(") && absl::ConsumeSuffix(&of, ")");
    std::string hash(base::View(base::Sha256("photo", of)));
    if (digest) hash = std::string(base::View(base::Sha256("", hash)));
    const std::string hex = base::ToHex(hash);
    photos_[hex] = std::string(name);
    out.push_back(hex);
  }
  return absl::StrJoin(out, ",");
}

absl::StatusOr<node::Command::Edit> Runner::MakeEdit(Station& station, const schema::RecordInfo& info, const Words& w,
                                                     size_t first, const base::ScopeId& scope, base::PersonId& by,
                                                     pb::Message& message) {
  node::Command::Edit edit;
  edit.type = info.type;
  std::vector<model::Field> attributes;
  const cli::Lookups lookups{[&](absl::string_view label) -> absl::StatusOr<base::RecordId> {
                               GUANHU_ASSIGN_OR_RETURN(const NamedRecord named, Labelled(std::string(label)));
                               return named.id;
                             },
                             [&](absl::string_view name) { return county_.Place(name); }};
  for (size_t i = first; i < w.size(); ++i) {
    std::pair<std::string, std::string> kv = absl::StrSplit(w[i], absl::MaxSplits('=', 1));
    uint32_t number = 0;
    if (kv.first == "person") {
      by = base::PersonId{base::Prefix64(base::Sha256("person", kv.second))};
    } else if (kv.first == "key") {
      edit.key = kv.second;
    } else if (kv.first == "place") {
      continue;  // said where the record is made
    } else if (absl::SimpleAtoi(kv.first, &number)) {
      uint64_t value = 0;
      if (!absl::SimpleAtoi(kv.second, &value)) return Unclear(w[i]);
      attributes.push_back(Varint(number, value));
    } else {
      GUANHU_ASSIGN_OR_RETURN(const schema::FieldInfo* const field, cli::FindField(info, kv.first));
      const bool bytes = field->descriptor->type() == pb::FieldDescriptor::TYPE_BYTES;
      if (const auto place = county_.Place(kv.second);
          place.ok() && field->descriptor->type() == pb::FieldDescriptor::TYPE_FIXED64 && kv.first == "subjects")
        kv.second = base::ToText(place->value);
      if (kv.second == "now") kv.second = absl::StrCat(absl::ToUnixMillis(county_.now_at(station)));
      GUANHU_RETURN_IF_ERROR(cli::SetField(*field, bytes && !kv.second.empty() ? PhotosAsHex(kv.second) : kv.second,
                                           scope, lookups, kZone, message));
      if (kv.second.empty()) edit.cleared.push_back(field->number);
    }
  }
  edit.set = schema::FieldsOf(message);
  edit.set.insert(edit.set.end(), attributes.begin(), attributes.end());
  return edit;
}

absl::StatusOr<Runner::Lines> Runner::CreateRecords(Station& station, const Words& w) {
  // create [40] Type [label] field=value ...
  size_t at = 1;
  size_t times = 0;
  if (at < w.size() && absl::SimpleAtoi(w[at], &times)) {
    ++at;
  } else {
    times = 1;
  }
  if (at >= w.size()) return Unclear("create what?");
  GUANHU_ASSIGN_OR_RETURN(const schema::RecordInfo* const info, cli::FindType(county_.schema(), w[at++]));
  const std::string label = at < w.size() && !absl::StrContains(w[at], '=') ? w[at++] : "";
  const bool published = info->visibility == schema::VisibilityRule::kPublished;
  base::ScopeId scope{station.place, published ? base::Visibility::kPublished : base::Visibility::kInternal};
  for (const std::string& word : w) {
    if (!absl::StartsWith(word, "place=")) continue;
    GUANHU_ASSIGN_OR_RETURN(scope.place, county_.Place(word.substr(6)));
  }
  for (size_t n = 0; n < times; ++n) {
    node::Command c;
    c.scope = scope;
    const std::unique_ptr<pb::Message> message = county_.schema().NewMessage(info->type);
    GUANHU_ASSIGN_OR_RETURN(node::Command::Edit edit, MakeEdit(station, *info, w, at, scope, c.person, *message));
    c.edits.push_back(std::move(edit));
    const absl::StatusOr<node::Saved> saved = county_.Write(station, c);
    if (!saved.ok()) return Lines{absl::StrCat("未存: ", saved.status().message())};
    if (label.empty()) continue;
    const auto [it, added] = labels_.emplace(label, NamedRecord{info->type, saved->records[0]});
    if (!added && it->second.id != saved->records[0]) return Unclear(absl::StrCat(label, " is another record already"));
  }
  return Lines();
}

absl::StatusOr<Runner::Lines> Runner::SetFields(Station& station, const Words& w) {
  if (w.size() < 2) return Unclear("which record?");
  GUANHU_ASSIGN_OR_RETURN(const NamedRecord named, Labelled(w[1]));
  const schema::RecordInfo& info = *county_.schema().Type(named.type);
  node::Command c;
  c.scope = named.id.scope;
  Words words = w;
  if (w[0] == "delete") words.push_back("deleted=true");
  const std::unique_ptr<pb::Message> message = county_.schema().NewMessage(named.type);
  GUANHU_ASSIGN_OR_RETURN(node::Command::Edit edit, MakeEdit(station, info, words, 2, c.scope, c.person, *message));
  edit.record = named.id;
  std::sort(edit.cleared.begin(), edit.cleared.end());
  c.edits.push_back(std::move(edit));
  const absl::StatusOr<node::Saved> saved = county_.Write(station, c);
  return saved.ok() ? Lines() : Lines{absl::StrCat("未存: ", saved.status().message())};
}

// act FINISH order [field=value ...]: a Step that knows of what the station has seen.
absl::StatusOr<Runner::Lines> Runner::WriteStep(Station& station, const Words& w) {
  if (w.size() < 3) return Unclear("act what on which record?");
  GUANHU_ASSIGN_OR_RETURN(const NamedRecord named, Labelled(w[2]));
  GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife before, At(station).Life(named));
  GUANHU_ASSIGN_OR_RETURN(const int act, cli::FindEnumValue(*rec::StepAct_descriptor(), w[1]));
  node::Command c;
  c.scope = named.id.scope;
  rec::Step step;
  *step.mutable_record() = schema::ToRef(named.id, c.scope);
  step.set_act(static_cast<rec::StepAct>(act));
  for (const base::RecordId& id : before.life.heads) *step.add_after() = schema::ToRef(id, c.scope);
  step.set_at_ms(absl::ToUnixMillis(county_.now_at(station) + absl::Minutes(1)));  // Write takes a minute
  GUANHU_ASSIGN_OR_RETURN(node::Command::Edit edit,
                          MakeEdit(station, *county_.schema().TypeOf(step), w, 3, c.scope, c.person, step));
  if (c.person) {
    step.set_by(c.person.value);
    edit.set = schema::FieldsOf(step);
  }
  c.edits.push_back(std::move(edit));
  const absl::StatusOr<node::Saved> saved = county_.Write(station, c);
  if (!saved.ok()) return Lines{absl::StrCat("未存: ", saved.status().message())};
  GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife after, At(station).Life(named));
  for (const domain::Judged& j : after.life.acts) {
    if (after.steps[j.act].id == saved->records[0] && !j.why_zh.empty()) return Lines{"未生效: " + j.why_zh};
  }
  return Lines();
}

absl::Status Runner::SyncAll() {
  GUANHU_RETURN_IF_ERROR(county_.SyncAll());
  return every_order_ ? TryOrders() : absl::OkStatus();
}

absl::Status Runner::TryOrder(const std::vector<size_t>& order, const std::vector<bool>& together,
                              const Lines& expected) {
  GUANHU_ASSIGN_OR_RETURN(const std::unique_ptr<Station> copy, county_.Replay(order, together));
  ++orders_tried_;
  const auto wrong = [&](absl::string_view what) {
    return absl::DataLossError(absl::StrCat(what, " when the changes come in the order ", absl::StrJoin(order, " ")));
  };
  for (const base::ScopeId& scope : county_.watcher()->node->Scopes()) {
    if (copy->node->StatesOf(scope) != county_.watcher()->node->StatesOf(scope)) return wrong("other digests");
  }
  if (const absl::Status ledgers = County::CheckLedgers(*copy); !ledgers.ok()) return wrong(ledgers.message());
  if (copy->node->WaitingCount() != 0) return wrong("a change waits forever");
  if (!copy->events.errors.empty()) return wrong(copy->events.errors[0]);
  if (const Lines said = At(*copy).Everything(); said != expected) {
    return wrong(absl::StrCat("another transcript:\n", absl::StrJoin(said, "\n"), "\ninstead of\n",
                              absl::StrJoin(expected, "\n"), "\n"));
  }
  return absl::OkStatus();
}

absl::Status Runner::TryOrders() {
  std::vector<size_t> order;
  for (size_t i = 0; i < county_.units().size(); ++i) {
    const std::vector<base::ScopeId> scopes = county_.watcher()->node->Scopes();
    if (std::count(scopes.begin(), scopes.end(), county_.units()[i].batch.journal.scope) > 0) order.push_back(i);
  }
  if (order.size() < 2) return absl::OkStatus();
  const Lines expected = At(*county_.watcher()).Everything();
  if (order.size() <= options_.permuted_units_max) {
    std::vector<size_t> each = order;
    do {
      GUANHU_RETURN_IF_ERROR(TryOrder(each, {}, expected));
    } while (std::next_permutation(each.begin(), each.end()));
  }
  SeededRandom random(order.size());
  const size_t wanted = std::max<size_t>(options_.random_orders, order.size() > options_.permuted_units_max ? 200 : 20);
  for (size_t n = 0; n < wanted; ++n) {
    std::vector<size_t> any = order;
    if (random.Below(3) == 0) any.push_back(order[random.Below(order.size())]);  // some change comes twice
    for (size_t i = any.size() - 1; i > 0; --i) std::swap(any[i], any[random.Below(i + 1)]);
    std::vector<bool> together;
    for (size_t i = 0; i < any.size(); ++i) together.push_back(random.Below(2) == 0);
    GUANHU_RETURN_IF_ERROR(TryOrder(any, together, expected));
  }
  return absl::OkStatus();
}

}  // namespace guanhu::testing
