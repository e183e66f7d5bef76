// What an encoder and its decoder have both learnt from the batches so far, and the way a batch goes through it:
// column by column, where a column is a field of a record type (or a field inside such a field).
// The format is docs/formats/batch.md. Not thread-safe. Internal to common/codec.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/bytes.h"
#include "common/codec/number_model.h"
#include "common/codec/range_coder.h"
#include "common/codec/text_model.h"
#include "common/model/entry.h"

namespace guanhu::codec {

// The parts of a frame while it is written.
struct EncodeIo {
  static constexpr bool kDecoding = false;
  RangeEncoder rc;
  std::string raw;   // hashes and signatures: nothing to gain
  std::string blob;  // long texts and binary values
};

// The parts of a frame while it is read. After `Fail` every loop ends.
class DecodeIo {
 public:
  static constexpr bool kDecoding = true;

  // The views outlive the object. `budget`: bytes that may be produced, a few more for each value.
  DecodeIo(absl::string_view code, absl::string_view raw_part, absl::string_view blob_part, size_t budget)
      : rc(code), raw(raw_part), blob(blob_part), budget_(budget) {}

  bool ok() const { return ok_; }
  void Fail() { ok_ = false; }
  // False, and the object failed, when more was produced than was declared.
  bool Spend(uint64_t bytes) {
    if (bytes > budget_) ok_ = false;
    if (ok_) budget_ -= static_cast<size_t>(bytes);
    return ok_;
  }
  bool done() const { return ok_ && raw.done() && blob.done(); }

  RangeDecoder rc;
  base::Reader raw;
  base::Reader blob;

 private:
  size_t budget_;
  bool ok_ = true;
};

// What an entry or a head counts beyond its bytes, so that many empty ones are bounded, too.
inline constexpr size_t kItemCost = 16;

// Short values that come again, such as codes and names.
class RecentStrings {
 public:
  static constexpr size_t kBytesMax = 40;
  template <class Io>
  bool CodeKnown(Io& io, absl::string_view value, std::string& out);
  void Insert(absl::string_view value);

 private:
  static constexpr uint32_t kSlots = 32;
  std::vector<std::string> values_;
  uint32_t next_ = 0;
  Bit hit_;
  Choice<5> slot_;
};

// Guess of what follows a field: the two fields that followed it lately; 0 ends the message.
struct Step {
  std::array<uint32_t, 2> next{};
  uint32_t trust = 0;
  std::array<Bit, 2> missed;
};

struct Column {
  explicit Column(uint32_t n) : number(n) {
    first.next[0] = 1;
    after.next[0] = n + 1;
    form.Assume(2, kNever);
    form.Assume(1, kSeldom);
    kind.Assume(1, kSeldom);
  }

  uint32_t number;
  // As a message:
  std::vector<Column*> children;  // ascending numbers; owned by the model
  Step first;
  NumberModel* steps();
  // As a field:
  Step after;
  Choice<3> form;
  SeriesModel series;
  std::unique_ptr<IdModel<4>> ids;  // 64-bit values that come again
  Choice<2> kind;
  NumberModel* lengths();
  std::unique_ptr<RecentStrings> strings;

 private:
  std::unique_ptr<NumberModel> steps_, lengths_;
};

class BatchModel {
 public:
  // `text_bits`: size of the text tables, see TextModel.
  explicit BatchModel(unsigned text_bits);

  // REQUIRES: the batch passed CheckBatch of batch_codec.cc.
  void Encode(EncodeIo& io, const model::EntryBatch& batch);
  // Errors: kInvalidArgument. Afterwards the model is of no use.
  absl::Status Decode(DecodeIo& io, model::EntryBatch& batch);

 private:
  struct Place {  // of the edit that is being coded
    base::JournalId journal;
    uint64_t seq = 0;
    int64_t wall_ms = 0;
  };

  template <class Io>
  void CodeHeader(Io& io, base::JournalId& journal, uint64_t& first_seq, uint64_t& entries, uint64_t& heads);
  void Expect(const base::JournalId& journal, uint64_t next_seq);
  template <class Io>
  void CodeHead(Io& io, uint64_t& previous, model::SignedHead& head);
  template <class Io>
  void CodeChange(Io& io, model::Change& change, Place& place);
  template <class Io>
  void CodeEdit(Io& io, model::Edit& edit, uint32_t position, const Place& place);
  template <class Io>
  void CodeRecord(Io& io, model::Edit& edit, uint32_t position, const Place& place);
  template <class Io>
  void CodeContext(Io& io, model::Edit& edit);
  template <class Io>
  void CodeCleared(Io& io, model::Edit& edit);

  void EncodeSet(EncodeIo& io, Column& type, const std::vector<model::Field>& set, int64_t wall_ms);
  void DecodeSet(DecodeIo& io, Column& type, std::vector<model::Field>& set, int64_t wall_ms);
  void EncodeMessage(EncodeIo& io, Column& parent, absl::string_view bytes, int64_t wall_ms, unsigned depth);
  void DecodeMessage(DecodeIo& io, Column& parent, std::string& out, int64_t wall_ms, unsigned depth);
  template <class Io>
  void CodeScalar(Io& io, Column& column, uint32_t form, uint64_t& v, int64_t wall_ms);
  void EncodeBytes(EncodeIo& io, Column& column, absl::string_view v, int64_t wall_ms, unsigned depth);
  void DecodeBytes(DecodeIo& io, Column& column, std::string& out, int64_t wall_ms, unsigned depth);
  void DecodePayload(DecodeIo& io, Column& column, uint32_t form, uint32_t number, std::string& out, int64_t wall_ms,
                     unsigned depth);

  // The column of the next field, or nullptr at the end of the message (`number` 0).
  template <class Io>
  Column* CodeStep(Io& io, Column& parent, Step& step, uint32_t& number);
  Column& Child(Column& parent, uint32_t number);

  std::deque<Column> columns_;
  Column overflow_{0};
  std::array<Column, 2> types_{Column(0), Column(0)};  // children: record types; [1] for creations
  Column whole_entry_{0};                              // entries that are not changes
  TextModel text_;

  IdModel<5> places_;
  IdModel<6> origins_;
  IdModel<5> persons_;
  Choice<1> visibility_, columnar_, full_context_, creating_, created_here_, has_reissue_;
  Choice<2> quality_;
  SeriesModel first_seq_, entry_count_, head_count_, head_step_, signature_size_;
  SeriesModel stamp_, edit_count_, type_, record_seq_, record_hash_, record_index_;
  SeriesModel context_count_, context_seq_, cleared_count_, cleared_, reissue_seq_;
  std::array<std::pair<base::JournalId, uint64_t>, 33> next_seqs_{};  // [0]: of journals not seen lately
  size_t expected_ = 1;
};

}  // namespace guanhu::codec
