// The framing of RocksDB's log files (docs: rocksdb wiki "Write Ahead Log File Format"), as far as needed to find where
// the readable part of a MANIFEST ends. Internal to common/store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace guanhu::store {

// Extends a CRC-32C (Castagnoli) of earlier bytes; 0 to begin.
uint32_t Crc32c(uint32_t crc, absl::string_view bytes);

// Calls `visit` (may be nullptr) with the contents of each record until one is damaged or unfinished. Returns the
// length of the part of `file` that was good.
size_t WalkLog(absl::string_view file, const std::function<void(const std::string& record)>& visit);

}  // namespace guanhu::store
