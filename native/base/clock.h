// Clocks of the kernel.
#pragma once

#include <time.h>

#include <cstdint>

namespace procview::base {

/// CLOCK_BOOTTIME in microseconds: time since boot with suspends, the clock of process start times.
inline int64_t BootTime() {
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return int64_t{now.tv_sec} * 1000000 + now.tv_nsec / 1000;
}

/// Length of a tick, 1/CONFIG_HZ, in microseconds: the coarse clocks advance by it.
inline int64_t ClockTick() {
  timespec tick;
  clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
  return int64_t{tick.tv_sec} * 1000000 + tick.tv_nsec / 1000;
}

/// CLOCK_MONOTONIC in milliseconds: time since boot without suspends, for timeouts.
inline long MonotonicMilliseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace procview::base
