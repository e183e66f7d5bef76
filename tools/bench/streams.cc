// A township with many open streams. The township is a process of its own, so that its memory is its own, too; the
// devices' ends of the streams are in this one.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "common/codec/frame_codec.h"
#include "common/rpc/credentials.h"
#include "common/rpc/stream_client.h"
#include "common/trust/certificate.h"
#include "tools/bench/suite.h"

extern char** environ;

namespace guanhu::bench {
namespace {

// Greets as a device that holds what the township holds, so that the session there is a whole one.
class Equal final : public rpc::StreamHandler {
 public:
  Equal(std::shared_ptr<rpc::FrameStream> stream, base::NodeId node) : stream_(std::move(stream)), node_(node) {}
  void OnFrame(std::string bytes) override {
    const absl::StatusOr<sync::Frame> frame = decoder_.Decode(bytes);
    if (!frame.ok() || !std::holds_alternative<sync::Hello>(*frame)) return;
    sync::Hello hello = std::get<sync::Hello>(*frame);
    hello.node = node_;
    absl::StatusOr<std::string> answer = codec::FrameEncoder().Encode(hello);
    if (answer.ok()) stream_->Send(*std::move(answer));
  }

 private:
  const std::shared_ptr<rpc::FrameStream> stream_;
  const base::NodeId node_;
  codec::FrameDecoder decoder_;
};

// The other process: answers questions of one line with one line.
class Township {
 public:
  Township(const std::string& self, const std::string& dir) {
    int to[2], from[2];
    if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0) std::exit(1);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], 0);
    posix_spawn_file_actions_adddup2(&actions, from[1], 1);
    const char* argv[] = {self.c_str(), "--township", dir.c_str(), nullptr};
    if (posix_spawn(&pid_, self.c_str(), &actions, nullptr, const_cast<char**>(argv), environ) != 0) std::exit(1);
    posix_spawn_file_actions_destroy(&actions);
    ::close(to[0]);
    ::close(from[1]);
    to_ = ::fdopen(to[1], "w");
    from_ = ::fdopen(from[0], "r");
    if (std::fscanf(from_, " port %d", &port_) != 1) std::exit(1);
  }
  ~Township() {
    std::fclose(to_);  // it ends when nothing more can be asked
    std::fclose(from_);
    int status = 0;
    ::waitpid(pid_, &status, 0);
  }
  // Waits until so many streams are open there and say that both ends are equal.
  void Ask(size_t streams, double* resident_mb, long* threads) {
    std::fprintf(to_, "%zu\n", streams);
    std::fflush(to_);
    if (std::fscanf(from_, " resident %lf threads %ld", resident_mb, threads) != 2) std::exit(1);
  }
  int port() const { return port_; }

 private:
  pid_t pid_ = 0;
  int port_ = 0;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
};

}  // namespace

int RunTownship(const std::string& dir) {
  BenchClock clock;
  Member township;
  township.dir = dir;
  township.Open(&clock, /*serves=*/true);
  std::printf("port %d\n", township.port);
  std::fflush(stdout);
  size_t wanted = 0;
  while (std::scanf(" %zu", &wanted) == 1) {
    County::WaitUntil(
        [&] {
          const std::vector<host::LinkInfo> links = township.host->Links();
          const auto equal = std::count_if(links.begin(), links.end(), [](const auto& l) { return l.equal; });
          return static_cast<size_t>(equal) >= wanted;
        },
        120);
    const auto threads = std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
    std::printf("resident %f threads %ld\n", ResidentMb(), static_cast<long>(threads));
    std::fflush(stdout);
  }
  return 0;
}

void MeasureStreams(const Suite& suite, Report& report) {
  constexpr size_t kFew = 50, kStreams = 1000;
  County county(suite.dir + "/streams");
  const trust::Enrolment enrolment = county.loader().host->enrolment();
  county.town().Close();
  Township township(suite.self, county.town().dir);
  rpc::TlsOptions mine;
  mine.identity = enrolment.tls;
  mine.ca_pem = enrolment.tls_ca_pem;
  rpc::StreamClientOptions options;
  options.address = "127.0.0.1:" + std::to_string(township.port());
  options.credentials = rpc::TlsClient(mine);
  const base::NodeId node = county.loader().host->house_trust().self().node;
  std::vector<std::unique_ptr<rpc::StreamClient>> clients;
  const auto open = [&](size_t count, double* resident_mb, long* threads) {
    while (clients.size() < count) {
      clients.push_back(std::make_unique<rpc::StreamClient>(
          options, std::make_unique<trust::SecureRandom>(),
          [&](std::shared_ptr<rpc::FrameStream> stream) { return std::make_unique<Equal>(std::move(stream), node); },
          nullptr));
      clients.back()->Start();
    }
    township.Ask(count, resident_mb, threads);
  };
  double none = 0, few = 0, many = 0;
  long threads_none = 0, threads_few = 0, threads_many = 0;
  open(0, &none, &threads_none);
  open(kFew, &few, &threads_few);
  open(kStreams, &many, &threads_many);
  report.Add("open", "township without a stream: resident", "MB", none);
  report.Add("open", "township with 1,000 open streams: resident", "MB", many, 200);
  report.Add("open", "the same, a stream", "KB", (many - few) * 1024 / (kStreams - kFew));
  report.Add("open", "threads more than with 50 streams", "", static_cast<double>(threads_many - threads_few), 8);
  clients.clear();
}

}  // namespace guanhu::bench
