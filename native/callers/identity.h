// What tells who a thread is when nobody may take the time to resolve it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/timed-reader.h"

namespace procview::callers {

struct Appearance {
  pid_t pid;
  /// Its `/proc/<tid>/cgroup`, if that could be read in time: the kernel takes cgroup_mutex for it.
  std::optional<std::string> cgroups;
  /// Inode of its pid namespace, 0 if unknown.
  uint64_t pid_namespace;
  /// When it started at the latest, CLOCK_BOOTTIME in microseconds; INT64_MAX if unknown.
  int64_t started;
};

/// Inode of a thread's pid namespace, 0 if unknown. Takes no lock that a cgroup operation holds.
uint64_t PidNamespace(const std::string& proc_root, pid_t pid);

/// Looks at threads, in bounded time.
class Appearances {
 public:
  explicit Appearances(std::string proc_root);

  Appearance Of(pid_t pid);
  /// Whether a thread would be gone if it did not wait for something: SIGKILL is pending, as after any signal
  /// that ends its process, or its process ends by itself.
  bool Dying(pid_t pid);

 private:
  const std::string proc_root_;
  base::BoundedReader cgroups_;
  base::BoundedReader stats_;
};

}  // namespace procview::callers
