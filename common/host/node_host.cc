#include "common/host/node_host.h"

#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/host/layout.h"
#include "common/host/link.h"
#include "common/store/rocks_store.h"
#include "common/trust/certificate.h"
#include "common/trust/secret_file.h"

namespace guanhu::host {
namespace {

// A link that was silent for so long gives its compression tables back.
constexpr absl::Duration kRestAfter = absl::Seconds(5);
// In a steady stream of work the city acknowledges at least so often.
constexpr absl::Duration kAckDelay = absl::Milliseconds(100);
// Commands taken into one commit: bounds how long one caller waits for others.
constexpr size_t kCommandsPerCommit = 512;

class LogEvents final : public node::Events {
 public:
  using Log = std::function<void(Severity, absl::string_view, absl::string_view)>;
  explicit LogEvents(Log log) : log_(std::move(log)) {}
  void Report(Severity severity, absl::string_view name, absl::string_view detail) override {
    if (log_) log_(severity, name, detail);
  }

 private:
  const Log log_;
};

// A new store starts with the place tree that came with the enrolment, so that a device can work before it has met
// anybody.
absl::Status LearnCounty(node::Node& node, const trust::Enrolment& enrolment, absl::Time now) {
  if (enrolment.county_batches.empty() || !node.HaveOf(node.county_scope()).points.empty()) return absl::OkStatus();
  codec::BatchDecoder decoder;
  std::vector<sync::Ingest> items;
  for (const std::string& bytes : enrolment.county_batches) {
    GUANHU_ASSIGN_OR_RETURN(model::EntryBatch batch, decoder.Decode(bytes));
    items.emplace_back(std::move(batch));
  }
  GUANHU_ASSIGN_OR_RETURN(const auto outcomes, node.Apply({{base::NodeId{}, &items}}, now));
  for (const sync::Outcome& o : outcomes.front()) {
    if (o.kind != sync::Outcome::kDone)
      return absl::InvalidArgumentError(absl::StrCat("the place tree of the enrolment file is refused: ", o.reason));
  }
  node.TakeChanges();
  return absl::OkStatus();
}

// A database that was rebuilt from what is readable may have lost records of which it still has the journals. Said in a
// file first, since the database says it only once, and a program may be killed before it has made them anew.
absl::Status NoteRepair(const store::Store& store, const std::string& dir) {
  if (!store.report().repaired) return absl::OkStatus();
  const int fd = open(RepairPath(dir).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && fsync(fd) == 0;
  if (fd >= 0) close(fd);
  return written ? absl::OkStatus()
                 : absl::UnavailableError(absl::StrCat("cannot write ", RepairPath(dir), ": is the disk full?"));
}

absl::Status MakeRecordsAnew(node::Node& node, const std::string& dir, absl::Time now) {
  if (access(RepairPath(dir).c_str(), F_OK) != 0) return absl::OkStatus();
  std::vector<sync::Ingest> items;
  for (const base::ScopeId& s : node.Scopes()) items.emplace_back(sync::StatesDiffer{s});
  absl::Status status = node.Apply({{base::NodeId{}, &items}}, now).status();
  if (status.ok()) status = node.VerifyChains();
  if (!status.ok()) {
    return absl::Status(status.code(),
                        absl::StrCat("this node's database was damaged and its journals are not whole: ",
                                     status.message(), ". Keep a copy of ", dir, " and move ", StorePath(dir), " and ",
                                     RepairPath(dir), " away: what was handed in comes back at the next exchange"));
  }
  node.TakeChanges();
  unlink(RepairPath(dir).c_str());
  return absl::OkStatus();
}

}  // namespace

// The node's thread and what waits for it.
struct NodeHost::Loop {
  struct Command {
    node::Command command;
    std::function<void(absl::StatusOr<node::Saved>)> done;
  };

  Loop(std::unique_ptr<node::Node> n, const base::Clock* c) : clock(c), node(std::move(n)), exchange(node.get()) {}

  void Push(std::function<void()> task) {
    {
      std::lock_guard<std::mutex> lock(mu);
      if (stopping) return;
      tasks.push_back(std::move(task));
    }
    wake.notify_one();
  }
  void PushCommand(Command c) {
    {
      std::lock_guard<std::mutex> lock(mu);
      if (!stopping) {
        commands.push_back(std::move(c));
        c.done = nullptr;
      }
    }
    if (c.done) c.done(absl::UnavailableError("the node is stopping"));
    wake.notify_one();
  }

  void Run();
  void TakeCommands(std::deque<Command> taken);
  void OpenLink(const std::shared_ptr<LinkState>& link);
  void Fail(const absl::Status& status);
  void RestIdleLinks();
  bool Quiet() {
    std::lock_guard<std::mutex> lock(mu);
    return tasks.empty() && commands.empty();
  }

  const base::Clock* const clock;
  std::mutex mu;
  std::condition_variable wake;
  std::deque<std::function<void()>> tasks;
  std::deque<Command> commands;
  bool stopping = false;
  absl::Status failed;

  // The thread's own:
  std::unique_ptr<node::Node> node;
  node::Exchange exchange;
  std::map<uint64_t, std::shared_ptr<LinkState>> links;
  std::vector<std::shared_ptr<LinkState>> paused;  // read on when this round's answers are sent
  std::vector<std::shared_ptr<LinkState>> ended;   // closed when what they brought before is stored
  uint64_t next_link = 1;
  absl::Time acks_made = absl::InfinitePast();
  std::thread thread;
};

void NodeHost::Loop::Run() {
  while (true) {
    std::deque<std::function<void()>> taken;
    std::deque<Command> asked;
    {
      std::unique_lock<std::mutex> lock(mu);
      wake.wait_for(lock, std::chrono::seconds(5), [&] { return stopping || !tasks.empty() || !commands.empty(); });
      if (stopping && tasks.empty() && commands.empty()) return;
      taken.swap(tasks);
      while (!commands.empty() && asked.size() < kCommandsPerCommit) {
        asked.push_back(std::move(commands.front()));
        commands.pop_front();
      }
    }
    for (const std::function<void()>& t : taken) t();
    if (!asked.empty()) TakeCommands(std::move(asked));
    const absl::Time now = clock->Now();
    absl::Status status = node->failed();
    if (status.ok()) status = exchange.Spread(now);
    if (status.ok()) status = exchange.Run(now);
    if (status.ok() && node->acks_due() && (Quiet() || now - acks_made > kAckDelay)) {
      status = node->MakeDueAcks();
      acks_made = now;
      if (status.ok()) status = exchange.Spread(now);
    }
    if (!status.ok()) Fail(status);
    for (const auto& link : std::exchange(paused, {})) link->stream->ResumeReading();
    for (const auto& link : std::exchange(ended, {})) {
      exchange.Close(link->exchange);
      links.erase(link->id);
    }
    RestIdleLinks();
  }
}

void NodeHost::Loop::TakeCommands(std::deque<Command> taken) {
  std::vector<node::Command> batch;
  batch.reserve(taken.size());
  for (Command& c : taken) batch.push_back(std::move(c.command));
  absl::StatusOr<std::vector<absl::StatusOr<node::Saved>>> results = node->Execute(batch, clock->Now());
  for (size_t i = 0; i < taken.size(); ++i) taken[i].done(results.ok() ? std::move((*results)[i]) : results.status());
}

void NodeHost::Loop::OpenLink(const std::shared_ptr<LinkState>& link) {
  node::Exchange::Link out;
  out.send = [link](sync::Frame frame) {
    absl::StatusOr<std::string> bytes = link->encoder.Encode(frame);
    if (std::holds_alternative<sync::Batch>(frame)) link->rested = false;
    if (!bytes.ok()) {
      link->stream->Cancel(bytes.status());
    } else {
      link->stream->Send(*std::move(bytes));
    }
  };
  out.broken = [link](const absl::Status& status) {
    link->detail = std::string(status.message());
    link->stream->Close(status);
  };
  out.event = [link](const sync::Event& e) {
    if (e.kind == sync::Event::kRevoked || e.kind == sync::Event::kRefused) link->detail = e.text;
  };
  // The called side speaks first: it already knows from the certificate who calls.
  link->exchange = exchange.Open(link->stream->peer(), !link->outgoing, std::move(out), clock->Now());
}

void NodeHost::Loop::Fail(const absl::Status& status) {
  {
    std::lock_guard<std::mutex> lock(mu);
    if (!failed.ok()) return;
    failed = status;
  }
  for (const auto& [id, link] : links)
    link->stream->Close(absl::UnavailableError("the node cannot write to its store"));
}

void NodeHost::Loop::RestIdleLinks() {
  const absl::Time now = clock->Now();
  for (const auto& [id, link] : links) {
    if (link->rested || now - link->last_frame < kRestAfter) continue;
    link->encoder.Rest();
    link->rested = true;
  }
}

NodeHost::NodeHost(trust::Enrolment enrolment, schema::Schema schema)
    : enrolment_(std::move(enrolment)), schema_(std::move(schema)) {}

absl::StatusOr<std::unique_ptr<NodeHost>> NodeHost::Open(const HostOptions& options) {
  GUANHU_ASSIGN_OR_RETURN(const std::string file, trust::ReadSecretFile(EnrolmentPath(options.data_dir)));
  GUANHU_ASSIGN_OR_RETURN(trust::Enrolment enrolment, trust::DecodeEnrolment(file));
  GUANHU_ASSIGN_OR_RETURN(schema::Schema schema, schema::Schema::Build());
  GUANHU_ASSIGN_OR_RETURN(HouseTrust house_trust, HouseTrust::Make(enrolment));
  std::unique_ptr<NodeHost> host(new NodeHost(std::move(enrolment), std::move(schema)));
  host->data_dir_ = options.data_dir;
  host->clock_ = options.clock;
  host->trust_ = std::make_unique<HouseTrust>(std::move(house_trust));
  host->trust_->set_checks_beside(options.server);
  host->rules_ = std::make_unique<HouseRules>(&host->schema_, host->enrolment_.county_place);
  host->random_ = std::make_unique<trust::SecureRandom>();
  host->events_ = std::make_unique<LogEvents>(options.log);
  store::RocksOptions store_options;
  store_options.profile = options.server ? store::Profile::kServer : store::Profile::kTablet;
  GUANHU_ASSIGN_OR_RETURN(host->store_, store::RocksStore::Open(StorePath(options.data_dir), store_options));
  if (!host->store_->report().detail.empty())
    host->events_->Report(node::Events::kWarning, "store_opened", host->store_->report().detail);
  GUANHU_RETURN_IF_ERROR(NoteRepair(*host->store_, options.data_dir));
  host->ledger_ = std::make_unique<ledger::LedgerViews>(host->store_.get(), &host->schema_);
  node::NodeConfig config;
  config.views = host->ledger_.get();
  config.county = host->enrolment_.county_place;
  config.place = host->enrolment_.place;
  config.tier = host->trust_->self().city ? domain::Tier::kCity : static_cast<domain::Tier>(host->enrolment_.tier);
  config.new_incarnation = options.new_incarnation || host->store_->report().watermark_lost;
  GUANHU_ASSIGN_OR_RETURN(std::unique_ptr<node::Node> node,
                          node::Node::Open(host->store_.get(), host->trust_.get(), host->rules_.get(),
                                           host->random_.get(), host->events_.get(), config));
  GUANHU_RETURN_IF_ERROR(MakeRecordsAnew(*node, options.data_dir, options.clock->Now()));
  GUANHU_RETURN_IF_ERROR(LearnCounty(*node, host->enrolment_, options.clock->Now()));
  node->MakeAcksLater(true);
  host->loop_ = std::make_unique<Loop>(std::move(node), options.clock);
  host->loop_->thread = std::thread([loop = host->loop_.get()] { loop->Run(); });
  return host;
}

absl::StatusOr<const ledger::Book*> NodeHost::Book() {
  if (!book_read_ || ledger_->damaged()) {
    GUANHU_RETURN_IF_ERROR(Do([&](node::Node& n) { return ledger_->Load(n); }));
    book_read_ = true;
  }
  return &ledger_->book();
}

NodeHost::~NodeHost() { Stop(); }

void NodeHost::Stop() {
  if (loop_ == nullptr) return;
  Do([&](node::Node&) {
    for (const auto& [id, link] : loop_->links) link->stream->Close(absl::OkStatus());
    return 0;
  });
  {
    std::lock_guard<std::mutex> lock(loop_->mu);
    loop_->stopping = true;
  }
  loop_->wake.notify_one();
  loop_->thread.join();
  loop_.reset();
}

void NodeHost::Post(std::function<void(node::Node&)> work) {
  loop_->Push([this, work = std::move(work)] { work(*loop_->node); });
}

void NodeHost::Execute(node::Command command, std::function<void(absl::StatusOr<node::Saved>)> done) {
  loop_->PushCommand({std::move(command), std::move(done)});
}

absl::StatusOr<node::Saved> NodeHost::Execute(node::Command command) {
  std::promise<absl::StatusOr<node::Saved>> promise;
  auto result = promise.get_future();
  Execute(std::move(command), [&](absl::StatusOr<node::Saved> saved) { promise.set_value(std::move(saved)); });
  return result.get();
}

absl::StatusOr<std::vector<absl::StatusOr<node::Saved>>> NodeHost::Execute(std::vector<node::Command> commands) {
  return Do([&](node::Node& n) { return n.Execute(commands, clock_->Now()); });
}

rpc::HandlerFactory NodeHost::Streams(bool outgoing) {
  return [this, outgoing](std::shared_ptr<rpc::FrameStream> stream) -> std::unique_ptr<rpc::StreamHandler> {
    auto link = std::make_shared<LinkState>();
    link->outgoing = outgoing;
    link->stream = std::move(stream);
    link->since = clock_->Now();
    Loop* loop = loop_.get();
    LinkHandler::Calls calls;
    calls.opened = [loop](const std::shared_ptr<LinkState>& l) {
      loop->Push([loop, l] {
        l->id = loop->next_link++;
        loop->links[l->id] = l;
        if (!l->outgoing) loop->OpenLink(l);
      });
    };
    calls.frame = [loop](const std::shared_ptr<LinkState>& l, sync::Frame frame) {
      loop->Push([loop, l, frame = std::move(frame)]() mutable {
        l->last_frame = loop->clock->Now();
        if (l->exchange == 0) loop->OpenLink(l);
        if (std::holds_alternative<sync::Probe>(frame)) loop->paused.push_back(l);
        loop->exchange.Receive(l->exchange, std::move(frame));
      });
    };
    calls.closed = [loop](const std::shared_ptr<LinkState>& l, const absl::Status&) {
      loop->Push([loop, l] { loop->ended.push_back(l); });
    };
    return std::make_unique<LinkHandler>(std::move(link), std::move(calls));
  };
}

std::vector<LinkInfo> NodeHost::Links() {
  return Do([&](node::Node&) {
    std::vector<LinkInfo> out;
    for (const auto& [id, link] : loop_->links) {
      LinkInfo info;
      info.id = id;
      info.peer = link->stream->peer();
      info.outgoing = link->outgoing;
      info.detail = link->detail;
      info.stats = link->stream->stats();
      info.since = link->since;
      if (const sync::Session* s = loop_->exchange.session(link->exchange)) {
        info.relation = s->view().relation;
        info.delivered = s->delivered();
        info.equal = s->quiet();
      }
      out.push_back(std::move(info));
    }
    return out;
  });
}

void NodeHost::ProbeAll() {
  Do([&](node::Node&) {
    for (const auto& [id, link] : loop_->links) {
      if (link->exchange != 0) loop_->exchange.Probe(link->exchange, clock_->Now());
    }
    return 0;
  });
}

absl::Status NodeHost::failure() const {
  std::lock_guard<std::mutex> lock(loop_->mu);
  return loop_->failed;
}

}  // namespace guanhu::host
