// The framing of RocksDB's log files (docs: rocksdb wiki "Write Ahead Log File Format"), as far as needed to find where
// the readable part of a MANIFEST ends. Internal to common/store.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace guanhu::store {

// Extends a CRC-32C (Castagnoli) of earlier bytes; 0 to begin.
uint32_t Crc32c(uint32_t crc, absl::string_view bytes);

// Length of the longest prefix of `file` that consists of whole, undamaged records.
size_t ValidLogPrefix(absl::string_view file);

}  // namespace guanhu::store
