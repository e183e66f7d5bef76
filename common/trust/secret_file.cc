#include "common/trust/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace guanhu::trust {
namespace {

constexpr off_t kSecretBytesMax = 16 * 1024 * 1024;

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  int Close() {
    const int result = ::close(fd_);
    fd_ = -1;
    return result;
  }

 private:
  int fd_;
};

absl::Status Failed(absl::string_view what, absl::string_view path) {
  return absl::UnavailableError(absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(errno)));
}

absl::Status WriteAll(int fd, absl::string_view bytes, absl::string_view path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Failed("write", path);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

absl::Status WriteNew(const std::string& path, absl::string_view bytes) {
  // A leftover of an earlier power cut may have another mode, so it is never reused.
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Failed("remove the old", path);
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) return Failed("create", path);
  if (::fchmod(fd.get(), 0600) != 0) return Failed("set the mode of", path);
  if (absl::Status status = WriteAll(fd.get(), bytes, path); !status.ok()) return status;
  if (::fsync(fd.get()) != 0) return Failed("sync", path);
  if (fd.Close() != 0) return Failed("close", path);
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteSecretFile(const std::string& path, absl::string_view bytes) {
  const std::string temporary = path + ".new";
  absl::Status status = WriteNew(temporary, bytes);
  if (status.ok() && ::rename(temporary.c_str(), path.c_str()) != 0) status = Failed("replace", path);
  if (!status.ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  Fd dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir.get() < 0 || ::fsync(dir.get()) != 0) return Failed("sync the folder of", path);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) {
    if (errno == ENOENT) return absl::NotFoundError(absl::StrCat("no file ", path));
    return Failed("open", path);
  }
  struct stat st = {};
  if (::fstat(fd.get(), &st) != 0) return Failed("inspect", path);
  if (!S_ISREG(st.st_mode) || st.st_size > kSecretBytesMax) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is not a key file: not a regular file of at most 16 MiB"));
  }
  if ((st.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " holds private keys but others may use it; run: chmod 600 ", path));
  }
  std::string out(static_cast<size_t>(st.st_size), '\0');
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t n = ::read(fd.get(), out.data() + done, out.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("read", path);
    if (n == 0) return absl::UnavailableError(absl::StrCat(path, " became shorter while it was read; try again"));
    done += static_cast<size_t>(n);
  }
  return out;
}

}  // namespace guanhu::trust
