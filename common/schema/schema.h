// What the options of the record types say, read once by reflection. The only reader of guanhu/options.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace guanhu::schema {

// Values equal those of guanhu.options.v1.Merge.
enum class Merge : uint8_t {
  kLatest = 1,
  kReview = 2,
  kAuthority = 3,
  kMax = 4,
  kMin = 5,
  kUnion = 6,
  kFirst = 7,
  kState = 8,
  kImmutable = 9,
  kSum = 10,
  kDerived = 11,
};

// Values equal those of guanhu.options.v1.Tier and the authority of a merge candidate.
enum class Tier : uint8_t { kUnknown = 0, kVillage = 1, kTownship = 2, kCity = 3 };

// Values equal those of guanhu.options.v1.ScopeVisibility.
enum class VisibilityRule : uint8_t { kAny = 0, kInternal = 1, kPublished = 2 };

// Bit sets of Tier and of guanhu.options.v1.Role numbers (all below 64).
struct Writers {
  uint32_t tiers = 0;  // 0: every tier
  uint64_t roles = 0;  // 0: every role
};

// Fields that every record type has.
inline constexpr uint32_t kDeletedField = 1000;
inline constexpr uint32_t kDeletedReasonField = 1001;
// Fields of an asset that its facility type defines; no message declares them.
inline constexpr uint32_t kAttributeFirst = 2000;
inline constexpr uint32_t kAttributeLast = 2999;

// Largest wire bytes of one field unless its options say otherwise. An entry holds 64 KiB.
inline constexpr size_t kTextBytesMax = 4096;       // a field note is at most 80 characters, an official text a page
inline constexpr size_t kRepeatedBytesMax = 16384;  // some 500 references

struct FieldInfo {
  uint32_t number = 0;
  std::string name;
  const google::protobuf::FieldDescriptor* descriptor = nullptr;
  uint8_t wire_type = 0;  // of one element, unpacked: 0 varint, 1 fixed64, 2 length-delimited, 5 fixed32
  bool repeated = false;
  bool flat = false;  // one message of single numbers: bytes that are well-formed always parse
  Merge merge = Merge::kLatest;
  bool card = false;
  bool ranked = false;
  std::string group;
  std::string zh;
  std::string en;
  std::string unit;
  bool personal = false;
  bool is_public = false;
  uint32_t since = 0;
  Writers writers;
  std::vector<int> state_order;  // STATE: enum numbers, least to furthest
  size_t bytes_max = 0;
  bool required = false;  // checked by CheckComplete
  bool link = false;      // the record belongs to what was done with the record that the field names
};

// Values equal those of guanhu.options.v1.Need.
enum class Need : uint8_t {
  kReason = 1,
  kEvidence = 2,
  kParty = 3,
  kSomeoneElse = 4,
  kUntil = 5,
  kAmount = 6,
  kScore = 7,
  kOther = 8,
};

// A row of a life cycle; see guanhu.options.v1.Transition.
struct Transition {
  std::vector<int> from;  // numbers of the record's state enum; empty: any state
  int act = 0;            // number of a StepAct
  int to = -1;            // -1: the state stays
  Writers writers;
  std::vector<Need> needs;
  std::vector<Need> needs_ab;
  uint32_t times_max = 0;
  uint32_t rank = 0;
  std::string guard;
};

struct RecordInfo {
  uint32_t type = 0;
  std::string name;  // "Asset"
  const google::protobuf::Descriptor* descriptor = nullptr;
  std::string zh;
  std::string en;
  VisibilityRule visibility = VisibilityRule::kAny;
  Tier home = Tier::kUnknown;  // unknown: places of any tier
  Writers creators;
  bool immutable = false;
  uint32_t since = 0;
  std::string noun;               // its group of commands; empty: none
  int born = 0;                   // state before any act
  std::vector<Transition> life;   // empty: the record has no life cycle
  std::vector<FieldInfo> fields;  // ascending numbers

  // The field, or nullptr.
  const FieldInfo* Field(uint32_t number) const;
  const FieldInfo* Field(absl::string_view field_name) const;
};

// Immutable; thread-safe. Pointers into it live as long as it does. Moving it keeps them valid.
class Schema {
 public:
  // The record types of this release. A program builds it once and passes it on.
  static absl::StatusOr<Schema> Build();
  // The record types found in `files`. Errors: kInvalidArgument for two types of one number, a STATE order that names
  // no value, or MAX and MIN on something that is not a whole number.
  static absl::StatusOr<Schema> Build(absl::Span<const google::protobuf::FileDescriptor* const> files);

  // The record type, or nullptr: a type of a newer version.
  const RecordInfo* Type(uint32_t type) const;
  const RecordInfo* Type(absl::string_view name) const;
  const FieldInfo* Field(uint32_t type, uint32_t number) const;
  // The type of a generated message, or nullptr.
  const RecordInfo* TypeOf(const google::protobuf::Message& message) const;
  // Ascending type numbers.
  absl::Span<const std::unique_ptr<const RecordInfo>> types() const { return types_; }

  // An empty message, or nullptr for an unknown type.
  std::unique_ptr<google::protobuf::Message> NewMessage(uint32_t type) const;

 private:
  Schema() = default;
  std::vector<std::unique_ptr<const RecordInfo>> types_;
  absl::flat_hash_map<uint32_t, const RecordInfo*> by_number_;
  absl::flat_hash_map<std::string, const RecordInfo*> by_name_;
};

// "Name (名称)".
std::string Label(const FieldInfo& field);
std::string Label(const RecordInfo& record);

}  // namespace guanhu::schema
