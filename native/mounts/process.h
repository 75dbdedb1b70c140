// A process of a container, held open so that reuse of its pid does no harm.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"

namespace procview::mounts {

class Process {
 public:
  /// Opens its directory in the host's procfs, which is empty once the process has ended, even if its pid is used
  /// again. Returns 0 or a negative errno: ESRCH if it did not start at `started` (field 22 of stat, in ticks).
  int Open(const std::string& directory, uint64_t started);

  /// Opens what its link `root` or `ns/mnt` stands for. ESRCH if it has ended.
  base::Fd Follow(const char* link, int flags) const;

 private:
  base::Fd directory_;
};

}  // namespace procview::mounts
