// Helpers that figures share: a table of records whose columns are fields of the schema, and a table of sums.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/figures/desk.h"

namespace guanhu::figures {

// One record for each row. A reference's name needs the type it leads to: "FacilityType", or "*" for a body or person.
class Lister {
 public:
  struct Record {
    base::RecordId id;
    std::unique_ptr<google::protobuf::Message> message;
  };
  using Sees = std::function<void(const base::RecordId&, const google::protobuf::Message&)>;
  using Tells = std::function<Cell(const base::RecordId&, const google::protobuf::Message&)>;

  Lister(const Desk& desk, const Question& question, uint32_t type)
      : desk_(desk), question_(question), info_(*desk.schema().Type(type)) {}

  // Reads the records of the cut's place, or all that are held here.
  template <typename Message>
  static absl::StatusOr<Lister> Of(const Desk& desk, const Question& question, bool everywhere = false) {
    Lister lister(desk, question, desk.TypeOf<Message>());
    GUANHU_RETURN_IF_ERROR(desk.Each<Message>(everywhere ? base::PlaceId{} : question.cut.place,
                                              [&](const base::RecordId& id, const Message& m) {
                                                lister.records_.push_back({id, std::make_unique<Message>(m)});
                                              }));
    return lister;
  }

  // The field's own labels and unit. A field that the schema does not have is left out.
  Lister& Show(absl::string_view field, absl::string_view leads_to = "");
  Lister& Place();  // the record's own
  Lister& State();  // with `since` and, where people acted against each other, `contested`
  Lister& Add(Column column, Tells tells);
  template <typename Message>
  Lister& AddFor(Column column, std::function<Cell(const base::RecordId&, const Message&)> tells) {
    return Add(std::move(column),
               [tells = std::move(tells)](const base::RecordId& id, const google::protobuf::Message& m) {
                 return tells(id, static_cast<const Message&>(m));
               });
  }
  template <typename Message>
  Lister& Where(const std::function<bool(const base::RecordId&, const Message&)>& keep) {
    std::erase_if(records_, [&](const Record& r) { return !keep(r.id, static_cast<const Message&>(*r.message)); });
    return *this;
  }
  // The argument `state`, where the question has one: a number, an enum value's name or its label.
  Lister& WhereState();

  // A page of the question, in the order of the columns.
  Table Tell();

 private:
  const Desk& desk_;
  const Question& question_;
  const schema::RecordInfo& info_;
  std::vector<Record> records_;
  std::vector<Column> columns_;
  std::vector<Tells> tells_;
};

// Sums by a text. Rows come in the order of the keys.
class Tally {
 public:
  explicit Tally(std::vector<Column> columns, size_t keys = 1) : columns_(std::move(columns)), keys_(keys) {}
  int64_t& At(const std::vector<std::string>& key, size_t number);
  int64_t& At(const std::string& key, size_t number) { return At(std::vector<std::string>{key}, number); }
  // `finish` may write further cells (their columns are declared) and change others.
  Table Tell(const std::function<void(Row&)>& finish = nullptr) const;

 private:
  std::vector<Column> columns_;  // the keys first
  size_t keys_;
  std::map<std::vector<std::string>, std::vector<int64_t>> rows_;
};

// Keeps the rows of the question's page. Rows are sorted by their cells, so that every node tells the same.
void SortAndPage(const Question& question, Table& table);
void Page(const Question& question, Table& table);

Cell Share(int64_t part, int64_t whole);  // 1/10000, or unknown
Cell Yes(bool yes, const Question& question);
Cell Time(int64_t ms);  // 0: unknown
int64_t Minutes(int64_t ms);

// What people call a body or person: of an organisation, person, post, expert or participant.
std::string PartyName(const Desk& desk, const base::RecordId& id);
std::string PartyName(const Desk& desk, const records::v1::RecordRef& ref, const base::ScopeId& scope);
// Names of people by the hash of their records (base::PersonId).
std::map<uint64_t, std::string> PersonNames(const Desk& desk);
std::string NameIn(const std::map<uint64_t, std::string>& names, uint64_t person);

// "state" of a record with a life cycle, as the ledgers hold it; 0: not here.
int StateOf(const Desk& desk, const base::RecordId& id);
// The township's name, or the place's where the question asks by place.
std::string PlaceKey(const Desk& desk, const Question& question, base::PlaceId place);
bool ByTownship(const Question& question);
// A record of a type by its full id, its short code (13 characters), or exactly its name or code. Errors:
// kInvalidArgument for several records, kNotFound.
absl::StatusOr<base::RecordId> RecordArg(const Desk& desk, const Question& question, const std::string& name,
                                         const std::function<absl::Status(const Lister::Sees&)>& each);
template <typename Message>
absl::StatusOr<base::RecordId> RecordArg(const Desk& desk, const Question& question, const std::string& name) {
  return RecordArg(desk, question, name, [&](const Lister::Sees& sees) {
    return desk.Each<Message>({}, [&](const base::RecordId& id, const Message& m) { sees(id, m); });
  });
}
// A place by its id, code or name. None: the argument is missing. Errors: kNotFound.
absl::StatusOr<base::PlaceId> PlaceArg(const Desk& desk, const Question& question, const std::string& name);
// Whether `place` is one of `places` or lies below one; an empty list: everywhere.
bool Covers(const Desk& desk, const google::protobuf::RepeatedField<uint64_t>& places, base::PlaceId place);

}  // namespace guanhu::figures
