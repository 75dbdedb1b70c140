#include "mounts/walk.h"

#include <fcntl.h>

#include <cerrno>
#include <sstream>

#include "mounts/mountinfo.h"
#include "base/openat2.h"

namespace procview::mounts {
namespace {

constexpr int kPlace = O_PATH | O_NOFOLLOW | O_CLOEXEC;

/// A rename anywhere on the machine may disturb a lookup in the cache, which is then tried again.
constexpr int kTries = 4;

std::vector<std::string> PartsOf(const std::string& path) {
  std::vector<std::string> parts;
  std::istringstream stream(path);
  for (std::string part; std::getline(stream, part, '/');) parts.push_back(part);
  return parts;
}

/// Type of the kernel's own file system that belongs at a directory of the root; empty: none.
std::string KernelType(const std::string& name) {
  if (name == "proc") return name;
  return name == "sys" ? "sysfs" : "";
}

base::Fd Opened(int fd) { return base::Fd(fd < 0 ? -errno : fd); }

}  // namespace

// A mount point is always in the dentry cache. Kernels before 5.12 cannot restrict a lookup to it: there a FUSE mount, which
// may be served by the container itself, is refused.
base::Fd Walk::OpenCached(int at, const std::string& name) const {
  int fd = -EAGAIN;
  for (int i = 0; i < kTries && fd == -EAGAIN; i++) {
    fd = base::Openat2(at, name.c_str(),
                         {kPlace, 0, base::kResolveNoSymlinks | base::kResolveCached});
  }
  if (fd != -ENOSYS && fd != -EINVAL) return base::Fd(fd);
  base::Error error;
  const uint64_t mount = MountId(self_, at, &error);
  const std::string type = error ? "" : EntryOf(self_, mount, &error).type;
  if (error || type.starts_with("fuse")) return base::Fd(-EAGAIN);
  return Opened(openat(at, name.c_str(), kPlace));
}

std::string Walk::TypeOf(uint64_t mount, int fd) {
  const auto known = types_.find(mount);
  if (known != types_.end()) return known->second;
  pins_.push_back(Opened(fcntl(fd, F_DUPFD_CLOEXEC, 0)));
  base::Error error;
  const std::string type = EntryOf(self_, mount, &error).type;
  return types_[mount] = error || !pins_.back() ? "" : type;
}

base::Fd Walk::Open(const std::string& path, uint64_t* mount) {
  const std::vector<std::string> parts = PartsOf(path);
  if (parts.empty()) return base::Fd(-EINVAL);
  const std::string type = KernelType(parts[0]);
  base::Fd at;
  for (size_t i = 0; i < parts.size(); i++) {
    const bool kernel = i > 0 && !type.empty();
    if (kernel && TypeOf(*mount, at.get()) != type) return base::Fd(-EXDEV);
    at = kernel ? Opened(openat(at.get(), parts[i].c_str(), kPlace))
                : OpenCached(i == 0 ? root_ : at.get(), parts[i]);
    if (!at) return at;
    base::Error error;
    *mount = MountId(self_, at.get(), &error);
    if (error) return base::Fd(-error.code);
  }
  return at;
}

}  // namespace procview::mounts
