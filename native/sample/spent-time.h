// The CPU time that a cgroup and all below it have used.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"

namespace procview::sample {

/// v1 `cpuacct.usage`, in ns, or the first line of v2 `cpu.stat` (`usage_usec`, since 4.15), kept open. The kernel adds
/// to both what it adds to the run time of the thread that it charges, at the same moment (`update_curr`).
class SpentTime {
 public:
  void Open(const std::string& root, const char* path);
  void Close() { fd_.Reset(); }

  /// Nanoseconds; empty if it cannot be read: the cgroup is gone.
  std::optional<uint64_t> Read();

  /// Resolution of the figures, ns.
  uint64_t unit() const { return unit_; }

 private:
  base::Fd fd_;
  uint64_t unit_ = 1;
};

}  // namespace procview::sample
