#include "common/figures/lister.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/domain/money.h"
#include "guanhu/records/v1/people.pb.h"
#include "guanhu/records/v1/programme.pb.h"
#include "guanhu/records/v1/technique.pb.h"

namespace guanhu::figures {

namespace pb = google::protobuf;
namespace rec = records::v1;

namespace {

using FD = pb::FieldDescriptor;

Kind KindOf(const schema::FieldInfo& field) {
  if (field.repeated) return Kind::kNumber;
  if (field.unit == "ms since 1970 UTC") return Kind::kTime;
  if (field.unit == "fen") return Kind::kFen;
  if (field.unit == "1/10000") return Kind::kBasisPoints;
  if (field.unit == "min") return Kind::kMinutes;
  switch (field.descriptor->cpp_type()) {
    case FD::CPPTYPE_INT32:
    case FD::CPPTYPE_INT64:
    case FD::CPPTYPE_UINT32:
      return Kind::kNumber;
    default:
      return Kind::kText;
  }
}

Cell One(const Desk& desk, const Question& q, const pb::Message& m, const FD& f, const base::RecordId& id,
         const std::string& leads_to) {
  const pb::Reflection& r = *m.GetReflection();
  if (f.has_presence() && !r.HasField(m, &f)) {
    return f.cpp_type() == FD::CPPTYPE_MESSAGE || f.cpp_type() == FD::CPPTYPE_STRING ? Cell::Text("") : Cell::Unknown();
  }
  switch (f.cpp_type()) {
    case FD::CPPTYPE_STRING:
      return Cell::Text(f.type() == FD::TYPE_BYTES ? "" : r.GetString(m, &f));
    case FD::CPPTYPE_ENUM:
      return Cell::Text(schema::EnumLabel(*f.enum_type(), r.GetEnumValue(m, &f), q.language));
    case FD::CPPTYPE_BOOL:
      return Yes(r.GetBool(m, &f), q);
    case FD::CPPTYPE_INT64:
      return Cell::Number(r.GetInt64(m, &f));
    case FD::CPPTYPE_INT32:
      return Cell::Number(r.GetInt32(m, &f));
    case FD::CPPTYPE_UINT32:
      return Cell::Number(r.GetUInt32(m, &f));
    case FD::CPPTYPE_UINT64: {
      const uint64_t v = r.GetUInt64(m, &f);
      return Cell::Text(v == 0 ? "" : desk.PlaceName(base::PlaceId{v}));
    }
    case FD::CPPTYPE_MESSAGE: {
      rec::RecordRef ref;
      if (f.message_type() != rec::RecordRef::descriptor()) return Cell::Text("");
      ref.CopyFrom(r.GetMessage(m, &f));
      if (leads_to == "*") return Cell::Text(PartyName(desk, ref, id.scope));
      const schema::RecordInfo* to = desk.schema().Type(absl::string_view(leads_to));
      return Cell::Text(to == nullptr ? desk.Code(schema::FromRef(ref, id.scope))
                                      : desk.NameOf(ref, id.scope, to->type));
    }
    default:
      return Cell::Text("");
  }
}

}  // namespace

Lister& Lister::Show(absl::string_view field, absl::string_view leads_to) {
  const schema::FieldInfo* info = info_.Field(field);
  if (info == nullptr) return *this;
  return Add({info->name, info->zh, info->en, KindOf(*info)},
             [this_desk = &desk_, q = &question_, f = info->descriptor, repeated = info->repeated,
              to = std::string(leads_to)](const base::RecordId& id, const pb::Message& m) {
               if (repeated) return Cell::Number(m.GetReflection()->FieldSize(m, f));
               return One(*this_desk, *q, m, *f, id, to);
             });
}

Lister& Lister::Place() {
  return Add({"place", "属地", "Place"}, [desk = &desk_](const base::RecordId& id, const pb::Message&) {
    return Cell::Text(desk->PlaceName(id.scope.place));
  });
}

Lister& Lister::State() {
  const schema::RecordInfo* info = &info_;
  Add({"state", "状态", "State"}, [desk = &desk_, q = &question_, info](const base::RecordId& id, const pb::Message&) {
    return Cell::Text(desk->EnumName(info->type, "state", StateOf(*desk, id), *q));
  });
  return Add({"since_ms", "状态起始", "Since", Kind::kTime},
             [desk = &desk_](const base::RecordId& id, const pb::Message&) {
               const auto row = desk->Case(id);
               return row ? Time(row->since_ms) : Cell::Unknown();
             });
}

Lister& Lister::Add(Column column, Tells tells) {
  columns_.push_back(std::move(column));
  tells_.push_back(std::move(tells));
  return *this;
}

Lister& Lister::WhereState() {
  const std::string wanted = question_.Arg("state");
  const schema::FieldInfo* f = info_.Field(absl::string_view("state"));
  if (wanted.empty() || f == nullptr || f->descriptor->enum_type() == nullptr) return *this;
  const pb::EnumDescriptor& type = *f->descriptor->enum_type();
  std::erase_if(records_, [&](const Record& r) {
    const int state = StateOf(desk_, r.id);
    const pb::EnumValueDescriptor* value = type.FindValueByNumber(state);
    const std::string name = value == nullptr ? "" : value->name();
    const bool ends = name.size() > wanted.size() &&
                      name.compare(name.size() - wanted.size(), wanted.size(), wanted) == 0 &&
                      name[name.size() - wanted.size() - 1] == '_';
    return wanted != std::to_string(state) && wanted != name && !ends &&
           wanted != schema::EnumLabel(type, state, schema::Language::kChinese) &&
           wanted != schema::EnumLabel(type, state, schema::Language::kEnglish);
  });
  return *this;
}

Table Lister::Tell() {
  Table table;
  table.columns = columns_;
  for (const Record& r : records_) {
    Row row;
    row.record = base::ToText(r.id);
    for (const Tells& t : tells_) row.cells.push_back(t(r.id, *r.message));
    table.rows.push_back(std::move(row));
  }
  SortAndPage(question_, table);
  return table;
}

int64_t& Tally::At(const std::vector<std::string>& key, size_t number) {
  std::vector<int64_t>& row = rows_[key];
  if (row.empty()) row.resize(columns_.size() - keys_);
  return row[number];
}

Table Tally::Tell(const std::function<void(Row&)>& finish) const {
  Table table;
  table.columns = columns_;
  for (const auto& [key, numbers] : rows_) {
    Row row;
    for (const std::string& k : key) row.cells.push_back(Cell::Text(k));
    for (int64_t n : numbers) row.cells.push_back(Cell::Number(n));
    if (finish != nullptr) finish(row);
    table.rows.push_back(std::move(row));
  }
  return table;
}

void SortAndPage(const Question& question, Table& table) {
  std::stable_sort(table.rows.begin(), table.rows.end(), [](const Row& a, const Row& b) {
    for (size_t i = 0; i < a.cells.size() && i < b.cells.size(); ++i) {
      const std::pair x(a.cells[i].number, a.cells[i].text);
      const std::pair y(b.cells[i].number, b.cells[i].text);
      if (x != y) return x < y;
    }
    return a.record < b.record;
  });
  Page(question, table);
}

void Page(const Question& question, Table& table) {
  table.total = table.rows.size();
  const size_t begin = static_cast<size_t>(std::min<uint64_t>(question.cursor, table.rows.size()));
  const size_t end = begin + std::min(question.limit, table.rows.size() - begin);
  table.next = end < table.rows.size() ? end : 0;
  table.rows.erase(table.rows.begin() + static_cast<ptrdiff_t>(end), table.rows.end());
  table.rows.erase(table.rows.begin(), table.rows.begin() + static_cast<ptrdiff_t>(begin));
}

Cell Share(int64_t part, int64_t whole) {
  const std::optional<int64_t> bp = domain::ShareBp(part, whole);
  return bp ? Cell::Number(*bp) : Cell::Unknown();
}

Cell Yes(bool yes, const Question& question) {
  if (question.English()) return Cell::Text(yes ? "yes" : "no");
  return Cell::Text(yes ? "是" : "否");
}

Cell Time(int64_t ms) { return ms == 0 ? Cell::Unknown() : Cell::Number(ms); }

int64_t Minutes(int64_t ms) { return ms / 60'000; }

std::string PartyName(const Desk& desk, const base::RecordId& id) {
  if (!id) return "";
  const auto org = desk.Read<rec::Org>(id);
  if (org.ok() && *org) return (*org)->name();
  const auto person = desk.Read<rec::Person>(id);
  if (person.ok() && *person) return (*person)->name();
  const auto post = desk.Read<rec::Post>(id);
  if (post.ok() && *post) return PartyName(desk, (*post)->person(), id.scope);
  const auto expert = desk.Read<rec::Expert>(id);
  if (expert.ok() && *expert) return PartyName(desk, (*expert)->person(), id.scope);
  const auto participant = desk.Read<rec::Participant>(id);
  if (participant.ok() && *participant) return (*participant)->name();
  return desk.Code(id);
}

std::string PartyName(const Desk& desk, const rec::RecordRef& ref, const base::ScopeId& scope) {
  return PartyName(desk, schema::FromRef(ref, scope));
}

std::map<uint64_t, std::string> PersonNames(const Desk& desk) {
  std::map<uint64_t, std::string> names;
  desk.Each<rec::Person>({},
                         [&](const base::RecordId& id, const rec::Person& p) { names[base::ShortHash(id)] = p.name(); })
      .IgnoreError();
  return names;
}

std::string NameIn(const std::map<uint64_t, std::string>& names, uint64_t person) {
  if (person == 0) return "";
  const auto it = names.find(person);
  return it == names.end() || it->second.empty() ? base::ToText(person) : it->second;
}

int StateOf(const Desk& desk, const base::RecordId& id) {
  const auto row = desk.Case(id);
  return row ? row->state : 0;
}

bool ByTownship(const Question& question) {
  return !question.by.empty() && question.by.front() == ledger::Dim::kTownship;
}

std::string PlaceKey(const Desk& desk, const Question& question, base::PlaceId place) {
  return desk.PlaceName(ByTownship(question) ? desk.TownshipOf(place) : place);
}

absl::StatusOr<base::RecordId> RecordArg(const Desk& desk, const Question& question, const std::string& name,
                                         const std::function<absl::Status(const Lister::Sees&)>& each) {
  const std::string text = question.Arg(name);
  if (text.empty()) return absl::InvalidArgumentError(absl::StrCat("the argument '", name, "' is missing"));
  if (const auto id = base::ParseRecord(text); id.ok()) return *id;
  const absl::StatusOr<uint64_t> code = base::ParseCrockford(text);
  const bool is_code = code.ok() && text.size() == 13;
  std::vector<base::RecordId> found;
  GUANHU_RETURN_IF_ERROR(each([&](const base::RecordId& id, const pb::Message& m) {
    bool same = is_code && base::ShortHash(id) == *code;
    for (const char* field : {"name", "name_zh", "name_en", "title", "code"}) {
      const FD* f = m.GetDescriptor()->FindFieldByName(field);
      same |= f != nullptr && f->type() == FD::TYPE_STRING && !f->is_repeated() &&
              m.GetReflection()->GetString(m, f) == text;
    }
    if (same) found.push_back(id);
  }));
  if (found.size() == 1) return found.front();
  if (found.empty()) return absl::NotFoundError(absl::StrCat("'", name, "': nothing here is called ", text));
  return absl::InvalidArgumentError(absl::StrCat("'", name, "': several records are called ", text, ", such as ",
                                                 desk.Code(found[0]), " and ", desk.Code(found[1]), ": give a code"));
}

absl::StatusOr<base::PlaceId> PlaceArg(const Desk& desk, const Question& question, const std::string& name) {
  const std::string text = question.Arg(name);
  if (text.empty()) return base::PlaceId{};
  const std::vector<base::PlaceId> found = desk.directory().Find(text);
  if (found.size() == 1) return found.front();
  if (found.size() > 1)
    return absl::InvalidArgumentError(absl::StrCat("several places are called ", text, ": give a code"));
  const auto id = base::ParseCrockford(text);
  if (id.ok() && desk.directory().Place(base::PlaceId{*id}) != nullptr) return base::PlaceId{*id};
  return absl::NotFoundError(absl::StrCat("no place is called ", text));
}

bool Covers(const Desk& desk, const pb::RepeatedField<uint64_t>& places, base::PlaceId place) {
  if (places.empty()) return true;
  return std::any_of(places.begin(), places.end(), [&](uint64_t p) { return desk.Inside(base::PlaceId{p}, place); });
}

}  // namespace guanhu::figures
