// Every bound of the engine, with its reason. Both sides of a boundary check the same constant.
#pragma once

#include <cstddef>
#include <cstdint>

namespace guanhu::base {

// One journal entry. A field note is hundreds of bytes; a place tree import writes one entry a place.
inline constexpr size_t kEntryBytesMax = 64 * 1024;
// Edits of one change: one form save touches a handful of records; imports split their rows.
inline constexpr size_t kEditsMax = 256;
// Fields of one edit, known or not: four times the largest record type.
inline constexpr size_t kFieldsMax = 256;
// Origins named by one context: authors of one record. Beyond it the oldest writers' edits must be merged by a person
// first.
inline constexpr size_t kContextMax = 256;
// A head is signed at least this often (changes and bytes), so that a frame can always end on a signed head.
inline constexpr uint64_t kSignEveryChanges = 64;
inline constexpr size_t kSignEveryBytes = 96 * 1024;
// One frame on a link, as sent and as unpacked. kSignEveryBytes plus one largest entry must fit.
inline constexpr size_t kFrameBytesMax = 512 * 1024;
// Unacknowledged batch bytes (unpacked) and frames on the way to one peer: bounds memory and what a cut sends again.
inline constexpr size_t kInFlightBytesMax = 256 * 1024;
inline constexpr size_t kInFlightFramesMax = 4;
// Scopes and journals named in one vector frame; a city holds a few thousand journals.
inline constexpr size_t kVectorEntriesMax = 65536;
// Reasons and other free text inside control entries.
inline constexpr size_t kReasonBytesMax = 512;
// Incarnations that one node may open in one scope's journals before a peer holds further ones: a device that is
// restored once a month stays below it for years.
inline constexpr size_t kIncarnationsMax = 1024;

}  // namespace guanhu::base
