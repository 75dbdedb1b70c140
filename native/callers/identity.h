// Identity of a caller that is known without resolving its container, which may hang.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/timed-reader.h"

namespace procview::callers {

struct Identity {
  pid_t pid;
  /// Text of `/proc/<tid>/cgroup`; empty if it could not be read in time: the kernel takes cgroup_mutex for it.
  std::optional<std::string> cgroups;
  /// Inode of its pid namespace, 0 if unknown.
  uint64_t pid_namespace;
  /// Latest time at which it can have started, CLOCK_BOOTTIME in microseconds; INT64_MAX if unknown.
  int64_t started;
};

/// Inode of a thread's pid namespace, 0 if unknown. Takes no lock that a cgroup operation holds.
uint64_t PidNamespace(const std::string& proc_root, pid_t pid);

/// Reads identities of threads, in bounded time.
class IdentityReader {
 public:
  explicit IdentityReader(std::string proc_root);

  Identity Of(pid_t pid);
  /// Whether SIGKILL is pending for a thread: a fatal signal or the end of its process, which only a wait delays.
  bool IsDying(pid_t pid);

 private:
  const std::string proc_root_;
  base::TimedReader cgroups_;
  base::TimedReader stats_;
};

}  // namespace procview::callers
