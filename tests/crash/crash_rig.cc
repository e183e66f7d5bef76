#include "tests/crash/crash_rig.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "common/base/status.h"

namespace guanhu::crash {

using store::Batch;
using store::Durability;
using store::kTableCount;
using store::Table;

Args& TheArgs() {
  static Args args;
  return args;
}

void Apply(const Batch& batch, Tables& tables) {
  for (const Batch::Op& op : batch.ops()) {
    auto& rows = tables[static_cast<size_t>(op.table)];
    if (op.remove) {
      rows.erase(op.key);
    } else {
      rows[op.key] = op.value;
    }
  }
}

absl::StatusOr<Tables> ReadAll(const store::Store& store) {
  Tables tables;
  for (size_t t = 0; t < kTableCount; ++t) {
    auto it = store.Scan(static_cast<Table>(t), "", "");
    for (; it->Valid(); it->Next()) {
      tables[t].emplace(std::string(it->key().data(), it->key().size()),
                        std::string(it->value().data(), it->value().size()));
    }
    GUANHU_RETURN_IF_ERROR(it->status());
  }
  return tables;
}

Batch MakeBatch(uint64_t i, size_t value_bytes_max, std::mt19937_64& random) {
  const std::string number = std::to_string(i);
  auto value = [&] {
    std::string v = number + ":";
    v.resize(v.size() + random() % value_bytes_max);
    // Not compressible, so that files fill as fast as the numbers say.
    for (size_t j = number.size() + 1; j < v.size(); ++j) v[j] = static_cast<char>(random());
    return v;
  };
  auto record = [&] { return "r" + std::to_string(random() % 40); };
  Batch batch;
  batch.Put(Table::kMeta, "last", number);
  batch.Put(Table::kJournal, "j" + std::string(8 - std::min<size_t>(8, number.size()), '0') + number, value());
  batch.Put(Table::kRecord, record(), value());
  if (i % 3 == 0) batch.Delete(Table::kRecord, record());
  if (i % 5 == 0) batch.Put(Table::kSigned, "head", value());
  if (i % 7 == 0) batch.Put(Table::kCommand, "c" + number, number);
  return batch;
}

Rig::Rig() : fs_(std::make_shared<PowerCutFs>()), env_(NewCrashEnv(fs_)) {
  options_.env = env_.get();
  options_.write_buffer_bytes = 128 << 10;  // so that a few dozen commits flush and compact
}

Rig::~Rig() = default;

absl::Status Rig::Open() {
  store_.reset();
  GUANHU_ASSIGN_OR_RETURN(store_, store::RocksStore::Open("/store", options_));
  return absl::OkStatus();
}

absl::Status Rig::CommitNext(size_t value_bytes_max, std::mt19937_64& random, Durability durability) {
  Batch batch = MakeBatch(acked_ + 1, value_bytes_max, random);
  const absl::Status status = store_->Commit(batch, durability);
  if (!status.ok()) {
    going_on_ = std::move(batch);
    return status;
  }
  ++acked_;
  Apply(batch, confirmed_);
  buffered_durable_ = buffered_;
  return status;
}

absl::Status Rig::CommitBuffered() {
  Batch batch;
  batch.Put(Table::kView, "counter", std::to_string(++buffered_));
  return store_->Commit(batch, Durability::kBuffered);
}

Found Rig::Check() {
  absl::StatusOr<Tables> read = ReadAll(*store_);
  if (!read.ok()) return Found::kUnreadable;
  auto& view = (*read)[static_cast<size_t>(Table::kView)];
  const uint64_t counter = view.count("counter") > 0 ? std::stoull(view["counter"]) : 0;
  view.clear();
  Found found = Found::kOther;
  if (*read == confirmed_) found = Found::kConfirmed;
  if (found == Found::kOther && going_on_) {
    Tables more = confirmed_;
    Apply(*going_on_, more);
    if (*read == more) found = Found::kOneMore;
  }
  if (counter < buffered_durable_ || counter > buffered_) found = Found::kOther;
  const std::string last = (*read)[static_cast<size_t>(Table::kMeta)]["last"];
  if (last.empty()) (*read)[static_cast<size_t>(Table::kMeta)].erase("last");
  acked_ = last.empty() ? 0 : std::stoull(last);
  confirmed_ = *std::move(read);
  going_on_.reset();
  buffered_ = buffered_durable_ = counter;
  return found;
}

void Watchdog(unsigned seconds) { alarm(seconds); }

}  // namespace guanhu::crash
