#pragma once

#include <time.h>

#include <cstdint>

namespace procview::sample {

/// CLOCK_BOOTTIME in microseconds: time since boot with suspends, the clock of process start times.
inline int64_t BootTime() {
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return int64_t{now.tv_sec} * 1000000 + now.tv_nsec / 1000;
}

}  // namespace procview::sample
