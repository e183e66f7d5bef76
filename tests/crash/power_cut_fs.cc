#include "tests/crash/power_cut_fs.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "rocksdb/system_clock.h"

namespace guanhu::crash {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

std::string DirOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

// "a/b/../c" and "a//b" are the same file as "a/c" and "a/b".
std::string Clean(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= path.size();) {
    const size_t slash = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, slash - at);
    if (part == "..") {
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    at = slash + 1;
  }
  std::string out;
  for (const std::string& part : parts) out += "/" + part;
  return out;
}

IOStatus NoFile(const std::string& path) { return IOStatus::PathNotFound("no such file", path); }
IOStatus PowerOff() { return IOStatus::IOError("the power is off"); }

struct Lock final : rocksdb::FileLock {
  explicit Lock(std::string p, uint64_t b) : path(std::move(p)), boot(b) {}
  std::string path;
  uint64_t boot;
};

}  // namespace

// What all kinds of open files share.
class OpenFile {
 public:
  OpenFile(PowerCutFs* fs, std::string path, NodePtr node)
      : fs_(*fs), path_(std::move(path)), node_(std::move(node)), boot_(fs->boot_) {}

  IOStatus ReadAt(uint64_t offset, size_t n, Slice* result, char* scratch) const {
    std::lock_guard<std::mutex> lock(fs_.mutex_);
    if (Dead()) return PowerOff();
    const size_t at = std::min(static_cast<size_t>(offset), node_->data.size());
    n = std::min(n, node_->data.size() - at);
    if (n > 0) std::memcpy(scratch, node_->data.data() + at, n);
    *result = Slice(scratch, n);
    return IOStatus::OK();
  }
  IOStatus AppendAll(const Slice& data) {
    std::lock_guard<std::mutex> lock(fs_.mutex_);
    if (Dead()) return PowerOff();
    const IOStatus status = fs_.Gate(PowerCutFs::Kind::kSpace);
    // A failing write, or one in which the power goes, may have got halfway; a cut tears it anyway.
    node_->data.append(data.data(), status.ok() || fs_.cut_ ? data.size() : data.size() / 2);
    return status;
  }
  IOStatus Overwrite(uint64_t offset, const Slice& data) {
    std::lock_guard<std::mutex> lock(fs_.mutex_);
    if (Dead()) return PowerOff();
    const IOStatus status = fs_.Gate(PowerCutFs::Kind::kOther);
    if (!status.ok() && !fs_.cut_) return status;
    if (!node_->before) node_->before = node_->data;
    const size_t end = static_cast<size_t>(offset) + data.size();
    if (node_->data.size() < end) node_->data.resize(end);
    node_->data.replace(static_cast<size_t>(offset), data.size(), data.data(), data.size());
    return status;
  }
  IOStatus SyncAll() {
    std::lock_guard<std::mutex> lock(fs_.mutex_);
    if (Dead()) return PowerOff();
    const IOStatus status = fs_.Gate(PowerCutFs::Kind::kSync);
    if (!status.ok()) {
      if (!fs_.cut_) node_->sync_failed = true;
      return status;
    }
    if (fs_.LiesAbout(path_) || node_->sync_failed) return status;
    node_->synced = node_->data.size();
    node_->before.reset();
    return status;
  }
  IOStatus Resize(uint64_t size) {
    std::lock_guard<std::mutex> lock(fs_.mutex_);
    if (Dead()) return PowerOff();
    const IOStatus status = fs_.Gate(PowerCutFs::Kind::kOther);
    if (!status.ok()) return status;
    node_->data.resize(static_cast<size_t>(size));
    node_->synced = std::min(node_->synced, node_->data.size());
    return status;
  }
  uint64_t Size() const {
    std::lock_guard<std::mutex> lock(fs_.mutex_);
    return node_->data.size();
  }
  IOStatus SyncDirectory() {
    std::lock_guard<std::mutex> lock(fs_.mutex_);
    if (Dead()) return PowerOff();
    const IOStatus status = fs_.Gate(PowerCutFs::Kind::kSync);
    if (status.ok() && !fs_.LiesAbout(path_)) fs_.SyncDirNow(path_);
    return status;
  }

 private:
  bool Dead() const { return fs_.cut_ || fs_.boot_ != boot_; }

  PowerCutFs& fs_;
  const std::string path_;
  const NodePtr node_;
  const uint64_t boot_;
};

namespace {

class Sequential final : public rocksdb::FSSequentialFile {
 public:
  explicit Sequential(OpenFile file) : file_(std::move(file)) {}
  IOStatus Read(size_t n, const IOOptions&, Slice* result, char* scratch, IODebugContext*) override {
    const IOStatus status = file_.ReadAt(at_, n, result, scratch);
    if (status.ok()) at_ += result->size();
    return status;
  }
  IOStatus Skip(uint64_t n) override {
    at_ += n;
    return IOStatus::OK();
  }

 private:
  OpenFile file_;
  uint64_t at_ = 0;
};

class RandomAccess final : public rocksdb::FSRandomAccessFile {
 public:
  explicit RandomAccess(OpenFile file) : file_(std::move(file)) {}
  IOStatus Read(uint64_t at, size_t n, const IOOptions&, Slice* result, char* scratch, IODebugContext*) const override {
    return file_.ReadAt(at, n, result, scratch);
  }

 private:
  OpenFile file_;
};

class Writable final : public rocksdb::FSWritableFile {
 public:
  explicit Writable(OpenFile file) : file_(std::move(file)) {}
  using FSWritableFile::Append;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override { return file_.AppendAll(data); }
  IOStatus Truncate(uint64_t size, const IOOptions&, IODebugContext*) override { return file_.Resize(size); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return file_.SyncAll(); }
  bool IsSyncThreadSafe() const override { return true; }
  uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return file_.Size(); }

 private:
  OpenFile file_;
};

class RandomRW final : public rocksdb::FSRandomRWFile {
 public:
  explicit RandomRW(OpenFile file) : file_(std::move(file)) {}
  IOStatus Write(uint64_t at, const Slice& data, const IOOptions&, IODebugContext*) override {
    return file_.Overwrite(at, data);
  }
  IOStatus Read(uint64_t at, size_t n, const IOOptions&, Slice* result, char* scratch, IODebugContext*) const override {
    return file_.ReadAt(at, n, result, scratch);
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return file_.SyncAll(); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  OpenFile file_;
};

class Directory final : public rocksdb::FSDirectory {
 public:
  explicit Directory(OpenFile file) : file_(std::move(file)) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return file_.SyncDirectory(); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  OpenFile file_;
};

class NoSleepClock final : public rocksdb::SystemClockWrapper {
 public:
  NoSleepClock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  const char* Name() const override { return "NoSleepClock"; }
  void SleepForMicroseconds(int micros) override { target_->SleepForMicroseconds(std::min(micros, 50)); }
};

class CrashEnv final : public rocksdb::EnvWrapper {
 public:
  explicit CrashEnv(const std::shared_ptr<PowerCutFs>& fs) : EnvWrapper(rocksdb::NewCompositeEnv(fs)) {
    file_system_ = fs;
    system_clock_ = std::make_shared<NoSleepClock>();
  }
  const char* Name() const override { return "CrashEnv"; }
  void SleepForMicroseconds(int micros) override { system_clock_->SleepForMicroseconds(micros); }
};

}  // namespace

std::unique_ptr<rocksdb::Env> NewCrashEnv(const std::shared_ptr<PowerCutFs>& fs) {
  return std::make_unique<CrashEnv>(fs);
}

IOStatus PowerCutFs::Gate(Kind kind) {
  if (cut_) return PowerOff();
  ++ops_;
  if (cut_at_ != 0 && ops_ >= cut_at_) {
    cut_ = true;
    return PowerOff();
  }
  if (!fault_ || ops_ < fault_->at || (fault_hit_ && !fault_->for_ever)) return IOStatus::OK();
  if (fault_->full && kind != Kind::kSpace) return IOStatus::OK();
  fault_hit_ = true;
  return fault_->full ? IOStatus::NoSpace("no space left on the device") : IOStatus::IOError("input/output error");
}

uint64_t PowerCutFs::ops() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return ops_;
}

void PowerCutFs::CutAt(uint64_t op) {
  std::lock_guard<std::mutex> lock(mutex_);
  cut_at_ = op;
}

bool PowerCutFs::is_cut() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return cut_;
}

void PowerCutFs::LieFor(const std::string& part) {
  std::lock_guard<std::mutex> lock(mutex_);
  lie_ = part;
}

void PowerCutFs::Inject(const Fault& fault) {
  std::lock_guard<std::mutex> lock(mutex_);
  fault_ = fault;
  fault_hit_ = false;
}

void PowerCutFs::ClearFault() {
  std::lock_guard<std::mutex> lock(mutex_);
  fault_.reset();
}

bool PowerCutFs::fault_hit() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return fault_hit_;
}

bool PowerCutFs::LiesAbout(const std::string& path) const {
  return !lie_.empty() && path.find(lie_) != std::string::npos;
}

NodePtr PowerCutFs::Find(const std::string& path) const {
  const auto it = live_.find(path);
  return it == live_.end() ? nullptr : it->second;
}

void PowerCutFs::Change(const std::string& path, NodePtr node) {
  if (node == nullptr) {
    live_.erase(path);
  } else {
    live_[path] = node;
  }
  pending_.push_back({DirOf(path), path, std::move(node)});
}

void PowerCutFs::SyncDirNow(const std::string& dir) {
  std::vector<DirChange> rest;
  for (DirChange& change : pending_) {
    if (change.dir != dir) {
      rest.push_back(std::move(change));
    } else if (change.node == nullptr) {
      durable_.erase(change.path);
    } else {
      durable_[change.path] = std::move(change.node);
    }
  }
  pending_ = std::move(rest);
}

// What a cut leaves of a file.
void PowerCutFs::Settle(Node& node, Tail tail, std::mt19937_64& random) {
  if (node.before) {
    std::string kept = *node.before;
    for (size_t i = 0; tail != Tail::kDropped && i < kept.size(); ++i) {
      if (kept[i] == node.data[i]) continue;
      // From the first changed byte on a random number of bytes is new, or garbage.
      const size_t n = std::min(kept.size() - i, static_cast<size_t>(random() % 40));
      for (size_t j = i; j < i + n; ++j) kept[j] = tail == Tail::kTorn ? node.data[j] : static_cast<char>(random());
      break;
    }
    node.data = std::move(kept);
    node.before.reset();
    node.synced = node.data.size();
    return;
  }
  const size_t unsynced = node.data.size() - node.synced;
  size_t kept = 0;
  if (tail != Tail::kDropped && unsynced > 0) kept = random() % (unsynced + 1);
  node.data.resize(node.synced + kept);
  if (tail == Tail::kGarbage && kept > 0) {
    for (size_t i = node.synced + random() % kept; i < node.data.size(); ++i) {
      node.data[i] = static_cast<char>(random() % 3 == 0 ? 0 : random());
    }
  }
  node.synced = node.data.size();
}

void PowerCutFs::PowerOn(Tail tail, std::mt19937_64& random) {
  std::lock_guard<std::mutex> lock(mutex_);
  const size_t kept = pending_.empty() || random() % 2 == 0 ? 0 : random() % (pending_.size() + 1);
  for (size_t i = 0; i < kept; ++i) {
    if (pending_[i].node == nullptr) {
      durable_.erase(pending_[i].path);
    } else {
      durable_[pending_[i].path] = pending_[i].node;
    }
  }
  pending_.clear();
  std::map<Node*, NodePtr> settled;  // files with two names stay one file
  for (auto& [path, node] : durable_) {
    NodePtr& copy = settled[node.get()];
    if (copy == nullptr) {
      copy = std::make_shared<Node>(*node);
      copy->sync_failed = false;
      Settle(*copy, tail, random);
    }
    node = copy;
  }
  live_ = durable_;
  locks_.clear();
  ++boot_;
  cut_ = false;
  cut_at_ = 0;
}

std::map<std::string, std::string> PowerCutFs::Contents() const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::map<std::string, std::string> files;
  for (const auto& [path, node] : live_) files[path] = node->data;
  return files;
}

void PowerCutFs::SetContents(const std::map<std::string, std::string>& files) {
  std::lock_guard<std::mutex> lock(mutex_);
  live_.clear();
  pending_.clear();
  locks_.clear();
  ++boot_;
  for (const auto& [path, data] : files) {
    live_[path] = std::make_shared<Node>(Node{data, data.size(), std::nullopt, false});
    for (std::string dir = DirOf(path); !dir.empty(); dir = DirOf(dir)) dirs_.insert(dir);
  }
  durable_ = live_;
}

IOStatus PowerCutFs::NewSequentialFile(const std::string& name, const FileOptions&,
                                       std::unique_ptr<rocksdb::FSSequentialFile>* file, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string path = Clean(name);
  NodePtr node = Find(path);
  if (cut_ || node == nullptr) return cut_ ? PowerOff() : NoFile(path);
  *file = std::make_unique<Sequential>(OpenFile(this, path, std::move(node)));
  return IOStatus::OK();
}

IOStatus PowerCutFs::NewRandomAccessFile(const std::string& name, const FileOptions&,
                                         std::unique_ptr<rocksdb::FSRandomAccessFile>* file, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string path = Clean(name);
  NodePtr node = Find(path);
  if (cut_ || node == nullptr) return cut_ ? PowerOff() : NoFile(path);
  *file = std::make_unique<RandomAccess>(OpenFile(this, path, std::move(node)));
  return IOStatus::OK();
}

IOStatus PowerCutFs::NewWritableFile(const std::string& name, const FileOptions&,
                                     std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string path = Clean(name);
  const IOStatus status = Gate(Kind::kSpace);
  if (!status.ok()) return status;
  auto node = std::make_shared<Node>();
  Change(path, node);
  *file = std::make_unique<Writable>(OpenFile(this, path, std::move(node)));
  return status;
}

IOStatus PowerCutFs::NewRandomRWFile(const std::string& name, const FileOptions&,
                                     std::unique_ptr<rocksdb::FSRandomRWFile>* file, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string path = Clean(name);
  NodePtr node = Find(path);
  if (cut_ || node == nullptr) return cut_ ? PowerOff() : NoFile(path);
  *file = std::make_unique<RandomRW>(OpenFile(this, path, std::move(node)));
  return IOStatus::OK();
}

IOStatus PowerCutFs::NewDirectory(const std::string& name, const IOOptions&, std::unique_ptr<rocksdb::FSDirectory>* dir,
                                  IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string path = Clean(name);
  if (cut_) return PowerOff();
  *dir = std::make_unique<Directory>(OpenFile(this, path, nullptr));
  return IOStatus::OK();
}

IOStatus PowerCutFs::FileExists(const std::string& name, const IOOptions&, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string path = Clean(name);
  if (cut_) return PowerOff();
  return live_.count(path) > 0 || dirs_.count(path) > 0 ? IOStatus::OK() : IOStatus::NotFound(path);
}

IOStatus PowerCutFs::GetChildren(const std::string& name, const IOOptions&, std::vector<std::string>* names,
                                 IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string path = Clean(name);
  names->clear();
  if (cut_) return PowerOff();
  if (dirs_.count(path) == 0) return IOStatus::NotFound(path);
  for (const auto& [file, node] : live_) {
    if (DirOf(file) == path) names->push_back(file.substr(path.size() + 1));
  }
  for (const std::string& dir : dirs_) {
    if (DirOf(dir) == path) names->push_back(dir.substr(path.size() + 1));
  }
  return IOStatus::OK();
}

IOStatus PowerCutFs::DeleteFile(const std::string& name, const IOOptions&, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string path = Clean(name);
  if (Find(path) == nullptr) return cut_ ? PowerOff() : NoFile(path);
  const IOStatus status = Gate(Kind::kOther);
  if (status.ok()) Change(path, nullptr);
  return status;
}

IOStatus PowerCutFs::CreateDir(const std::string& name, const IOOptions&, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const IOStatus status = Gate(Kind::kSpace);
  if (status.ok()) dirs_.insert(Clean(name));
  return status;
}

IOStatus PowerCutFs::CreateDirIfMissing(const std::string& name, const IOOptions& options, IODebugContext* dbg) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!cut_ && dirs_.count(Clean(name)) > 0) return IOStatus::OK();
  }
  return CreateDir(name, options, dbg);
}

IOStatus PowerCutFs::DeleteDir(const std::string& name, const IOOptions&, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const IOStatus status = Gate(Kind::kOther);
  if (status.ok()) dirs_.erase(Clean(name));
  return status;
}

IOStatus PowerCutFs::GetFileSize(const std::string& name, const IOOptions&, uint64_t* size, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string path = Clean(name);
  const NodePtr node = Find(path);
  if (cut_ || node == nullptr) return cut_ ? PowerOff() : NoFile(path);
  *size = node->data.size();
  return IOStatus::OK();
}

IOStatus PowerCutFs::GetFileModificationTime(const std::string&, const IOOptions&, uint64_t* time, IODebugContext*) {
  *time = 1;
  return IOStatus::OK();
}

IOStatus PowerCutFs::RenameFile(const std::string& from, const std::string& to, const IOOptions&, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string source = Clean(from), target = Clean(to);
  NodePtr node = Find(source);
  if (cut_ || node == nullptr) return cut_ ? PowerOff() : NoFile(source);
  const IOStatus status = Gate(Kind::kOther);
  if (!status.ok()) return status;
  // The new name before the old one's end: a cut between the two leaves both, never neither.
  Change(target, std::move(node));
  Change(source, nullptr);
  return status;
}

IOStatus PowerCutFs::LinkFile(const std::string& from, const std::string& to, const IOOptions&, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string source = Clean(from);
  NodePtr node = Find(source);
  if (cut_ || node == nullptr) return cut_ ? PowerOff() : NoFile(source);
  const IOStatus status = Gate(Kind::kOther);
  if (status.ok()) Change(Clean(to), std::move(node));
  return status;
}

IOStatus PowerCutFs::LockFile(const std::string& name, const IOOptions&, rocksdb::FileLock** result, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string path = Clean(name);
  *result = nullptr;
  if (cut_) return PowerOff();
  if (!locks_.insert(path).second) return IOStatus::IOError("lock is held", path);
  *result = new Lock(path, boot_);
  return IOStatus::OK();
}

IOStatus PowerCutFs::UnlockFile(rocksdb::FileLock* raw, const IOOptions&, IODebugContext*) {
  const std::unique_ptr<Lock> held(static_cast<Lock*>(raw));
  std::lock_guard<std::mutex> lock(mutex_);
  if (held->boot == boot_) locks_.erase(held->path);
  return IOStatus::OK();
}

IOStatus PowerCutFs::GetTestDirectory(const IOOptions&, std::string* path, IODebugContext*) {
  *path = "/test";
  return IOStatus::OK();
}

IOStatus PowerCutFs::GetAbsolutePath(const std::string& name, const IOOptions&, std::string* path, IODebugContext*) {
  *path = Clean(name);
  return IOStatus::OK();
}

IOStatus PowerCutFs::IsDirectory(const std::string& name, const IOOptions&, bool* is_dir, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  *is_dir = dirs_.count(Clean(name)) > 0;
  return IOStatus::OK();
}

}  // namespace guanhu::crash
