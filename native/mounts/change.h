// Creates and removes mounts in the mount namespace of a container.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace procview::mounts {

/// The root below which mounts are changed.
struct Place {
  /// Directory of one of its processes in the host's procfs, and when that process started (ticks).
  std::string process;
  uint64_t started = 0;
  /// Directory in its mount namespace that is to become its root; empty: the root of that process.
  std::string root;
};

/// A mount to remove, with all that is mounted on it.
struct Removal {
  /// Below the root.
  std::string target;
  /// Id of the mount; any other one is left alone (EBUSY).
  uint64_t mount = 0;
};

/// A clone to mount over a file or directory.
struct Cover {
  /// The path to clone, in the daemon's mount namespace.
  std::string source;
  /// The path to cover, below the root.
  std::string target;
  /// Id of the mount that the target must be on (EBUSY).
  uint64_t on = 0;
  /// Flags of the clone, besides its own.
  uint64_t flags = 0;
  /// A directory of the source where a clone of the covered file is mounted; empty: none.
  std::string kept;
  /// Flags of that clone, besides its own.
  uint64_t kept_flags = 0;
  /// Flags that the source has and the clone must not have.
  uint64_t clear = 0;
};

/// Makes these changes, removals first, in a thread of its own: no other thread changes its namespace.
/// `results` has for each removal, then for each cover, 0 or a negative errno. An error, and no change
/// at all, if the place cannot be entered; ESRCH if the process has ended.
void Change(const Place& place, const std::vector<Removal>& removals,
            const std::vector<Cover>& covers, std::vector<int>* results, base::Error* error);

}  // namespace procview::mounts
