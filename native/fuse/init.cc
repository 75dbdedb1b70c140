// INIT: the handshake.
#include <algorithm>
#include <cerrno>

#include "fuse/dispatch.h"

namespace procview::fuse {
namespace {

/// ASYNC_DIO: without it io_uring repeats a read at the same offset until its buffer is full, because the kernel does
/// not advance the position (fuse_direct_IO, seen on 6.18). PARALLEL_DIROPS: no directory can be changed. Not
/// NO_OPENDIR_SUPPORT: the kernel would then cache every listing, also those that depend on the caller. INIT_EXT: flags2
/// is valid. HAS_RESEND: a successor requests the pending requests of its predecessor.
constexpr uint64_t kWanted = kAsyncRead | kDoReaddirplus | kReaddirplusAuto | kAsyncDio | kParallelDirops |
                             kMaxPages | kInitExt | kHasResend;

/// 1 MiB in one READ.
constexpr uint16_t kPages = 256;
/// RELEASE is a background request. With the default of 12, closing many files would queue.
constexpr uint16_t kBackground = 64;

uint64_t OfferedFlags(const Request& request, const InitIn& in) {
  constexpr size_t kFlags2 = sizeof(InitIn);
  uint32_t high = 0;
  bool extended = (in.flags & kInitExt) != 0 && request.body.size() >= kFlags2 + sizeof(high);
  if (extended) std::memcpy(&high, request.body.data() + kFlags2, sizeof(high));
  return in.flags | static_cast<uint64_t>(high) << 32;
}

InitOut Accept(uint32_t minor, uint64_t flags, uint32_t readahead) {
  InitOut out{};
  out.major = kMajor;
  out.minor = minor;
  out.max_readahead = readahead;
  out.flags = static_cast<uint32_t>(flags);
  out.flags2 = static_cast<uint32_t>(flags >> 32);
  out.max_background = kBackground;
  out.congestion_threshold = kBackground * 3 / 4;
  out.max_write = kMaxWrite;
  out.time_gran = 1;
  out.max_pages = (flags & kMaxPages) != 0 ? kPages : 0;
  return out;
}

}  // namespace

Answer Init(Dispatcher& dispatcher, const Request& request) {
  auto in = request.As<InitIn>();
  if (in.major > kMajor) {
    // A newer kernel sends INIT again, with our major version.
    InitOut out{};
    out.major = kMajor;
    out.minor = kMinor;
    return dispatcher.Struct(out);
  }
  if (in.major < kMajor || in.minor < kOldestMinor) {
    dispatcher.Fail(EPROTO);
    return {EPROTO, {}};
  }
  uint32_t minor = std::min(in.minor, kMinor);
  uint64_t flags = OfferedFlags(request, in) & kWanted;
  Negotiated& negotiated = dispatcher.shared().negotiated;
  negotiated.minor = minor;
  negotiated.flags = flags;
  return dispatcher.Struct(Accept(minor, flags, in.max_readahead));
}

}  // namespace procview::fuse
