// Keeps the ledgers up with every commit of the node: the rows in Table::kView, and the book in memory.
// Prepare, Committed, Load and Rebuild run on the node's thread; the book may be read from any.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "common/ledger/book.h"
#include "common/ledger/life.h"
#include "common/ledger/links.h"
#include "common/node/seams.h"
#include "common/schema/schema.h"
#include "common/store/store.h"

namespace guanhu::ledger {

// Fills a row from a FacilityType as shown.
void FillType(const google::protobuf::Message& shown, TypeRow& row);

class LedgerViews final : public node::Views, public Links {
 public:
  // Both outlive the object. `store` is the node's.
  LedgerViews(store::Store* store, const schema::Schema* schema) : store_(store), schema_(schema) {}

  const Book& book() const { return book_; }

  // Reads the rows, once; a terminal that only writes never needs all of them, so nothing is read before the first use.
  // Where the rows are missing or of another layout they are made from the records.
  // Errors: kDataLoss when stored rows are damaged. Nothing is read or kept up from then on until Rebuild succeeds.
  absl::Status Load(const node::Node& node);
  // Whether stored rows could not be read, so that the book does not follow the records. From any thread.
  bool damaged() const { return damaged_; }
  // Makes every row anew from the records. With `verify` nothing is written: the answer names the first rows that
  // differ, and is empty when all are equal.
  absl::StatusOr<std::vector<std::string>> Rebuild(const node::Node& node, bool verify);

  // node::Views
  absl::Status Prepare(const node::Node& node, const node::ViewUpdate& update, store::Batch& batch) override;
  void Committed(const node::Node& node, const node::ViewUpdate& update) override;

  // Links. Reads what is committed and, during Prepare, what is being committed.
  using Links::Visit;
  absl::Status Visit(uint64_t target, uint32_t source_type,
                     const std::function<bool(const base::RecordId&)>& visit) const override;

 private:
  absl::Status ReadAll(const node::Node& node);
  absl::Status MakeAll(const node::Node& node);
  absl::StatusOr<std::vector<std::string>> Compare(const node::Node& node);
  // Empties the book: a part of the rows must not pass for all of them.
  void Break(absl::Status why);
  absl::Status PrepareRows(const node::Node& node, const node::ViewUpdate& update, store::Batch& batch);
  using Ids = std::set<base::RecordId>;

  // What a commit's changes make necessary, each once.
  struct Work {
    std::map<base::RecordId, bool> refresh;      // assets whose record changed; true: count its inspections anew
    Ids recount;                                 // assets of which what was done may have changed
    Ids reclear;                                 // assets of which a duty or title changed
    std::map<base::RecordId, uint32_t> rejudge;  // cases, with their type
  };

  absl::Status Collect(const node::Node& node, const node::ViewChange& change, bool anew, Work& work);
  absl::Status RejudgeSharers(const node::Node& node, const base::RecordId& entry,
                              std::map<base::RecordId, uint32_t>& rejudge);
  void PutLinks(const node::ViewChange& change, const schema::RecordInfo& info, Targets& before, Targets& after);
  bool CountPlain(const node::ViewChange& change);
  void CountNew(const node::ViewChange& change);
  void ReadType(const node::Node& node, const node::ViewChange& change);
  void ReadName(const node::Node& node, const node::ViewChange& change);
  absl::Status ReadNames(const node::Node& node);
  absl::Status RejudgeGraded(const base::RecordId& asset, std::map<base::RecordId, uint32_t>& rejudge);
  absl::Status RefreshAsset(const node::Node& node, const base::RecordId& id, bool recount);
  absl::Status Recount(const node::Node& node, AssetRow& row) const;
  absl::Status ReadClear(const node::Node& node, AssetRow& row) const;
  absl::Status Rejudge(const node::Node& node, uint32_t type, const base::RecordId& id);
  uint32_t CaseType(const base::RecordId& id) const;  // 0: no case of that id is known
  absl::Status ScanRows(View kind,
                        const std::function<absl::Status(absl::string_view key, absl::string_view value)>& row);
  absl::Status MakeLinks(const node::Node& node);
  absl::Status MakeRows(const node::Node& node, bool write);
  absl::Status VerifyLinks(const node::Node& node, std::vector<std::string>& faults);
  absl::Status Flush();
  AssetRow& Asset(const base::RecordId& id);
  void WriteRows(store::Batch& batch);
  Coverage CoverageOf(const node::Node& node) const;

  store::Store* const store_;
  const schema::Schema* const schema_;
  Book book_;
  bool loaded_ = false;
  absl::Status broken_;                    // stored rows cannot be read
  std::atomic<bool> damaged_ = false;      // broken_ is an error
  std::map<std::string, bool> pending_;    // link rows of the commit being prepared: true put, false removed
  absl::flat_hash_set<uint64_t> amended_;  // hashes of records that an amendment names
  BookUpdate next_;                        // what the commit being prepared will put into the book
};

}  // namespace guanhu::ledger
