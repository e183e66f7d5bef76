// A request and its answer, as the rooms behind the socket see them. Plain values.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace guanhu::server::http {

struct Request {
  std::string method;
  std::string path;   // as sent, still percent-encoded, without the query
  std::string query;  // without the question mark
  std::string body;
  std::string content_type;
  std::string idempotency_key;  // header Idempotency-Key
  std::string forwarded_for;    // header X-Forwarded-For
  std::string address;          // of the connection
};

struct Response {
  int status = 200;
  std::string type = "application/json; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Called on the server's working threads, several at a time.
using Handler = std::function<Response(const Request&)>;

}  // namespace guanhu::server::http
