#include "mounts/walk.h"

#include <fcntl.h>

#include <cerrno>
#include <sstream>

#include "mounts/mountinfo.h"
#include "base/openat2.h"

namespace procview::ns {
namespace {

constexpr int kPlace = O_PATH | O_NOFOLLOW | O_CLOEXEC;

/// A lookup in the cache may be disturbed by a rename anywhere on the machine: then it is tried again.
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

sample::Fd Opened(int fd) { return sample::Fd(fd < 0 ? -errno : fd); }

}  // namespace

// A mount point is always in the cache. Kernels before 5.12 cannot be told to look nowhere else: there
// what is itself served by a process, which may be the container's own, is left alone.
sample::Fd Walk::OpenCached(int at, const std::string& name) const {
  int fd = -EAGAIN;
  for (int i = 0; i < kTries && fd == -EAGAIN; i++) {
    fd = sample::Openat2(at, name.c_str(),
                         {kPlace, 0, sample::kResolveNoSymlinks | sample::kResolveCached});
  }
  if (fd != -ENOSYS && fd != -EINVAL) return sample::Fd(fd);
  fuse::Error error;
  const uint64_t mount = fuse::MountId(self_, at, &error);
  const std::string type = error ? "" : fuse::EntryOf(self_, mount, &error).type;
  if (error || type.starts_with("fuse")) return sample::Fd(-EAGAIN);
  return Opened(openat(at, name.c_str(), kPlace));
}

std::string Walk::TypeOf(uint64_t mount, int fd) {
  const auto known = types_.find(mount);
  if (known != types_.end()) return known->second;
  pins_.push_back(Opened(fcntl(fd, F_DUPFD_CLOEXEC, 0)));
  fuse::Error error;
  const std::string type = fuse::EntryOf(self_, mount, &error).type;
  return types_[mount] = error || !pins_.back() ? "" : type;
}

sample::Fd Walk::Open(const std::string& path, uint64_t* mount) {
  const std::vector<std::string> parts = PartsOf(path);
  if (parts.empty()) return sample::Fd(-EINVAL);
  const std::string type = KernelType(parts[0]);
  sample::Fd at;
  for (size_t i = 0; i < parts.size(); i++) {
    const bool kernel = i > 0 && !type.empty();
    if (kernel && TypeOf(*mount, at.get()) != type) return sample::Fd(-EXDEV);
    at = kernel ? Opened(openat(at.get(), parts[i].c_str(), kPlace))
                : OpenCached(i == 0 ? root_ : at.get(), parts[i]);
    if (!at) return at;
    fuse::Error error;
    *mount = fuse::MountId(self_, at.get(), &error);
    if (error) return sample::Fd(-error.code);
  }
  return at;
}

}  // namespace procview::ns
