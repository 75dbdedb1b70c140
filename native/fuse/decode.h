// Requests as the kernel sends them, checked before any handler sees them.
#pragma once

#include <cstring>
#include <string_view>

#include "fuse/abi.h"

namespace procview::fuse {

/// One request: its header, and views into the frame it came in.
struct Request {
  InHeader header;
  std::string_view body;
  std::string_view names[2];

  /// The fixed part of the body; the opcode table has checked that it is there.
  template <typename T>
  T As() const {
    T value{};
    std::memcpy(&value, body.data(), body.size() < sizeof(T) ? body.size() : sizeof(T));
    return value;
  }
};

enum class Decoded { kOk, kNoHeader, kBadLength };

/// Splits a frame into header and body. Without a whole header nobody can be answered.
Decoded Decode(std::string_view frame, Request* request);

/// Checks that the body has `fixed` bytes, and finds `count` names behind them, each ended by NUL.
/// False if any of that is missing, or a name empty.
bool DecodeBody(Request* request, size_t fixed, int count);

}  // namespace procview::fuse
