// Which processes are in none of the cgroups that are known.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace procview::callers {

/// A full node has ten thousands of processes, nearly all of them in cgroups of known containers.
class Strangers {
 public:
  /// Takes note of the processes in `<directory>/cgroup.procs`, if the directory has this inode number: how many there
  /// are. Whatever these do meanwhile, who reads the file sees at least those that stay.
  size_t Know(const std::string& directory, uint64_t inode);

  /// Replaces `pids` by those with a directory in `proc_root` that nobody took note of, in ascending order; forgets what
  /// was noted. 0 or a negative errno.
  int List(const std::string& proc_root, std::vector<uint32_t>& pids);

 private:
  std::vector<uint32_t> known_;
};

}  // namespace procview::callers
