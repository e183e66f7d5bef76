#include "common/host/parent_link.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/rpc/credentials.h"
#include "common/trust/certificate.h"

namespace guanhu::host {
namespace {

rpc::StreamClientOptions ClientOptions(const NodeHost& host, const std::string& address) {
  rpc::TlsOptions tls;
  tls.identity = host.enrolment().tls;
  tls.ca_pem = host.enrolment().tls_ca_pem;
  rpc::StreamClientOptions options;
  options.address = address;
  options.credentials = rpc::TlsClient(tls);
  return options;
}

}  // namespace

SyncReport SyncOnce(NodeHost& host, const std::string& address, absl::Duration timeout,
                    const std::function<void(const LinkInfo&)>& progress) {
  SyncReport report;
  std::mutex mu;
  absl::Status last;
  bool waiting = false;
  rpc::StreamClient client(ClientOptions(host, address), std::make_unique<trust::SecureRandom>(),
                           host.Streams(/*outgoing=*/true), [&](rpc::ClientState state, const absl::Status& status) {
                             std::lock_guard<std::mutex> lock(mu);
                             waiting = state == rpc::ClientState::kWaiting;
                             if (!status.ok()) last = status;
                           });
  const auto start = std::chrono::steady_clock::now();
  const auto passed = [&] { return absl::FromChrono(std::chrono::steady_clock::now() - start); };
  client.Start();
  absl::Duration next_probe = absl::Milliseconds(5);
  absl::Duration pause = absl::Milliseconds(2);
  while (passed() < timeout) {
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(pause));
    pause = std::min(pause * 1.5, absl::Milliseconds(50));
    for (const LinkInfo& link : host.Links()) {
      if (!link.outgoing) continue;
      report.bytes_in = link.stats.bytes_in;
      report.bytes_out = link.stats.bytes_out;
      report.reached |= link.stats.frames_in > 0;
      report.detail = link.detail;
      if (progress) progress(link);
      report.complete = link.delivered && (link.equal || !link.detail.empty());
      if (link.delivered && !link.equal && passed() > next_probe) {
        host.ProbeAll();
        next_probe = passed() + absl::Milliseconds(100);
      }
    }
    if (report.complete) break;
    std::lock_guard<std::mutex> lock(mu);
    // One attempt that failed is the answer: who asked by hand wants to know now.
    if (waiting && !last.ok()) break;
  }
  {
    std::lock_guard<std::mutex> lock(mu);
    report.status = report.complete ? absl::OkStatus()
                    : !last.ok()    ? last
                                 : absl::DeadlineExceededError("the time given was not enough; what was sent is kept");
  }
  client.Stop();
  if (report.complete) {
    host.Do([&](node::Node& n) {
      n.NoteContact(/*all_up=*/true, report.detail.empty(), host.now());
      return 0;
    });
  }
  return report;
}

ParentLink::ParentLink(NodeHost* host, const std::string& address, std::function<void(const std::string&)> on_state)
    : client_(std::make_unique<rpc::StreamClient>(
          ClientOptions(*host, address), std::make_unique<trust::SecureRandom>(), host->Streams(/*outgoing=*/true),
          [on_state = std::move(on_state)](rpc::ClientState state, const absl::Status& status) {
            if (!on_state) return;
            switch (state) {
              case rpc::ClientState::kConnecting:
                on_state("connecting");
                break;
              case rpc::ClientState::kOpen:
                on_state("connected");
                break;
              case rpc::ClientState::kWaiting:
                on_state("waiting: " + std::string(status.message()));
                break;
              default:
                on_state("stopped");
                break;
            }
          })) {
  client_->Start();
}

ParentLink::~ParentLink() { client_->Stop(); }

void ParentLink::RetryNow() { client_->RetryNow(); }

}  // namespace guanhu::host
