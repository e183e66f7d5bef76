// A TCP proxy on the loopback that counts, cuts, delays and throttles, so that tests meet bad links without root.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace guanhu::testing {

// "Up" is from the client to the target. All methods are thread-safe.
class ByteProxy {
 public:
  struct Counts {
    uint64_t up = 0;  // TCP payload bytes
    uint64_t down = 0;
    uint64_t chunks_up = 0;  // pieces as read from the socket: about the packets of a quiet link
    uint64_t chunks_down = 0;
    uint64_t connections = 0;
    uint64_t total() const { return up + down; }
  };

  // Forwards to 127.0.0.1:target_port.
  explicit ByteProxy(int target_port) : target_port_(target_port) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Loopback(0);
    socklen_t length = sizeof(address);
    if (listener_ < 0 || ::bind(listener_, AsSockaddr(&address), length) != 0 || ::listen(listener_, 128) != 0 ||
        ::getsockname(listener_, AsSockaddr(&address), &length) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~ByteProxy() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    CutNow();
    std::vector<std::thread> pumps;
    {
      std::lock_guard<std::mutex> lock(mu_);
      pumps.swap(pumps_);
    }
    for (std::thread& t : pumps) t.join();
    ::close(listener_);
  }
  ByteProxy(const ByteProxy&) = delete;
  ByteProxy& operator=(const ByteProxy&) = delete;

  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  void SetTarget(int port) { target_port_ = port; }

  Counts counts() const { return Counts{up_, down_, chunks_up_, chunks_down_, connections_}; }
  // Waits until no byte has passed for `quiet`, then gives the counts.
  Counts CountsWhenQuiet(std::chrono::milliseconds quiet = std::chrono::milliseconds(100)) const {
    Counts last = counts();
    for (;;) {
      std::this_thread::sleep_for(quiet);
      const Counts now = counts();
      if (now.total() == last.total()) return now;
      last = now;
    }
  }

  // Closes all connections once this many further bytes have passed, both ways together.
  void CutAfter(uint64_t bytes) { cut_at_ = up_ + down_ + bytes; }
  // Closes all connections now; later ones are served.
  void CutNow() {
    std::lock_guard<std::mutex> lock(mu_);
    for (const std::shared_ptr<Pair>& pair : pairs_) pair->Shut();
  }
  // Accepts and forwards nothing while true; bytes wait in the sockets.
  void Stall(bool on) { stalled_ = on; }
  // Each piece waits this long before it is forwarded.
  void Delay(std::chrono::milliseconds delay) { delay_ms_ = delay.count(); }
  // Bytes a second for each direction of each connection; 0 is unlimited.
  void Throttle(uint64_t bytes_per_second) { rate_ = bytes_per_second; }

 private:
  struct Pair {
    int client = -1;
    int target = -1;
    ~Pair() {
      ::close(client);
      ::close(target);
    }
    void Shut() const {
      ::shutdown(client, SHUT_RDWR);
      ::shutdown(target, SHUT_RDWR);
    }
  };

  static sockaddr* AsSockaddr(sockaddr_in* a) { return reinterpret_cast<sockaddr*>(a); }
  static sockaddr_in Loopback(int port) {
    sockaddr_in a = {};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<uint16_t>(port));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
  }

  void Accept() {
    while (!stopping_) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      const auto pair = std::make_shared<Pair>();
      pair->client = client;
      pair->target = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in address = Loopback(target_port_);
      if (::connect(pair->target, AsSockaddr(&address), sizeof(address)) != 0) continue;
      const int one = 1;
      ::setsockopt(pair->client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
      ::setsockopt(pair->target, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
      ++connections_;
      std::lock_guard<std::mutex> lock(mu_);
      pairs_.erase(std::remove_if(pairs_.begin(), pairs_.end(), [](const auto& p) { return p.use_count() == 1; }),
                   pairs_.end());
      pairs_.push_back(pair);
      pumps_.emplace_back([this, pair] { Pump(*pair, pair->client, pair->target, up_, chunks_up_); });
      pumps_.emplace_back([this, pair] { Pump(*pair, pair->target, pair->client, down_, chunks_down_); });
    }
  }

  void Pump(const Pair& pair, int from, int to, std::atomic<uint64_t>& bytes, std::atomic<uint64_t>& chunks) {
    std::vector<char> buffer(64 * 1024);
    for (;;) {
      while (stalled_ && !stopping_) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      const uint64_t rate = rate_;
      const size_t piece = rate == 0 ? buffer.size() : std::clamp<size_t>(rate / 50, 1, buffer.size());
      const ssize_t n = ::recv(from, buffer.data(), piece, 0);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      if (const int64_t ms = delay_ms_; ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(ms));
      if (rate > 0) std::this_thread::sleep_for(std::chrono::microseconds(n * 1'000'000 / static_cast<int64_t>(rate)));
      const auto size = static_cast<uint64_t>(n);
      const uint64_t before = up_ + down_;
      const uint64_t cut = cut_at_;
      const uint64_t allowed = before >= cut ? 0 : std::min(size, cut - before);
      if (!SendAll(to, buffer.data(), static_cast<size_t>(allowed))) break;
      bytes += allowed;
      ++chunks;
      if (allowed < size) {
        cut_at_ = std::numeric_limits<uint64_t>::max();
        CutNow();
        return;
      }
    }
    pair.Shut();
  }

  static bool SendAll(int fd, const char* data, size_t size) {
    while (size > 0) {
      const ssize_t n = ::send(fd, data, size, MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      data += n;
      size -= static_cast<size_t>(n);
    }
    return true;
  }

  std::atomic<int> target_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> stalled_{false};
  std::atomic<int64_t> delay_ms_{0};
  std::atomic<uint64_t> rate_{0};
  std::atomic<uint64_t> cut_at_{std::numeric_limits<uint64_t>::max()};
  std::atomic<uint64_t> up_{0};
  std::atomic<uint64_t> down_{0};
  std::atomic<uint64_t> chunks_up_{0};
  std::atomic<uint64_t> chunks_down_{0};
  std::atomic<uint64_t> connections_{0};
  std::mutex mu_;
  std::vector<std::shared_ptr<Pair>> pairs_;
  std::vector<std::thread> pumps_;
  std::thread acceptor_;
};

}  // namespace guanhu::testing
