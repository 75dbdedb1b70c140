// The table of the opcodes that are answered.
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
  /// Least size of the body, without the names.
  size_t body;
  int names;
};

/// `error` of requests without a reply.
constexpr int kNoReply = -1;

/// The operation of an opcode, or null.
const Operation* FindOperation(uint32_t opcode);

}  // namespace procview::fuse
