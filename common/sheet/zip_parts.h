// Named parts of a ZIP archive that nobody vouches for. Internal to the room. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct zip;
struct zip_file;

namespace guanhu::sheet {

// One part while it is unpacked.
class ZipPart {
 public:
  ZipPart(zip_file* file, std::string name, uint64_t most);
  ~ZipPart();
  ZipPart(const ZipPart&) = delete;
  ZipPart& operator=(const ZipPart&) = delete;

  // Appends the next bytes to `out`; false at the end, which is reached only if the checksum is right.
  // Errors: kInvalidArgument for a damaged part, kResourceExhausted beyond the most that it may unpack to.
  absl::StatusOr<bool> Read(std::string& out);

 private:
  zip_file* file_;
  const std::string name_;
  uint64_t left_;
};

class ZipParts {
 public:
  ~ZipParts();
  ZipParts(const ZipParts&) = delete;
  ZipParts& operator=(const ZipParts&) = delete;

  // Takes the bytes. Errors: kInvalidArgument if they are no ZIP archive; kResourceExhausted for too many parts.
  static absl::StatusOr<std::unique_ptr<ZipParts>> Open(std::string bytes);

  bool Has(const std::string& name) const;
  // Errors: kInvalidArgument if there is no such part or it is damaged; kResourceExhausted if it says or turns out to
  // unpack to more than `most` bytes.
  absl::StatusOr<std::unique_ptr<ZipPart>> Stream(const std::string& name, uint64_t most) const;
  absl::StatusOr<std::string> Whole(const std::string& name, uint64_t most) const;

 private:
  explicit ZipParts(std::string bytes) : bytes_(std::move(bytes)) {}

  const std::string bytes_;
  zip* zip_ = nullptr;
};

}  // namespace guanhu::sheet
