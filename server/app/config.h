// The configuration of a township's or city's node: one TOML file.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/http/options.h"

namespace guanhu::server {

struct Config {
  std::string data_dir;     // required; holds the enrolment, mode 0700
  std::string listen;       // "ADDRESS:PORT" for nodes of the county; port 0 picks one and writes it to DATA/port
  std::string parent;       // "HOST:PORT"; empty: as enrolled; the city has none
  bool reflection = false;  // let tools list the services
  int streams_max = 4096;
  http::PublicOptions public_door;  // table [public]; off without its `listen`
  bool new_incarnation = false;  // set once after this folder was restored or copied
};

// Errors: kInvalidArgument with file, line, what is wrong and what is expected; unknown names are refused, since a
// misspelt one would silently do nothing. kNotFound.
absl::StatusOr<Config> ReadConfig(const std::string& path);

// What is not wrong but worth a sentence.
std::vector<std::string> Advice(const Config& config);

}  // namespace guanhu::server
