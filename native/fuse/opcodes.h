// The one table of what we understand.
#pragma once

#include <cstddef>

#include "fuse/dispatch.h"

namespace procview::fuse {

/// How one opcode is checked and answered.
struct Operation {
  uint32_t opcode;
  const char* name;
  /// Null: answered with `error` alone.
  Answer (*handler)(Dispatcher&, const Request&);
  int error;
  /// Bytes the body must have at least, before the names.
  size_t body;
  int names;
};

/// `error` of requests that get no reply.
constexpr int kNoReply = -1;

/// The operation of an opcode, or null.
const Operation* FindOperation(uint32_t opcode);

}  // namespace procview::fuse
