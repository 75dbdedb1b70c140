// Processes that are in no known cgroup.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace procview::callers {

/// Finds them without a lookup of each: a full node has tens of thousands of processes, nearly all of them in cgroups of
/// known containers.
class UnknownProcesses {
 public:
  /// Adds the processes in `<directory>/cgroup.procs` to the known ones, if the directory has this inode number. Returns
  /// how many there are. The list has at least the processes that stay in the cgroup while it is read.
  size_t AddKnown(const std::string& directory, uint64_t inode);

  /// Replaces `pids` by the pids in `proc_root` that are not known, in ascending order, and forgets the known ones.
  /// Returns 0 or a negative errno.
  int List(const std::string& proc_root, std::vector<uint32_t>& pids);

 private:
  std::vector<uint32_t> known_;
};

}  // namespace procview::callers
