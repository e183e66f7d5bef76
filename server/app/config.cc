#include "server/app/config.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/host/layout.h"
#include "toml++/toml.h"

namespace guanhu::server {
namespace {

std::string Where(const std::string& path, const toml::source_region& at) {
  return absl::StrCat(path, ":", at.begin.line, ":", at.begin.column, ": ");
}

template <typename T>
absl::Status Take(const std::string& path, absl::string_view name, const toml::node& value, const char* expected,
                  T* out) {
  const auto typed = value.value_exact<T>();
  if (!typed) return absl::InvalidArgumentError(absl::StrCat(Where(path, value.source()), name, " must be ", expected));
  *out = *typed;
  return absl::OkStatus();
}

absl::Status TakeCount(const std::string& path, absl::string_view name, const toml::node& value, int64_t max,
                       int* out) {
  int64_t n = 0;
  GUANHU_RETURN_IF_ERROR(Take(path, name, value, "a whole number", &n));
  if (n < 1 || n > max)
    return absl::InvalidArgumentError(absl::StrCat(Where(path, value.source()), name, " must be 1 to ", max));
  *out = static_cast<int>(n);
  return absl::OkStatus();
}

absl::Status TakeKeys(const std::string& path, const toml::node& value, std::vector<std::string>* out) {
  const toml::array* list = value.as_array();
  if (list == nullptr)
    return absl::InvalidArgumentError(absl::StrCat(Where(path, value.source()), "api_keys must be a list of texts"));
  for (const toml::node& element : *list) {
    std::string key;
    GUANHU_RETURN_IF_ERROR(Take(path, "api_keys", element, "a list of texts in quotes", &key));
    if (key.empty())
      return absl::InvalidArgumentError(absl::StrCat(Where(path, element.source()), "an api_key is empty"));
    out->push_back(std::move(key));
  }
  return absl::OkStatus();
}

absl::Status TakePublic(const std::string& path, absl::string_view name, const toml::node& value,
                        http::PublicOptions* door) {
  if (name == "listen") return Take(path, name, value, "a text in quotes, such as \"127.0.0.1:8080\"", &door->listen);
  if (name == "default_place") return Take(path, name, value, "a text in quotes: a place", &door->default_place);
  if (name == "jurisdiction_id") return Take(path, name, value, "a text in quotes", &door->jurisdiction_id);
  if (name == "behind_proxy") return Take(path, name, value, "true or false", &door->behind_proxy);
  if (name == "api_keys") return TakeKeys(path, value, &door->api_keys);
  if (name == "answer_days") return TakeCount(path, name, value, 365, &door->answer_days);
  if (name == "requests_per_minute") return TakeCount(path, name, value, 100000, &door->requests_per_minute);
  if (name == "posts_per_minute") return TakeCount(path, name, value, 100000, &door->posts_per_minute);
  if (name == "guesses_per_minute") return TakeCount(path, name, value, 100000, &door->guesses_per_minute);
  if (name == "connections_max") return TakeCount(path, name, value, 50000, &door->connections_max);
  if (name == "connections_per_address_max")
    return TakeCount(path, name, value, 50000, &door->connections_per_address_max);
  if (name == "request_timeout_s") return TakeCount(path, name, value, 300, &door->request_timeout_s);
  return absl::InvalidArgumentError(
      absl::StrCat(Where(path, value.source()), "there is no setting 'public.", name,
                   "'; known are listen, default_place, jurisdiction_id, api_keys, behind_proxy, answer_days, "
                   "requests_per_minute, posts_per_minute, guesses_per_minute, connections_max, "
                   "connections_per_address_max, request_timeout_s"));
}

absl::Status TakePublicTable(const std::string& path, const toml::node& value, http::PublicOptions* door) {
  const toml::table* table = value.as_table();
  if (table == nullptr)
    return absl::InvalidArgumentError(absl::StrCat(Where(path, value.source()), "public must be a table: [public]"));
  for (const auto& [key, setting] : *table)
    GUANHU_RETURN_IF_ERROR(TakePublic(path, std::string(key.str()), setting, door));
  if (door->listen.empty())
    return absl::InvalidArgumentError(absl::StrCat(
        Where(path, value.source()), "listen is missing in [public]: name the address for the public, such as "
        "\"127.0.0.1:8080\""));
  return absl::OkStatus();
}

absl::Status TakeOne(const std::string& path, absl::string_view name, const toml::node& value, Config* config) {
  if (name == "data_dir")
    return Take(path, name, value, "a text in quotes, such as \"/var/lib/guanhu\"", &config->data_dir);
  if (name == "listen") return Take(path, name, value, "a text in quotes, such as \"0.0.0.0:7443\"", &config->listen);
  if (name == "parent")
    return Take(path, name, value, "a text in quotes, such as \"city.example:7443\"", &config->parent);
  if (name == "reflection") return Take(path, name, value, "true or false", &config->reflection);
  if (name == "new_incarnation") return Take(path, name, value, "true or false", &config->new_incarnation);
  if (name == "public") return TakePublicTable(path, value, &config->public_door);
  if (name == "streams_max") return TakeCount(path, name, value, 100000, &config->streams_max);
  return absl::InvalidArgumentError(
      absl::StrCat(Where(path, value.source()), "there is no setting '", name,
                   "'; known are data_dir, listen, parent, reflection, streams_max, public, new_incarnation"));
}

}  // namespace

absl::StatusOr<Config> ReadConfig(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("the configuration file ", path, " cannot be read"));
  std::stringstream text;
  text << file.rdbuf();
  Config config;
  toml::table table;
  try {
    table = toml::parse(text.str(), path);
  } catch (const toml::parse_error& error) {
    return absl::InvalidArgumentError(absl::StrCat(Where(path, error.source()), std::string(error.description())));
  }
  for (const auto& [key, value] : table) {
    const std::string name(key.str());
    GUANHU_RETURN_IF_ERROR(TakeOne(path, name, value, &config));
  }
  if (config.data_dir.empty())
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": data_dir is missing: name the folder with the node's enrolment"));
  if (config.listen.empty())
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": listen is missing: name the address and port for the nodes below, such as \"0.0.0.0:7443\""));
  if (config.listen.rfind(':') == std::string::npos)
    return absl::InvalidArgumentError(absl::StrCat(path, ": listen = \"", config.listen, "\" has no port"));
  return config;
}

std::vector<std::string> Advice(const Config& config) {
  std::vector<std::string> out;
  struct stat info;
  if (stat(config.data_dir.c_str(), &info) != 0) {
    out.push_back(absl::StrCat("the folder ", config.data_dir, " does not exist"));
  } else if ((info.st_mode & 077) != 0) {
    out.push_back(
        absl::StrCat("the folder ", config.data_dir, " can be read by others: chmod 700 it, it holds the node's keys"));
  }
  if (stat(host::EnrolmentPath(config.data_dir).c_str(), &info) != 0)
    out.push_back(absl::StrCat("there is no enrolment in ", config.data_dir,
                               ": copy the file that the city made for this node to ",
                               host::EnrolmentPath(config.data_dir)));
  if (config.new_incarnation)
    out.push_back("new_incarnation is set: take it out after the first start, it opens a new origin each time");
  return out;
}

}  // namespace guanhu::server
