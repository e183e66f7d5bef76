// A node: village terminal, township or city. One writer over one store; the same class on all three tiers.
// Not thread-safe: its owner calls it from one thread at a time. After a failed commit every call fails with the
// store's error; the owner closes the node and opens it again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/domain/directory.h"
#include "common/model/entry.h"
#include "common/model/record.h"
#include "common/node/keys.h"
#include "common/node/scope_state.h"
#include "common/node/seams.h"
#include "common/node/tx.h"
#include "common/node/types.h"
#include "common/store/store.h"
#include "common/sync/replica.h"

namespace guanhu::node {

class Node final : public sync::Replica {
 public:
  // All pointers outlive the node. Errors: kDataLoss, kFailedPrecondition if the store belongs to another key.
  static absl::StatusOr<std::unique_ptr<Node>> Open(store::Store* store, const Trust* trust, const Rules* rules,
                                                    base::Random* random, Events* events, const NodeConfig& config);

  // ---- writing: durable when it returns
  // Errors: kPermissionDenied, kInvalidArgument, kNotFound for an edit of an unknown record.
  absl::StatusOr<Saved> Execute(const Command& command, absl::Time now);
  // Several commands in one commit; each has its own result.
  absl::StatusOr<std::vector<absl::StatusOr<Saved>>> Execute(const std::vector<Command>& commands, absl::Time now);

  // ---- receiving: what several peers sent, in one commit
  struct FromPeer {
    base::NodeId peer;
    const std::vector<sync::Ingest>* items;
  };
  absl::StatusOr<std::vector<std::vector<sync::Outcome>>> Apply(const std::vector<FromPeer>& received, absl::Time now);
  // City: with `later`, acknowledgements are made by MakeDueAcks, once for a burst of commits, and not by each commit.
  void MakeAcksLater(bool later) { acks_later_ = later; }
  bool acks_due() const { return !acks_due_.empty(); }
  absl::Status MakeDueAcks();
  // What moved since the last call; hand it to every session.
  sync::Changes TakeChanges() { return std::exchange(changes_, {}); }

  // ---- the city's acts; kPermissionDenied elsewhere
  absl::Status Decide(const base::JournalId& journal, std::vector<uint64_t> seqs, bool adopt, absl::string_view reason,
                      base::PersonId person, absl::Time now);
  absl::Status Revoke(base::NodeId node, absl::string_view reason, absl::Time now);
  // Brings a quarantined change back as a new change of this node. Errors: kNotFound.
  absl::StatusOr<Saved> AdoptAside(const base::JournalId& journal, uint64_t seq, uint64_t hash, absl::Time now);

  // ---- reading
  // Whether a command of this id was done; never of an empty one.
  absl::StatusOr<bool> HasDone(const std::string& command_id) const;
  absl::StatusOr<std::optional<model::RecordState>> Get(uint32_t type, const base::RecordId& id) const;
  // Records of one type in one scope (type 0: all types), until `visit` returns false.
  absl::Status Visit(
      const base::ScopeId& scope, uint32_t type,
      const std::function<bool(uint32_t, const base::RecordId&, const model::RecordState&)>& visit) const;
  // The ids alone, without reading the states.
  absl::Status VisitIds(const base::ScopeId& scope,
                        const std::function<bool(uint32_t, const base::RecordId&)>& visit) const;
  absl::StatusOr<std::vector<HistoryItem>> History(uint32_t type, const base::RecordId& id) const;
  Holding HoldingOf(const base::JournalId& journal, uint64_t seq) const;
  Holding HoldingOf(const base::RecordId& id, const model::RecordState& state) const;
  std::vector<OwnProgress> OwnWork() const;
  ParentContact Contact() const { return contact_; }
  void NoteContact(bool all_up, bool equal, absl::Time now);
  std::vector<HeldItem> Held() const;
  std::vector<sync::AsideItem> AsideAll() const;
  std::vector<base::ScopeId> Scopes() const { return {subscribed_.begin(), subscribed_.end()}; }
  const domain::Directory& directory() const { return directory_; }
  domain::Tier AuthorTier(base::Origin origin) const;
  std::optional<AuthorInfo> Author(base::Origin origin) const;
  domain::Tier tier() const { return config_.tier; }
  base::PlaceId place() const;
  uint64_t epoch() const { return epoch_; }
  base::Origin origin() const { return origin_; }
  model::StateDigest StatesOf(const base::ScopeId& scope) const;
  size_t WaitingCount() const;
  const std::map<base::ScopeId, ScopeState>& scopes_for_checking() const { return scopes_; }
  // Recomputes every state from the journals and compares; repairs nothing. Errors: kDataLoss names the first
  // difference.
  absl::Status VerifyAgainstJournals();
  // Reads every journal: numbering, chain, last signature. Errors: kDataLoss names the first entry that is wrong.
  absl::Status VerifyChains() const;
  // Canonical bytes of an entry. Errors: kDataLoss if it is not held.
  absl::StatusOr<std::string> EntryBytes(const base::JournalId& journal, uint64_t seq) const;
  AsideInfo AsideStateOf(const sync::AsideItem& item) const;
  // Whether the city's store of this epoch is known to keep it.
  bool AsideAtCity(const sync::AsideItem& item) const;
  absl::Status failed() const { return failed_; }

  // ---- sync::Replica
  base::NodeId node() const override { return trust_->self().node; }
  base::Origin store() const override { return origin_; }
  int64_t corrected_wall_ms(int64_t wall_ms) const override { return wall_ms + clock_offset_ms_; }
  base::ScopeId county_scope() const override { return {config_.county, base::Visibility::kPublished}; }
  uint64_t directory_version() const override { return directory_version_; }
  sync::PeerView ViewOf(base::NodeId peer) const override;
  sync::ScopeDigest DigestOf(const base::ScopeId& scope) override;
  sync::Have HaveOf(const base::ScopeId& scope) const override;
  std::optional<uint64_t> HashAt(const base::JournalId& journal, uint64_t seq) const override;
  sync::Point PositionOf(const base::JournalId& journal) const override;
  std::optional<sync::Point> CityBeyond(const base::JournalId& journal) const override;
  bool Yielded(const base::JournalId& journal) const override;
  bool Closed(const base::JournalId& journal, sync::Point* end) const override;
  bool IsOwn(base::Origin origin) const override { return origin == origin_; }
  int PriorityOf(const base::JournalId& journal) const override;
  absl::StatusOr<model::EntryBatch> ReadSuffix(const base::JournalId& journal, uint64_t after) override;
  std::optional<sync::CityAck> AckOf(const base::ScopeId& scope) override;
  std::vector<sync::Point> TransitFor(const sync::PeerView& view, bool all) const override;
  std::vector<sync::HeldMark> OpenMarks() const override;
  std::vector<sync::AsideItem> OpenAside(base::Origin parent_store) const override;

 private:
  Node(store::Store* store, const Trust* trust, const Rules* rules, base::Random* random, Events* events,
       const NodeConfig& config)
      : store_(store), trust_(trust), rules_(rules), random_(random), events_(events), config_(config) {}

  // node_open.cc
  absl::Status Load(bool* fresh);
  absl::Status LoadMeta(absl::string_view key, absl::string_view value);
  void LoadOwn(Meta kind, base::Reader& v);
  absl::Status LoadAside(absl::string_view key, absl::string_view value);
  absl::Status LoadAuthors();
  absl::Status LoadDirectory(Tx* tx);
  void NewIncarnation(Tx& tx, absl::string_view why);
  absl::Status Commit(Tx& tx);
  absl::StatusOr<ViewUpdate> UpdateOf(Tx& tx) const;
  absl::Status FlushRecords(Tx& tx);
  void FlushJournals(Tx& tx);
  void FlushClosing(Tx& tx);
  // What a city store of an earlier epoch wrote may be missing at the present one.
  bool OfPresentCity(const AuthorInfo& author) const { return author.city && author.epoch >= epoch_; }
  bool IsCity() const { return trust_->self().city; }

  // node_process.cc
  absl::Status Process(Tx& tx, const base::JournalId& j, uint64_t seq, const model::Entry& entry,
                       const base::Hash256& chain);
  absl::Status ProcessChange(Tx& tx, const base::JournalId& j, uint64_t seq, const model::Change& change,
                             uint32_t hash);
  absl::Status TakeEffect(Tx& tx, const base::JournalId& j, uint64_t seq, const model::Change& change, uint32_t hash);
  absl::StatusOr<std::optional<Cause>> Unmet(Tx& tx, const base::JournalId& j, uint64_t seq,
                                             const model::Change& change);
  absl::StatusOr<std::optional<Cause>> UnmetContext(Tx& tx, const base::ScopeId& scope, const RecordKeyId& record,
                                                    const model::ContextEntry& c);
  std::optional<std::string> Objection(const base::JournalId& j, uint64_t seq, const model::Change& change) const;
  void Hold(Tx& tx, const base::JournalId& j, uint64_t seq, absl::string_view reason);
  absl::Status Wake(Tx& tx, const base::ScopeId& scope, base::Origin origin);
  bool MakeRecord(Tx& tx, const model::Edit& e, const model::EditPlace& at, std::string key);
  absl::StatusOr<CachedRecord*> Record(Tx& tx, const RecordKeyId& key, bool creates);
  absl::StatusOr<uint32_t> HashPrefix(Tx& tx, const base::JournalId& j, uint64_t seq) const;
  absl::Status Rebuild(Tx& tx, const base::ScopeId& scope);
  absl::StatusOr<std::map<RecordKeyId, std::string>> StoredStates(Tx& tx, const base::ScopeId& scope) const;

  // node_append.cc
  JournalState& OwnJournal(Tx& tx, const base::ScopeId& scope);
  absl::StatusOr<uint64_t> Append(Tx& tx, const base::ScopeId& scope, const model::Entry& entry);
  void PutEntry(Tx& tx, const base::JournalId& j, JournalState& js, absl::string_view bytes,
                const base::Hash256& chain);
  absl::StatusOr<Saved> ExecuteOne(Tx& tx, const Command& command, absl::Time now);
  absl::StatusOr<model::Edit> MakeEdit(Tx& tx, const Command& command, const Command::Edit& wanted,
                                       const JournalState& js, uint64_t seq, uint32_t index);
  model::Stamp StampAt(absl::Time now) const;

  // node_ingest.cc
  void PrepareChecks(Tx& tx, const std::vector<FromPeer>& received) const;
  absl::StatusOr<sync::Outcome> IngestOne(Tx& tx, base::NodeId peer, const sync::Ingest& item, absl::Time now);
  absl::StatusOr<sync::Outcome> IngestBatch(Tx& tx, base::NodeId peer, const model::EntryBatch& batch);
  absl::StatusOr<sync::Outcome> AcceptEntries(Tx& tx, const model::EntryBatch& batch, uint64_t skip);
  absl::StatusOr<sync::Outcome> CompareHeld(const model::EntryBatch& batch) const;
  absl::StatusOr<AuthorInfo> Introduce(const base::JournalId& j, absl::string_view open_bytes);
  absl::Status IngestAck(Tx& tx, const sync::CityAck& ack);
  void NoteBeyond(const sync::Point& acked);
  absl::Status IngestMarks(Tx& tx, const sync::HeldMarks& marks);
  void DropMark(Tx& tx, const base::JournalId& j, uint64_t seq, base::NodeId by);
  absl::Status IngestAside(Tx& tx, const sync::AsideItems& items);
  absl::Status AfterIngest(Tx& tx);

  // node_control.cc
  absl::Status ProcessControl(Tx& tx, const base::JournalId& j, uint64_t seq, const model::Entry& entry);
  absl::Status LearnControls(Tx& tx);
  absl::Status LearnClose(Tx& tx, const base::JournalId& j, const ClosePoint& point);
  absl::Status LearnVerdict(Tx& tx, const base::JournalId& by, uint64_t by_seq, const model::Verdict& verdict);
  absl::Status LearnCut(Tx& tx, const model::Cut& cut);
  absl::Status LearnKept(Tx& tx, const base::JournalId& j, uint64_t seq, uint64_t hash, uint64_t epoch);
  bool Kept(const AsideKey& key) const;
  absl::Status TakeBack(Tx& tx, const base::JournalId& j, const ClosePoint& point);
  void ForgetBeyond(Tx& tx, const base::JournalId& j, uint64_t last);
  absl::Status Truncate(Tx& tx, const base::JournalId& j, uint64_t last, absl::string_view why);
  absl::Status NoteFork(Tx& tx, const base::JournalId& j, bool mine_yields, absl::string_view why);
  absl::StatusOr<bool> OnForkSeen(Tx& tx, const sync::ForkSeen& fork, base::NodeId peer);
  absl::Status SetAside(Tx& tx, const base::JournalId& j, uint64_t seq, const base::Hash256& previous,
                        absl::string_view entry, absl::string_view why, bool proven);
  void DropAside(Tx& tx, const base::JournalId& j, uint64_t seq, uint64_t hash);
  absl::Status JudgeForks(Tx& tx);
  absl::Status AnswerMarks(Tx& tx);
  absl::Status MakeAcks(Tx& tx);
  void NoteAcksDue(const Tx& tx);
  absl::Status RefreshDirectory(Tx& tx);
  absl::Status VoidSecondReissues(Tx& tx);
  absl::Status NoteReissued(Tx& tx, const base::JournalId& j, uint64_t seq, uint64_t hash);
  absl::StatusOr<bool> StandsAs(const base::JournalId& j, uint64_t seq, const model::Reissue& name) const;
  absl::Status ReissueCut(Tx& tx);
  absl::StatusOr<bool> ReissueJournal(Tx& tx, const base::JournalId& j);
  absl::StatusOr<Saved> Reissue(Tx& tx, CutBranch& branch, const sync::AsideItem& item);
  absl::StatusOr<Saved> AdoptInto(Tx& tx, CutBranch& branch, const sync::AsideItem& item);
  absl::StatusOr<CutBranch> BranchBefore(const sync::AsideItem& item) const;
  absl::StatusOr<sync::AsideItem> AsideAt(const AsideKey& key) const;
  absl::StatusOr<std::optional<sync::AsideItem>> AsideBefore(const sync::AsideItem& item) const;
  uint64_t AckedSeq(const base::JournalId& j) const;
  void RaiseEpoch(Tx& tx, uint64_t epoch, absl::string_view credential);

  absl::StatusOr<std::optional<std::string>> Row(store::Table table, const std::string& key) const;
  absl::StatusOr<base::Hash256> ChainAt(const base::JournalId& j, uint64_t seq) const;  // seq 0: the start
  absl::StatusOr<JournalRow> EntryAt(const base::JournalId& j, uint64_t seq) const;
  JournalState* FindJournal(const base::JournalId& j);
  const JournalState* FindJournal(const base::JournalId& j) const;
  ScopeState& Scope(const base::ScopeId& s) { return scopes_[s]; }
  const AuthorInfo* AuthorOf(base::Origin origin) const;
  void Moved(Tx& tx, const base::JournalId& j, JournalState& js, const model::Head& head);
  void Report(Events::Severity severity, absl::string_view name, absl::string_view detail) const;

  store::Store* const store_;
  const Trust* const trust_;
  const Rules* const rules_;
  base::Random* const random_;
  Events* const events_;
  NodeConfig config_;

  std::string nonce_;
  base::Origin origin_;
  base::Origin previous_;
  uint64_t epoch_ = 0;
  std::string epoch_credential_;          // the certificate of the city store that speaks now
  std::optional<AuthorInfo> epoch_city_;  // what it says, once verified
  bool acks_later_ = false;
  std::set<base::ScopeId> acks_due_;  // city: scopes that moved since their last statement
  int64_t clock_offset_ms_ = 0;
  model::ClockQuality clock_quality_ = model::ClockQuality::kUnknown;
  std::map<base::ScopeId, ScopeState> scopes_;
  std::map<base::Origin, AuthorInfo> authors_;
  std::map<base::NodeId, CutInfo> cuts_;
  std::map<AsideKey, AsideInfo> aside_;
  std::map<AsideKey, uint64_t> kept_;  // the city store of this epoch keeps it, whether it is in quarantine here or not
  std::map<AsideKey, base::Origin> aside_taken_;  // of places that are not held here: the parent's store that has it
  std::map<std::pair<base::JournalId, uint64_t>, std::map<base::NodeId, std::string>> marks_;  // on the way to the city
  std::map<base::JournalId, uint64_t> parent_has_;
  ParentContact contact_;
  std::map<base::JournalId, sync::ParentExtends> parent_beyond_;  // where a parent found the own head on its chain
  std::map<base::JournalId, sync::Point>
      city_beyond_;  // own head, when an acknowledged chain is known to pass through it
  std::set<base::ScopeId> subscribed_;
  std::set<base::JournalId> fork_watch_;  // city: journals to be judged
  domain::Directory directory_;
  uint64_t directory_version_ = 1;
  sync::Changes changes_;
  Tx* tx_ = nullptr;  // the commit being prepared; reads see it
  absl::Status failed_;
};

}  // namespace guanhu::node
