// openat2(2), since Linux 5.6. Declared here, because older C libraries do not declare it.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace procview::base {

/// include/uapi/linux/openat2.h
struct OpenHow {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};
constexpr uint64_t kResolveNoMagicLinks = 0x02;
constexpr uint64_t kResolveNoSymlinks = 0x04;
constexpr uint64_t kResolveBeneath = 0x08;
/// Only entries of the dentry cache, without a request to the file system. Since 5.12.
constexpr uint64_t kResolveCached = 0x20;

/// Returns a descriptor or a negative errno; ENOSYS on an older kernel.
inline int Openat2(int at, const char* path, const OpenHow& how) {
  // One number on all architectures (alpha aside).
  constexpr long kNumber = 437;
  const int fd = static_cast<int>(syscall(kNumber, at, path, &how, sizeof how));
  return fd < 0 ? -errno : fd;
}

}  // namespace procview::base
