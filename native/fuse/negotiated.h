#pragma once

#include <atomic>
#include <cstdint>

#include "fuse/abi.h"

namespace procview::fuse {

/// The result of INIT. A successor on the same connection reads it from the request journal.
struct Negotiated {
  std::atomic<uint32_t> minor = kMinor;
  std::atomic<uint64_t> flags = 0;
};

}  // namespace procview::fuse
