// Paths in a container, walked without a request to any file system but procfs and sysfs: those that a container has
// mounted may hang.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/fd.h"

namespace procview::mounts {

class Walk {
 public:
  /// @param self what OpenSelf returned
  /// @param root directory of the container's root, in the thread's mount namespace
  Walk(int self, int root) : self_(self), root_(root) {}

  /// Opens (O_PATH) a path such as `proc/sys/kernel` and what is mounted on it. No link is followed.
  /// Negative errno: EXDEV if it is below `proc` or `sys` and not within the procfs or sysfs that is mounted
  /// there, EAGAIN if it would need a request to another file system.
  /// @param mount the id of the mount that it is on
  base::Fd Open(const std::string& path, uint64_t* mount);

 private:
  base::Fd OpenCached(int at, const std::string& name) const;
  std::string TypeOf(uint64_t mount, int fd);

  const int self_;
  const int root_;
  /// Type of each mount on the way, and descriptors that keep its id from being given to another one.
  std::map<uint64_t, std::string> types_;
  std::vector<base::Fd> pins_;
};

}  // namespace procview::mounts
