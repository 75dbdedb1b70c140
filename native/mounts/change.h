// Mounts made and removed in the mount namespace of a container.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace procview::mounts {

/// Whose mounts are changed.
struct Place {
  /// Directory of one of its processes in the host's procfs, and when that process started (ticks).
  std::string process;
  uint64_t started = 0;
  /// Directory in its mount namespace that is to become its root; empty: the root of that process.
  std::string root;
};

/// A mount to take away, with all on it.
struct Removal {
  /// Below the root.
  std::string target;
  /// Id of the mount; any other one is left alone (EBUSY).
  uint64_t mount = 0;
};

/// A clone to put over something.
struct Cover {
  /// What is cloned: a path in our own namespace.
  std::string source;
  /// What is covered, below the root.
  std::string target;
  /// Id of the mount that the target must be on (EBUSY).
  uint64_t on = 0;
  /// Flags of the clone, besides its own.
  uint64_t flags = 0;
  /// A directory of the source, where a clone of what is covered is put; empty: none.
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
