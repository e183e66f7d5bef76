// A disk in memory whose power can be cut at any operation, which can lie about syncing, run full, fail and rot. It
// stands under the real RocksDB and the watermark.
//
// What a cut leaves: of each file what was synced, plus a part of the rest as the Tail says; of the changes to
// directories those before the last sync of that directory, plus a random first part of the rest.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace guanhu::crash {

enum class Tail { kDropped, kTorn, kGarbage };

struct Node {
  std::string data;
  size_t synced = 0;                  // bytes of data that a cut leaves
  std::optional<std::string> before;  // data at the last sync, if bytes were overwritten since
  bool sync_failed = false;           // later syncs say yes and do nothing, as Linux does
};
using NodePtr = std::shared_ptr<Node>;  // shared: by names and open files

struct DirChange {
  std::string dir;
  std::string path;
  NodePtr node;  // nullptr removes
};

// Thread-safe.
class PowerCutFs final : public rocksdb::FileSystem {
 public:
  struct Fault {
    uint64_t at = 0;  // number of the operation
    bool for_ever = false;
    bool full = false;  // disk full: only what needs space fails; else EIO for everything that writes
  };

  const char* Name() const override { return "PowerCutFs"; }

  // Operations that change something or sync, since the beginning.
  uint64_t ops() const;
  // The power goes at the operation with this number; 0 is never.
  void CutAt(uint64_t op);
  bool is_cut() const;
  // Cuts (if that has not happened) and starts again. Files open before are dead.
  void PowerOn(Tail tail, std::mt19937_64& random);
  // Syncs of paths which contain `part` say yes and do nothing; "" ends it.
  void LieFor(const std::string& part);
  void Inject(const Fault& fault);
  void ClearFault();
  bool fault_hit() const;

  std::map<std::string, std::string> Contents() const;
  // Everything is synced afterwards.
  void SetContents(const std::map<std::string, std::string>& files);

  rocksdb::IOStatus NewSequentialFile(const std::string&, const rocksdb::FileOptions&,
                                      std::unique_ptr<rocksdb::FSSequentialFile>*, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string&, const rocksdb::FileOptions&,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>*,
                                        rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewWritableFile(const std::string&, const rocksdb::FileOptions&,
                                    std::unique_ptr<rocksdb::FSWritableFile>*, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewRandomRWFile(const std::string&, const rocksdb::FileOptions&,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>*, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewDirectory(const std::string&, const rocksdb::IOOptions&, std::unique_ptr<rocksdb::FSDirectory>*,
                                 rocksdb::IODebugContext*) override;
  rocksdb::IOStatus FileExists(const std::string&, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetChildren(const std::string&, const rocksdb::IOOptions&, std::vector<std::string>*,
                                rocksdb::IODebugContext*) override;
  rocksdb::IOStatus DeleteFile(const std::string&, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus CreateDir(const std::string&, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus CreateDirIfMissing(const std::string&, const rocksdb::IOOptions&,
                                       rocksdb::IODebugContext*) override;
  rocksdb::IOStatus DeleteDir(const std::string&, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFileSize(const std::string&, const rocksdb::IOOptions&, uint64_t*,
                                rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFileModificationTime(const std::string&, const rocksdb::IOOptions&, uint64_t*,
                                            rocksdb::IODebugContext*) override;
  rocksdb::IOStatus RenameFile(const std::string&, const std::string&, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override;
  rocksdb::IOStatus LinkFile(const std::string&, const std::string&, const rocksdb::IOOptions&,
                             rocksdb::IODebugContext*) override;
  rocksdb::IOStatus LockFile(const std::string&, const rocksdb::IOOptions&, rocksdb::FileLock**,
                             rocksdb::IODebugContext*) override;
  rocksdb::IOStatus UnlockFile(rocksdb::FileLock*, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetTestDirectory(const rocksdb::IOOptions&, std::string*, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetAbsolutePath(const std::string&, const rocksdb::IOOptions&, std::string*,
                                    rocksdb::IODebugContext*) override;
  rocksdb::IOStatus IsDirectory(const std::string&, const rocksdb::IOOptions&, bool*,
                                rocksdb::IODebugContext*) override;

 private:
  friend class OpenFile;
  enum class Kind { kSpace, kOther, kSync };

  // The calls below hold the lock. Gate counts an operation and says whether it may happen.
  rocksdb::IOStatus Gate(Kind kind);
  bool LiesAbout(const std::string& path) const;
  NodePtr Find(const std::string& path) const;
  void Change(const std::string& path, NodePtr node);
  void SyncDirNow(const std::string& dir);
  static void Settle(Node& node, Tail tail, std::mt19937_64& random);

  mutable std::mutex mutex_;
  std::map<std::string, NodePtr> live_;
  std::map<std::string, NodePtr> durable_;
  std::vector<DirChange> pending_;
  std::set<std::string> dirs_;
  std::set<std::string> locks_;
  uint64_t ops_ = 0;
  uint64_t cut_at_ = 0;
  bool cut_ = false;
  uint64_t boot_ = 0;  // number of the current power-on
  std::string lie_;
  std::optional<Fault> fault_;
  bool fault_hit_ = false;
};

// An Env over `fs` in which sleeping takes no time: RocksDB sleeps a second after an error.
std::unique_ptr<rocksdb::Env> NewCrashEnv(const std::shared_ptr<PowerCutFs>& fs);

}  // namespace guanhu::crash
