// The execution domain of this thread, personality(2).
#pragma once

#include <sys/personality.h>

namespace procview::base {

/**
 * While it lives, this thread reads /proc as a task of PER_LINUX32: on arm64 the kernel then prints the
 * /proc/cpuinfo of 32-bit arm. On a machine that runs no 32-bit tasks it fails (EINVAL) and nothing changes.
 */
class Linux32 {
 public:
  Linux32() : before_(personality(kQuery)) {
    personality((static_cast<unsigned>(before_) & ~unsigned{PER_MASK}) | PER_LINUX32);
  }
  ~Linux32() { personality(static_cast<unsigned>(before_)); }
  Linux32(const Linux32&) = delete;
  Linux32& operator=(const Linux32&) = delete;

 private:
  static constexpr unsigned long kQuery = 0xffffffff;

  int before_;
};

}  // namespace procview::base
