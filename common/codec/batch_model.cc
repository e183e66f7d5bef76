#include "common/codec/batch_model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/codec/wire.h"

namespace guanhu::codec {
namespace {

// Columns of one stream. The county's schema has some hundreds; what comes after shares one.
constexpr size_t kColumnsMax = 1024;
// Messages inside messages that are taken apart.
constexpr unsigned kDepthMax = 3;
// Longer texts are blobs: zstd is faster and as good.
constexpr size_t kTextBytesMax = 4096;

constexpr uint32_t kRawForm = 4;  // a whole field that is not plain wire format
enum Kind : uint32_t { kText = 0, kMessage = 1, kBlob = 2 };

// Codes a member of a value that the decoder builds.
template <class Io, class T>
void CodeFlag(Io& io, Choice<1>& model, T& v) {
  uint32_t bit = v ? 1 : 0;
  model.Code(io.rc, bit);
  v = bit != 0;
}

template <class Io>
void CodeRaw(Io& io, std::string& bytes, size_t size) {
  if constexpr (Io::kDecoding) {
    const absl::string_view b = io.raw.Bytes(size);
    if (!io.raw.ok()) io.Fail();
    bytes.assign(b.data(), b.size());
  } else {
    io.raw.append(bytes, 0, size);
  }
}

template <class Io>
void CodeRawFixed32(Io& io, uint32_t& v) {
  if constexpr (Io::kDecoding) {
    v = io.raw.Fixed32();
    if (!io.raw.ok()) io.Fail();
  } else {
    base::PutFixed32(io.raw, v);
  }
}

template <class Io>
void CodeRawFixed64(Io& io, uint64_t& v) {
  if constexpr (Io::kDecoding) {
    v = io.raw.Fixed64();
    if (!io.raw.ok()) io.Fail();
  } else {
    base::PutFixed64(io.raw, v);
  }
}

template <class Io>
void CodeCount(Io& io, SeriesModel& model, uint64_t& count, uint64_t max) {
  model.Code(io.rc, count, 0);
  if constexpr (Io::kDecoding) {
    if (count > max) {
      io.Fail();
      count = 0;
    }
  }
}

// Text that a person may have typed: UTF-8 shaped, no control characters.
bool LooksLikeText(absl::string_view s) {
  unsigned follow = 0;
  for (const char ch : s) {
    const uint8_t b = static_cast<uint8_t>(ch);
    if (follow > 0) {
      if ((b & 0xC0) != 0x80) return false;
      --follow;
    } else if (b < 0x80) {
      if (b < 0x20 && b != '\n' && b != '\t' && b != '\r') return false;
    } else if (b < 0xC2 || b > 0xF4) {
      return false;
    } else {
      follow = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
    }
  }
  return follow == 0;
}

// Only what the decoder accepts goes by columns; model::Decode bounds most of it already.
bool FitsColumns(const model::Change& change) {
  if (change.edits.size() > base::kEditsMax) return false;
  return std::all_of(change.edits.begin(), change.edits.end(), [](const model::Edit& e) {
    return e.set.size() <= base::kFieldsMax && e.cleared.size() <= base::kFieldsMax &&
           e.context.size() <= base::kContextMax;
  });
}

}  // namespace

NumberModel* Column::steps() {
  if (!steps_) steps_ = std::make_unique<NumberModel>();
  return steps_.get();
}

NumberModel* Column::lengths() {
  if (!lengths_) lengths_ = std::make_unique<NumberModel>();
  return lengths_.get();
}

template <class Io>
bool RecentStrings::CodeKnown(Io& io, absl::string_view value, std::string& out) {
  bool hit = false;
  uint32_t slot = 0;
  if (values_.empty()) return false;
  if constexpr (!Io::kDecoding) {
    while (slot < values_.size() && values_[slot] != value) ++slot;
    hit = slot < values_.size();
  }
  io.rc.Code(hit, hit_);
  if (!hit) return false;
  slot_.Code(io.rc, slot);
  if constexpr (Io::kDecoding) {
    if (slot >= values_.size()) {
      io.Fail();
    } else if (io.Spend(values_[slot].size())) {
      out.append(values_[slot]);
    }
  }
  return true;
}

void RecentStrings::Insert(absl::string_view value) {
  if (value.size() > kBytesMax) return;
  if (values_.size() < kSlots) {
    values_.emplace_back(value);
    return;
  }
  values_[next_].assign(value.data(), value.size());
  next_ = (next_ + 1) % kSlots;
}

BatchModel::BatchModel(unsigned text_bits) : text_(text_bits) {}

Column& BatchModel::Child(Column& parent, uint32_t number) {
  if (&parent == &overflow_) return overflow_;
  auto it = std::lower_bound(parent.children.begin(), parent.children.end(), number,
                             [](const Column* c, uint32_t n) { return c->number < n; });
  if (it != parent.children.end() && (*it)->number == number) return **it;
  if (columns_.size() >= kColumnsMax) return overflow_;
  Column& made = columns_.emplace_back(number);
  parent.children.insert(it, &made);
  return made;
}

template <class Io>
Column* BatchModel::CodeStep(Io& io, Column& parent, Step& step, uint32_t& number) {
  bool missed = step.next[0] != number;
  io.rc.Code(missed, step.missed[0]);
  if (!missed) {
    number = step.next[0];
    if (step.trust < 3) ++step.trust;
  } else {
    missed = step.next[1] != number;
    io.rc.Code(missed, step.missed[1]);
    if (!missed) {
      number = step.next[1];
      if (step.trust > 0) {
        --step.trust;
      } else {
        std::swap(step.next[0], step.next[1]);
      }
    } else {
      uint64_t n = number;
      parent.steps()->Code(io.rc, n);
      number = static_cast<uint32_t>(n);
      if constexpr (Io::kDecoding) {
        if (n > UINT32_MAX) {
          io.Fail();
          return nullptr;
        }
      }
      step.next[1] = number;
    }
  }
  return number == 0 ? nullptr : &Child(parent, number);
}

template <class Io>
void BatchModel::CodeScalar(Io& io, Column& column, uint32_t form, uint64_t& v, int64_t wall_ms) {
  if (form != kFixed64) {
    column.series.Code(io.rc, v, wall_ms);
    return;
  }
  if (!column.ids) column.ids = std::make_unique<IdModel<4>>();
  if (column.ids->CodeKnown(io.rc, v)) return;
  column.series.Code(io.rc, v, wall_ms);
  column.ids->Insert(v);
}

void BatchModel::EncodeBytes(EncodeIo& io, Column& column, absl::string_view v, int64_t wall_ms, unsigned depth) {
  if (!column.strings) column.strings = std::make_unique<RecentStrings>();
  std::string unused;
  if (column.strings->CodeKnown(io, v, unused)) return;
  uint32_t kind = v.size() <= kTextBytesMax && LooksLikeText(v) ? kText : kBlob;
  if (kind == kBlob && depth < kDepthMax && IsMessage(v)) kind = kMessage;
  column.kind.Code(io.rc, kind);
  if (kind == kMessage) {
    EncodeMessage(io, column, v, wall_ms, depth + 1);
    return;
  }
  uint64_t size = v.size();
  column.lengths()->Code(io.rc, size);
  if (kind == kText) {
    text_.Encode(io.rc, v, column.number);
  } else {
    io.blob.append(v.data(), v.size());
  }
  column.strings->Insert(v);
}

void BatchModel::DecodeBytes(DecodeIo& io, Column& column, std::string& out, int64_t wall_ms, unsigned depth) {
  if (!column.strings) column.strings = std::make_unique<RecentStrings>();
  if (column.strings->CodeKnown(io, {}, out)) return;
  uint32_t kind = 0;
  column.kind.Code(io.rc, kind);
  if (kind == kMessage) {
    if (depth >= kDepthMax) {
      io.Fail();
      return;
    }
    DecodeMessage(io, column, out, wall_ms, depth + 1);
    return;
  }
  uint64_t size = 0;
  column.lengths()->Code(io.rc, size);
  if (!io.Spend(size)) return;
  const size_t start = out.size();
  if (kind == kText) {
    text_.Decode(io.rc, static_cast<size_t>(size), out, column.number);
  } else {
    const absl::string_view b = io.blob.Bytes(size);
    if (!io.blob.ok()) io.Fail();
    out.append(b.data(), b.size());
  }
  column.strings->Insert(absl::string_view(out).substr(start));
}

void BatchModel::EncodeMessage(EncodeIo& io, Column& parent, absl::string_view bytes, int64_t wall_ms, unsigned depth) {
  Step* step = &parent.first;
  WireCursor in(bytes);
  while (!in.done()) {
    WireValue value = in.Next();
    Column* column = CodeStep(io, parent, *step, value.number);
    step = &column->after;
    column->form.Code(io.rc, value.form);
    if (value.form == kLength) {
      EncodeBytes(io, *column, value.bytes, wall_ms, depth);
    } else {
      CodeScalar(io, *column, value.form, value.scalar, wall_ms);
    }
  }
  uint32_t end = 0;
  CodeStep(io, parent, *step, end);
}

// Appends tag and payload.
void BatchModel::DecodePayload(DecodeIo& io, Column& column, uint32_t form, uint32_t number, std::string& out,
                               int64_t wall_ms, unsigned depth) {
  if (!io.Spend(2)) return;
  PutTag(out, number, form);
  if (form == kLength) {
    std::string inner;
    DecodeBytes(io, column, inner, wall_ms, depth);
    base::PutString(out, inner);
    return;
  }
  uint64_t v = 0;
  CodeScalar(io, column, form, v, wall_ms);
  PutScalar(out, form, v);
}

void BatchModel::DecodeMessage(DecodeIo& io, Column& parent, std::string& out, int64_t wall_ms, unsigned depth) {
  Step* step = &parent.first;
  while (io.ok()) {
    uint32_t number = 0;
    Column* column = CodeStep(io, parent, *step, number);
    if (column == nullptr) return;
    step = &column->after;
    uint32_t form = 0;
    column->form.Code(io.rc, form);
    if (form >= kRawForm) {
      io.Fail();
      return;
    }
    DecodePayload(io, *column, form, number, out, wall_ms, depth);
  }
}

void BatchModel::EncodeSet(EncodeIo& io, Column& type, const std::vector<model::Field>& set, int64_t wall_ms) {
  Step* step = &type.first;
  for (const model::Field& field : set) {
    const bool plain = IsMessage(field.raw) && HasOnly(field.raw, field.number);
    WireCursor in(field.raw);
    do {
      WireValue value = plain ? in.Next() : WireValue{field.number, kRawForm, 0, field.raw};
      Column* column = CodeStep(io, type, *step, value.number);
      step = &column->after;
      column->form.Code(io.rc, value.form);
      if (value.form == kLength || value.form == kRawForm) {
        EncodeBytes(io, *column, value.bytes, wall_ms, value.form == kRawForm ? kDepthMax : 0);
      } else {
        CodeScalar(io, *column, value.form, value.scalar, wall_ms);
      }
    } while (plain && !in.done());
  }
  uint32_t end = 0;
  CodeStep(io, type, *step, end);
}

void BatchModel::DecodeSet(DecodeIo& io, Column& type, std::vector<model::Field>& set, int64_t wall_ms) {
  Step* step = &type.first;
  while (io.ok()) {
    uint32_t number = 0;
    Column* column = CodeStep(io, type, *step, number);
    if (column == nullptr) return;
    step = &column->after;
    uint32_t form = 0;
    column->form.Code(io.rc, form);
    if (form > kRawForm) io.Fail();
    if (set.empty() || set.back().number != number) set.push_back({number, {}});
    if (set.size() > base::kFieldsMax) io.Fail();
    if (!io.ok()) return;
    std::string& raw = set.back().raw;
    if (form == kRawForm) {
      DecodeBytes(io, *column, raw, wall_ms, kDepthMax);
    } else {
      DecodePayload(io, *column, form, number, raw, wall_ms, 0);
    }
  }
}

template <class Io>
void BatchModel::CodeRecord(Io& io, model::Edit& edit, uint32_t position, const Place& place) {
  bool created = edit.id.origin == place.journal.origin && edit.id.seq == place.seq;
  CodeFlag(io, created_here_, created);
  // The index of a creation is most often its position in the change.
  uint64_t index = created ? base::ZigZag(static_cast<int64_t>(edit.id.index) - position) : edit.id.index;
  if (created) {
    edit.id.origin = place.journal.origin;
    edit.id.seq = place.seq;
  } else {
    origins_.Code(io.rc, edit.id.origin.value);
    (edit.id.origin ? record_seq_ : record_hash_).Code(io.rc, edit.id.seq, 0);
  }
  record_index_.Code(io.rc, index, 0);
  if constexpr (Io::kDecoding) {
    edit.id.scope = place.journal.scope;
    edit.id.index = static_cast<uint32_t>(created ? static_cast<uint64_t>(base::UnZigZag(index)) + position : index);
  }
}

template <class Io>
void BatchModel::CodeContext(Io& io, model::Edit& edit) {
  uint64_t count = edit.context.size();
  CodeCount(io, context_count_, count, base::kContextMax);
  if constexpr (Io::kDecoding) edit.context.resize(static_cast<size_t>(count));
  for (model::ContextEntry& c : edit.context) {
    if constexpr (Io::kDecoding) {
      if (!io.Spend(12)) return;
    }
    origins_.Code(io.rc, c.origin.value);
    bool creating = c.origin == edit.id.origin && c.seq == edit.id.seq;
    CodeFlag(io, creating_, creating);
    if (creating) {
      c.seq = edit.id.seq;
    } else {
      context_seq_.Code(io.rc, c.seq, 0);
    }
    CodeRawFixed32(io, c.hash);
  }
}

template <class Io>
void BatchModel::CodeCleared(Io& io, model::Edit& edit) {
  uint64_t count = edit.cleared.size();
  CodeCount(io, cleared_count_, count, base::kFieldsMax);
  if constexpr (Io::kDecoding) edit.cleared.resize(static_cast<size_t>(count));
  for (uint32_t& number : edit.cleared) {
    uint64_t n = number;
    cleared_.Code(io.rc, n, 0);
    number = static_cast<uint32_t>(n);
  }
}

template <class Io>
void BatchModel::CodeEdit(Io& io, model::Edit& edit, uint32_t position, const Place& place) {
  CodeRecord(io, edit, position, place);
  uint64_t type = edit.type;
  type_.Code(io.rc, type, 0);
  edit.type = static_cast<uint32_t>(type);
  const bool created = edit.id.origin == place.journal.origin && edit.id.seq == place.seq;
  Column& column = Child(types_[created ? 1 : 0], edit.type);
  if constexpr (Io::kDecoding) {
    DecodeSet(io, column, edit.set, place.wall_ms);
  } else {
    EncodeSet(io, column, edit.set, place.wall_ms);
  }
  CodeCleared(io, edit);
  CodeFlag(io, full_context_, edit.full_context);
  CodeContext(io, edit);
}

template <class Io>
void BatchModel::CodeChange(Io& io, model::Change& change, Place& place) {
  uint64_t wall = static_cast<uint64_t>(change.stamp.wall_ms);
  stamp_.Code(io.rc, wall, 0);
  change.stamp.wall_ms = place.wall_ms = static_cast<int64_t>(wall);
  uint32_t quality = static_cast<uint32_t>(change.stamp.quality);
  quality_.Code(io.rc, quality);
  change.stamp.quality = static_cast<model::ClockQuality>(quality);
  persons_.Code(io.rc, change.person.value);
  bool reissue = change.reissue.has_value();
  CodeFlag(io, has_reissue_, reissue);
  if (reissue) {
    if constexpr (Io::kDecoding) change.reissue.emplace();
    origins_.Code(io.rc, change.reissue->origin.value);
    reissue_seq_.Code(io.rc, change.reissue->seq, 0);
    CodeRawFixed64(io, change.reissue->hash);
  }
  uint64_t edits = change.edits.size();
  CodeCount(io, edit_count_, edits, base::kEditsMax);
  if constexpr (Io::kDecoding) change.edits.reserve(static_cast<size_t>(edits));
  for (uint32_t i = 0; i < edits; ++i) {
    if constexpr (Io::kDecoding) {
      if (!io.Spend(4)) return;
      change.edits.emplace_back();
    }
    CodeEdit(io, change.edits[i], i, place);
  }
}

// The journal's name, where the batch starts, how much it holds.
template <class Io>
void BatchModel::CodeHeader(Io& io, base::JournalId& journal, uint64_t& first_seq, uint64_t& entries, uint64_t& heads) {
  places_.Code(io.rc, journal.scope.place.value);
  uint32_t visibility = static_cast<uint32_t>(journal.scope.visibility);
  visibility_.Code(io.rc, visibility);
  journal.scope.visibility = static_cast<base::Visibility>(visibility);
  origins_.Code(io.rc, journal.origin.value);
  uint64_t* next = &next_seqs_[0].second;
  for (auto& known : next_seqs_) {
    if (known.first == journal) next = &known.second;
  }
  uint64_t ahead = first_seq - *next;
  first_seq_.Code(io.rc, ahead, 0);
  first_seq = ahead + *next;
  entry_count_.Code(io.rc, entries, 0);
  head_count_.Code(io.rc, heads, 0);
}

// Remembers where the next batch of the journal is expected.
void BatchModel::Expect(const base::JournalId& journal, uint64_t next_seq) {
  for (auto& known : next_seqs_) {
    if (known.first == journal) {
      known.second = next_seq;
      return;
    }
  }
  next_seqs_[expected_] = {journal, next_seq};
  expected_ = expected_ % (next_seqs_.size() - 1) + 1;  // [0] stands for all others
}

template <class Io>
void BatchModel::CodeHead(Io& io, uint64_t& previous, model::SignedHead& head) {
  uint64_t step = head.head.seq - previous;
  head_step_.Code(io.rc, step, 0);
  head.head.seq = previous = previous + step;
  uint64_t size = head.signature.size();
  signature_size_.Code(io.rc, size, 0);
  if constexpr (Io::kDecoding) {
    if (!io.Spend(kItemCost + size)) return;
  }
  CodeRaw(io, head.signature, static_cast<size_t>(size));
}

void BatchModel::Encode(EncodeIo& io, const model::EntryBatch& batch) {
  base::JournalId journal = batch.journal;
  uint64_t first_seq = batch.first_seq, entries = batch.entries.size(), heads = batch.heads.size();
  CodeHeader(io, journal, first_seq, entries, heads);
  Place place{journal, first_seq, 0};
  for (const std::string& bytes : batch.entries) {
    absl::StatusOr<model::Entry> entry = model::Decode(bytes, journal, place.seq);
    model::Change* change = entry.ok() ? std::get_if<model::Change>(&*entry) : nullptr;
    bool columnar = change != nullptr && FitsColumns(*change);
    CodeFlag(io, columnar_, columnar);
    if (columnar) {
      CodeChange(io, *change, place);
    } else {
      EncodeBytes(io, whole_entry_, bytes, place.wall_ms, kDepthMax);
    }
    ++place.seq;
  }
  uint64_t previous = first_seq - 1;
  for (model::SignedHead head : batch.heads) CodeHead(io, previous, head);
  Expect(journal, place.seq);
}

absl::Status BatchModel::Decode(DecodeIo& io, model::EntryBatch& batch) {
  uint64_t entries = 0, heads = 0;
  CodeHeader(io, batch.journal, batch.first_seq, entries, heads);
  Place place{batch.journal, batch.first_seq, 0};
  for (uint64_t i = 0; i < entries && io.Spend(kItemCost); ++i) {
    bool columnar = false;
    CodeFlag(io, columnar_, columnar);
    if (columnar) {
      model::Change change;
      CodeChange(io, change, place);
      if (io.ok()) batch.entries.push_back(model::Encode(model::Entry(std::move(change)), batch.journal, place.seq));
    } else {
      DecodeBytes(io, whole_entry_, batch.entries.emplace_back(), place.wall_ms, kDepthMax);
    }
    ++place.seq;
  }
  uint64_t previous = batch.first_seq - 1;
  for (uint64_t i = 0; i < heads && io.ok(); ++i) CodeHead(io, previous, batch.heads.emplace_back());
  if (!io.done()) return absl::InvalidArgumentError("its columns do not add up to the entries that it declares");
  Expect(batch.journal, place.seq);
  return absl::OkStatus();
}

}  // namespace guanhu::codec
