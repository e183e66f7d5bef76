#include "common/cli/io.h"

#include "common/cli/json.h"

namespace guanhu::cli {

Exit ExitOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kInvalidArgument:
      return kExitUsage;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kExitUnreachable;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return kExitDenied;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return kExitConflict;
    case absl::StatusCode::kCancelled:
      return kExitInterrupted;
    default:
      return kExitError;
  }
}

absl::string_view ExitCodesText(schema::Language language) {
  return language == schema::Language::kChinese
             ? "退出码: 0 成功, 1 出错, 2 用法或取值不对, 3 只完成一部分, 4 连不上, 5 无权限, 6 已存在或冲突, 130 "
               "被中断"
             : "Exit codes: 0 ok, 1 error, 2 usage or a value that cannot be, 3 partial, 4 unreachable, 5 denied,\n"
               "            6 exists already or conflict, 130 interrupted";
}

void Io::Note(absl::string_view message) const {
  if (quiet) return;
  out->flush();  // both may be one terminal
  *err << message << "\n";
}

Exit Fail(const Io& io, Exit code, absl::string_view message) {
  if (io.json) {
    *io.err << ErrorJson(static_cast<int>(code), message) << "\n";
  } else {
    *io.err << io.program << ": " << message << "\n";
  }
  return code;
}

Exit Fail(const Io& io, const absl::Status& status) { return Fail(io, ExitOf(status), status.message()); }

}  // namespace guanhu::cli
