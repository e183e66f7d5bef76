// What a figure reads from, and what it was asked. Figures are pure functions of the records at hand.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/figures/table.h"
#include "common/ledger/life.h"
#include "common/ledger/views.h"
#include "common/node/node.h"
#include "common/schema/display.h"
#include "common/schema/refs.h"
#include "common/schema/schema.h"

namespace guanhu::figures {

struct Question {
  ledger::Cut cut;
  std::vector<ledger::Dim> by;
  uint64_t cursor = 0;
  size_t limit = 100;
  int64_t from_ms = 0;  // the period as asked: [from, to)
  int64_t to_ms = 0;
  std::map<std::string, std::string> args;  // names are each figure's own
  schema::Language language = schema::Language::kChinese;
  absl::Time now;

  // The argument, or empty.
  std::string Arg(const std::string& name) const {
    const auto it = args.find(name);
    return it == args.end() ? std::string() : it->second;
  }
  bool English() const { return language == schema::Language::kEnglish; }
};

// Used by one thread: the node's, or another one that then asks the node's thread for records only. Everything outlives
// it.
class Desk {
 public:
  // Runs the work with a desk of the node's thread, on that thread, and waits for it.
  using OnNode = std::function<void(const std::function<void(const Desk&)>& work)>;

  // On the node's thread.
  Desk(const node::Node& node, const schema::Schema& schema, const ledger::LedgerViews& ledger)
      : node_(&node), schema_(schema), ledger_(ledger) {}
  // On any other thread. What the book knows is answered at once, however busy the node is.
  Desk(OnNode on_node, const schema::Schema& schema, const ledger::LedgerViews& ledger)
      : on_node_(std::move(on_node)), directory_(ledger.book().directory()), schema_(schema), ledger_(ledger) {}

  // On the node's thread only.
  const node::Node& node() const { return *node_; }
  // Runs the work with the records at hand: many reads should be one visit to the node's thread.
  void WithRecords(const std::function<void(const Desk&)>& work) const {
    if (node_ != nullptr) {
      work(*this);
    } else {
      on_node_(work);
    }
  }
  const schema::Schema& schema() const { return schema_; }
  const ledger::Book& book() const { return ledger_.book(); }
  const ledger::LedgerViews& ledger() const { return ledger_; }
  const domain::Directory& directory() const { return node_ != nullptr ? node_->directory() : *directory_; }

  // The record as shown; nullopt if it is not here, deleted ones included. Errors: the store's.
  template <typename Message>
  absl::StatusOr<std::optional<Message>> Read(const base::RecordId& id) const {
    return As<Message>(id, Shown(TypeOf<Message>(), id));
  }
  // Every record of a type that is not deleted, whose place is `place` or below it (none: all held); in the order of
  // their ids. Errors: the store's.
  template <typename Message>
  absl::Status Each(base::PlaceId place, const std::function<void(const base::RecordId&, const Message&)>& visit) const {
    return EachShown(TypeOf<Message>(), place, [&](const base::RecordId& id, const google::protobuf::Message& m) {
      Message message;
      message.CopyFrom(m);
      visit(id, message);
    });
  }
  // Every record of a type that belongs to `target` and is not deleted. Errors: the store's.
  template <typename Message>
  absl::Status Linked(const base::RecordId& target,
                      const std::function<void(const base::RecordId&, const Message&)>& visit) const {
    return EachLinked(TypeOf<Message>(), target, [&](const base::RecordId& id, const google::protobuf::Message& m) {
      Message message;
      message.CopyFrom(m);
      visit(id, message);
    });
  }
  template <typename Message>
  uint32_t TypeOf() const {
    return schema_.Type(absl::string_view(Message::descriptor()->name()))->type;
  }
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Shown(uint32_t type, const base::RecordId& id) const;
  absl::StatusOr<ledger::RecordLife> Life(uint32_t type, const base::RecordId& id) const {
    absl::StatusOr<ledger::RecordLife> life;
    WithRecords([&](const Desk& d) { life = ledger::LifeOf(*d.node_, schema_, ledger_, type, id); });
    return life;
  }
  // The state of a record with a life cycle, as the ledgers hold it; nullopt: not here.
  std::optional<ledger::CaseRow> Case(const base::RecordId& id) const { return book().Case(id); }

  std::string PlaceName(base::PlaceId place) const;
  // The township above a place, or the place itself if it is one or stands above townships.
  base::PlaceId TownshipOf(base::PlaceId place) const;
  bool Inside(base::PlaceId upper, base::PlaceId place) const;
  // What people call a record: its name, title or code.
  std::string NameOf(uint32_t type, const base::RecordId& id) const;
  std::string NameOf(const records::v1::RecordRef& ref, const base::ScopeId& scope, uint32_t type) const;
  std::string EnumName(uint32_t type, absl::string_view field, int value, const Question& question) const;
  static std::string Code(const base::RecordId& id);  // 13 characters

 private:
  template <typename Message>
  static absl::StatusOr<std::optional<Message>> As(const base::RecordId&,
                                                   absl::StatusOr<std::unique_ptr<google::protobuf::Message>> shown) {
    if (!shown.ok()) return shown.status();
    if (*shown == nullptr) return std::optional<Message>();
    Message message;
    message.CopyFrom(**shown);
    return std::optional<Message>(std::move(message));
  }
  using VisitShown = std::function<void(const base::RecordId&, const google::protobuf::Message&)>;
  absl::Status EachShown(uint32_t type, base::PlaceId place, const VisitShown& visit) const;
  absl::Status EachLinked(uint32_t type, const base::RecordId& target, const VisitShown& visit) const;

  const node::Node* node_ = nullptr;  // on its thread; else:
  OnNode on_node_;
  std::shared_ptr<const domain::Directory> directory_;
  const schema::Schema& schema_;
  const ledger::LedgerViews& ledger_;
};

}  // namespace guanhu::figures
