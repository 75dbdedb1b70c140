#include "callers/pid-namespace.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "base/fd.h"

namespace procview::callers {

namespace {

// include/uapi/linux/nsfs.h of 6.11. The number encodes a pointer to an int, though the argument is the pid itself.
constexpr unsigned long kPidFromPidNamespace = _IOR(0xb7, 0x6, int);

}  // namespace

pid_t PidNamespaceInit(const char* path) {
  const base::Fd fd(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return -errno;
  const int pid = ioctl(fd.get(), kPidFromPidNamespace, 1);
  return pid < 0 ? -errno : pid;
}

}  // namespace procview::callers
