// Macros that pass an error on. Every error is an absl::Status whose code has a retry meaning:
// kUnavailable retry the call, kAborted restart the session, kFailedPrecondition a person must act,
// kInvalidArgument the peer is wrong, kDataLoss stop writing and raise an alarm, kResourceExhausted wait.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define GUANHU_RETURN_IF_ERROR(expr)                 \
  do {                                               \
    ::absl::Status guanhu_status_ = (expr);          \
    if (!guanhu_status_.ok()) return guanhu_status_; \
  } while (false)

#define GUANHU_CONCAT_INNER_(a, b) a##b
#define GUANHU_CONCAT_(a, b) GUANHU_CONCAT_INNER_(a, b)

#define GUANHU_ASSIGN_OR_RETURN(lhs, expr) \
  GUANHU_ASSIGN_OR_RETURN_IMPL_(GUANHU_CONCAT_(guanhu_statusor_, __LINE__), lhs, expr)

#define GUANHU_ASSIGN_OR_RETURN_IMPL_(var, lhs, expr) \
  auto var = (expr);                                  \
  if (!var.ok()) return std::move(var).status();      \
  lhs = std::move(var).value()
