// Decodes the kernel's requests, and checks them before a handler gets them.
#pragma once

#include <cstring>
#include <string_view>

#include "fuse/abi.h"

namespace procview::fuse {

/// The process that sends a request: its thread id in our pid namespace (0 if not visible), uid and gid.
struct Caller {
  uint32_t pid;
  uint32_t uid;
  uint32_t gid;
};

inline Caller CallerOf(const InHeader& header) { return {header.pid, header.uid, header.gid}; }

/// One request: its header, and views into the frame that contains it.
struct Request {
  InHeader header;
  std::string_view body;
  std::string_view names[2];

  /// The fixed part of the body. The opcode table has checked the body's size.
  template <typename T>
  T As() const {
    T value{};
    std::memcpy(&value, body.data(), body.size() < sizeof(T) ? body.size() : sizeof(T));
    return value;
  }
};

enum class Decoded { kOk, kNoHeader, kBadLength };

/// Splits a frame into header and body. Without a whole header no reply is possible.
Decoded Decode(std::string_view frame, Request* request);

/// Checks that the body has `fixed` bytes, and finds `count` names after them, each ended by NUL.
/// Returns false if one of these is missing, or a name is empty.
bool DecodeBody(Request* request, size_t fixed, int count);

}  // namespace procview::fuse
