// The one method of the wire (see frame_stream.h). Short, because it travels in the first packet of every connection.
#pragma once

namespace guanhu::rpc {

inline constexpr char kStreamMethod[] = "/g/1";

}  // namespace guanhu::rpc
