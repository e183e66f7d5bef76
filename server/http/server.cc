#include "server/http/server.h"

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace guanhu::server::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bh = boost::beast::http;
using tcp = asio::ip::tcp;

namespace {

// After an answer that ends the connection: what the client still sends is read and thrown away, else the system would
// take the answer back from it.
constexpr absl::Duration kLinger = absl::Seconds(2);
constexpr size_t kLingerBytesMax = 8 * 1024 * 1024;
// When no more files can be opened: pause before the next connection is taken.
constexpr absl::Duration kAcceptPause = absl::Milliseconds(200);

class Session;

}  // namespace

struct Server::Impl {
  Impl(const ServerOptions& o, Handler h) : options(o), handler(std::move(h)) {}

  void Accept();
  void Add(Session* session, const std::string& address);
  void Remove(Session* session, const std::string& address);

  const ServerOptions options;
  const Handler handler;
  // Of the serving thread.
  std::set<Session*> sessions;
  std::map<std::string, size_t> per_address;
  bool draining = false;
  std::mutex mu;
  std::condition_variable emptied;
  size_t open = 0;
  // What is queued holds sessions, so both queues go before what sessions use.
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  asio::io_context work;
  asio::executor_work_guard<asio::io_context::executor_type> io_guard{io.get_executor()};
  asio::executor_work_guard<asio::io_context::executor_type> work_guard{work.get_executor()};
};

namespace {

// One connection. Shared: its pending operations own it. Lives on the serving thread; only the handler runs elsewhere.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket&& socket, std::string address, Server::Impl* impl)
      : impl_(impl),
        address_(std::move(address)),
        stream_(std::move(socket)),
        buffer_(impl->options.header_bytes_max + 64 * 1024) {
    impl_->Add(this, address_);
  }
  ~Session() { impl_->Remove(this, address_); }

  void Read() {
    parser_.emplace();
    parser_->header_limit(static_cast<uint32_t>(impl_->options.header_bytes_max));
    parser_->body_limit(impl_->options.body_bytes_max);
    Expire(impl_->options.request_timeout);
    bh::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](beast::error_code error, size_t) { self->OnRead(error); });
  }
  // Nothing of a request has come yet.
  void CloseIfIdle() {
    if (!busy_ && parser_ && !parser_->got_some()) Close();
  }

 private:
  void Expire(absl::Duration after) { stream_.expires_after(absl::ToChronoMilliseconds(after)); }
  void Close() {
    beast::error_code ignored;
    stream_.socket().close(ignored);
  }

  void OnRead(beast::error_code error) {
    if (error == bh::error::body_limit) return Refuse(413, "the request is larger than this server takes");
    if (error == bh::error::header_limit || error == bh::error::buffer_overflow)
      return Refuse(431, "the head of the request is larger than this server takes");
    if (error == bh::error::end_of_stream || error == bh::error::partial_message) return Close();
    if (error && error.category() == bh::make_error_code(bh::error::bad_target).category())
      return Refuse(400, "this is no HTTP/1.1 request");
    if (error) return Close();
    busy_ = true;
    Request request = Take();
    stream_.expires_never();
    if (request.path.empty() || request.path.front() != '/') return Refuse(400, "the address does not start with /");
    asio::post(impl_->work, [self = shared_from_this(), request = std::move(request)]() mutable {
      Response response = self->impl_->handler(request);
      asio::io_context& io = self->impl_->io;  // the session itself must end on the serving thread
      asio::post(io, [s = std::move(self), r = std::move(response)] { s->Write(r, s->keep_alive_); });
    });
  }

  Request Take() {
    auto& message = parser_->get();
    const auto text = [](beast::string_view v) { return std::string(v.data(), v.size()); };
    Request request;
    request.method = text(message.method_string());
    const std::string target = text(message.target());
    const size_t question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) request.query = target.substr(question + 1);
    request.content_type = text(message[bh::field::content_type]);
    request.idempotency_key = text(message["Idempotency-Key"]);
    request.forwarded_for = text(message["X-Forwarded-For"]);
    request.body = std::move(message.body());
    request.address = address_;
    keep_alive_ = message.keep_alive();
    head_ = message.method() == bh::verb::head;
    version_ = message.version();
    return request;
  }

  void Refuse(int status, absl::string_view why) {
    busy_ = true;
    Response response;
    response.status = status;
    response.body = absl::StrCat("[{\"code\":", status, ",\"description\":\"", why, "\"}]");
    Write(response, /*keep_alive=*/false);
  }

  void Write(const Response& response, bool keep_alive) {
    keep_alive = keep_alive && !impl_->draining;
    answer_.emplace();
    answer_->version(version_);
    answer_->result(static_cast<unsigned>(response.status));
    answer_->set(bh::field::content_type, response.type);
    answer_->set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : response.headers) answer_->set(name, value);
    answer_->keep_alive(keep_alive);
    if (head_) {
      answer_->content_length(response.body.size());
    } else {
      answer_->body() = response.body;
      answer_->prepare_payload();
    }
    serializer_.emplace(*answer_);
    if (head_) serializer_->split(true);
    Expire(impl_->options.request_timeout);
    const auto done = [self = shared_from_this(), keep_alive](beast::error_code error, size_t) {
      self->OnWritten(error, keep_alive);
    };
    if (head_) {
      bh::async_write_header(stream_, *serializer_, done);
    } else {
      bh::async_write(stream_, *serializer_, done);
    }
  }

  void OnWritten(beast::error_code error, bool keep_alive) {
    if (error) return Close();
    busy_ = false;
    if (keep_alive && !impl_->draining) return Read();
    stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    if (error) return Close();
    busy_ = true;
    Expire(kLinger);
    Discard();
  }

  void Discard() {
    stream_.async_read_some(asio::buffer(waste_), [self = shared_from_this()](beast::error_code error, size_t bytes) {
      self->discarded_ += bytes;
      if (error || self->discarded_ > kLingerBytesMax) return self->Close();
      self->Discard();
    });
  }

  Server::Impl* const impl_;
  const std::string address_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<bh::request_parser<bh::string_body>> parser_;
  std::optional<bh::response<bh::string_body>> answer_;
  std::optional<bh::response_serializer<bh::string_body>> serializer_;
  std::array<char, 16 * 1024> waste_;
  size_t discarded_ = 0;
  unsigned version_ = 11;
  bool keep_alive_ = false;
  bool head_ = false;
  bool busy_ = false;  // a request is here and its answer is not out
};

}  // namespace

void Server::Impl::Add(Session* session, const std::string& address) {
  sessions.insert(session);
  ++per_address[address];
  std::lock_guard<std::mutex> lock(mu);
  ++open;
}

void Server::Impl::Remove(Session* session, const std::string& address) {
  sessions.erase(session);
  if (--per_address[address] == 0) per_address.erase(address);
  std::lock_guard<std::mutex> lock(mu);
  if (--open == 0) emptied.notify_all();
}

void Server::Impl::Accept() {
  acceptor.async_accept(io, [this](beast::error_code error, tcp::socket socket) {
    if (draining || error == asio::error::operation_aborted) return;
    if (error) {
      pause.expires_after(absl::ToChronoMilliseconds(kAcceptPause));
      pause.async_wait([this](beast::error_code stopped) {
        if (!stopped) Accept();
      });
      return;
    }
    const tcp::endpoint peer = socket.remote_endpoint(error);
    const std::string address = error ? "" : peer.address().to_string();
    const auto same = per_address.find(address);
    const bool many = options.connections_per_address_max > 0 && same != per_address.end() &&
                      same->second >= options.connections_per_address_max;
    if (!error && !many && sessions.size() < options.connections_max)
      std::make_shared<Session>(std::move(socket), address, this)->Read();
    Accept();
  });
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { Stop(); }

absl::StatusOr<std::unique_ptr<Server>> Server::Listen(const ServerOptions& options, Handler handler) {
  const absl::string_view listen = options.listen;
  const size_t colon = listen.rfind(':');
  unsigned port = 0;
  beast::error_code error;
  std::string host(listen.substr(0, colon == absl::string_view::npos ? 0 : colon));
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error || !absl::SimpleAtoi(listen.substr(colon + 1), &port) || port > 65535)
    return absl::InvalidArgumentError(
        absl::StrCat("\"", options.listen, "\" is no address to listen on; write it as 127.0.0.1:8080 or [::]:8080"));
  auto impl = std::make_unique<Impl>(options, std::move(handler));
  const tcp::endpoint endpoint(address, static_cast<uint16_t>(port));
  impl->acceptor.open(endpoint.protocol(), error);
  if (!error) impl->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) impl->acceptor.bind(endpoint, error);
  if (!error) impl->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options.listen, ": ", error.message()));
  impl->Accept();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

int Server::port() const {
  beast::error_code ignored;
  return impl_->acceptor.local_endpoint(ignored).port();
}

void Server::Serve() { impl_->io.run(); }
void Server::Work() { impl_->work.run(); }

void Server::Drain() {
  asio::post(impl_->io, [impl = impl_.get()] {
    beast::error_code ignored;
    impl->draining = true;
    impl->pause.cancel();
    impl->acceptor.close(ignored);
    for (Session* session : impl->sessions) session->CloseIfIdle();
  });
}

bool Server::WaitEmpty(absl::Duration patience) {
  std::unique_lock<std::mutex> lock(impl_->mu);
  return impl_->emptied.wait_for(lock, absl::ToChronoMilliseconds(patience), [this] { return impl_->open == 0; });
}

void Server::Stop() {
  impl_->io.stop();
  impl_->work.stop();
}

}  // namespace guanhu::server::http
