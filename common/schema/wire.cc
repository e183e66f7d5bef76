#include "common/schema/wire.h"

#include <map>

#include "absl/status/status.h"
#include "common/base/bytes.h"

namespace guanhu::schema {
namespace {

namespace pb = google::protobuf;

constexpr int kGroupDepthMax = 16;

uint64_t LittleEndian(absl::string_view bytes) {
  uint64_t v = 0;
  for (size_t i = bytes.size(); i-- > 0;) v = v << 8 | static_cast<uint8_t>(bytes[i]);
  return v;
}

bool SkipValue(base::Reader& in, uint32_t number, uint8_t wire_type, int depth) {
  switch (wire_type) {
    case 0:
      in.Varint();
      return in.ok();
    case 1:
      in.Bytes(8);
      return in.ok();
    case 2:
      in.String();
      return in.ok();
    case 5:
      in.Bytes(4);
      return in.ok();
    case 3:
      break;
    default:
      return false;
  }
  if (depth == 0) return false;
  while (in.ok()) {
    const uint64_t tag = in.Varint();
    if (!in.ok() || tag >> 3 == 0 || tag > UINT32_MAX) return false;
    const auto inner = static_cast<uint8_t>(tag & 7);
    if (inner == 4) return tag >> 3 == number;
    if (!SkipValue(in, static_cast<uint32_t>(tag >> 3), inner, depth - 1)) return false;
  }
  return false;
}

}  // namespace

bool NextField(absl::string_view& rest, WireField& out) {
  base::Reader in(rest);
  const uint64_t tag = in.Varint();
  if (!in.ok() || tag >> 3 == 0 || tag > UINT32_MAX) return false;
  out.number = static_cast<uint32_t>(tag >> 3);
  out.wire_type = static_cast<uint8_t>(tag & 7);
  const absl::string_view value = in.rest();
  if (!SkipValue(in, out.number, out.wire_type, kGroupDepthMax)) return false;
  out.payload = value.substr(0, value.size() - in.left());
  out.raw = rest.substr(0, rest.size() - in.left());
  out.scalar = 0;
  base::Reader body(out.payload);
  if (out.wire_type == 0) out.scalar = body.Varint();
  if (out.wire_type == 1 || out.wire_type == 5) out.scalar = LittleEndian(out.payload);
  if (out.wire_type == 2) out.payload = body.String();
  rest.remove_prefix(out.raw.size());
  return true;
}

absl::StatusOr<std::vector<model::Field>> SplitFields(absl::string_view bytes) {
  std::map<uint32_t, std::string> by_number;
  WireField f;
  while (!bytes.empty()) {
    if (!NextField(bytes, f)) {
      return absl::InvalidArgumentError("the record's bytes are no protobuf message; ask the sender for it again");
    }
    by_number[f.number].append(f.raw.data(), f.raw.size());
  }
  std::vector<model::Field> fields;
  for (auto& [number, raw] : by_number) fields.push_back({number, std::move(raw)});
  return fields;
}

uint8_t WireTypeOf(const pb::FieldDescriptor& field) {
  switch (field.type()) {
    case pb::FieldDescriptor::TYPE_DOUBLE:
    case pb::FieldDescriptor::TYPE_FIXED64:
    case pb::FieldDescriptor::TYPE_SFIXED64:
      return 1;
    case pb::FieldDescriptor::TYPE_FLOAT:
    case pb::FieldDescriptor::TYPE_FIXED32:
    case pb::FieldDescriptor::TYPE_SFIXED32:
      return 5;
    case pb::FieldDescriptor::TYPE_STRING:
    case pb::FieldDescriptor::TYPE_BYTES:
    case pb::FieldDescriptor::TYPE_MESSAGE:
      return 2;
    case pb::FieldDescriptor::TYPE_GROUP:
      return 3;
    default:
      return 0;
  }
}

bool SplitElements(const pb::FieldDescriptor& field, absl::string_view raw, std::vector<absl::string_view>& elements) {
  const uint8_t wire_type = WireTypeOf(field);
  WireField f;
  while (!raw.empty()) {
    if (!NextField(raw, f)) return false;
    if (f.wire_type == wire_type) {
      elements.push_back(f.payload);
      continue;
    }
    if (f.wire_type != 2 || !field.is_packable()) return false;
    base::Reader in(f.payload);
    while (in.ok() && !in.done()) {
      const absl::string_view before = in.rest();
      if (!SkipValue(in, f.number, wire_type, 0)) return false;
      elements.push_back(before.substr(0, before.size() - in.left()));
    }
  }
  return true;
}

std::string JoinElements(const pb::FieldDescriptor& field, const std::vector<absl::string_view>& elements) {
  std::string out;
  if (elements.empty()) return out;
  const uint8_t wire_type = WireTypeOf(field);
  const uint64_t number = static_cast<uint64_t>(field.number()) << 3;
  if (field.is_packed()) {
    std::string body;
    for (absl::string_view e : elements) body.append(e.data(), e.size());
    base::PutVarint(out, number | 2);
    base::PutString(out, body);
    return out;
  }
  for (absl::string_view e : elements) {
    base::PutVarint(out, number | wire_type);
    if (wire_type == 2) base::PutVarint(out, e.size());
    out.append(e.data(), e.size());
  }
  return out;
}

bool IsUtf8(absl::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const auto c = static_cast<uint8_t>(text[i]);
    if (c < 0x80) {
      ++i;
      continue;
    }
    // Nearly all Chinese characters.
    if (c >= 0xE4 && c <= 0xE9 && text.size() - i >= 3) {
      if ((text[i + 1] & 0xC0) != 0x80 || (text[i + 2] & 0xC0) != 0x80) return false;
      i += 3;
      continue;
    }
    const size_t more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
    if (c < 0xC2 || c > 0xF4 || text.size() - i <= more) return false;
    uint32_t rune = c & (0x3Fu >> more);
    for (size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<uint8_t>(text[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      rune = rune << 6 | (next & 0x3Fu);
    }
    const bool overlong = (more == 2 && rune < 0x800) || (more == 3 && rune < 0x10000);
    if (overlong || rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF)) return false;
    i += more + 1;
  }
  return true;
}

}  // namespace guanhu::schema
