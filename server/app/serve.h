// A township's or city's node as a process.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "server/app/config.h"

namespace guanhu::server {

// Serves until `stop` returns true (polled), then drains: no new streams, what is queued goes out, the store closes.
// Prints "ready port=N node=ID", with a public door " public=N" behind it, on standard output when peers can connect;
// events go to standard error.
absl::Status Serve(const Config& config, const std::function<bool()>& stop);

}  // namespace guanhu::server
