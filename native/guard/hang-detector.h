// Decides whether a serving thread hangs in a call of its renderer.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>

#include "guard/guarded-renderer.h"

namespace procview::fuse {

/**
 * Checks a thread every 50 ms (FallbackServer). It counts checks instead of time, because a process that was stopped as a
 * whole does not hang. The weight of a check depends on the thread's state: a thread that sleeps in the kernel may do so
 * for ever. One that computes may be slow, as in its first calls. One that waits for a CPU will finish.
 */
class HangDetector {
 public:
  /// Watches the calling thread, which uses this renderer.
  explicit HangDetector(GuardedRenderer* renderer);

  GuardedRenderer& renderer() const { return *renderer_; }
  /// The call that the thread was in at the last check, 0 if in none.
  uint64_t call() const { return call_; }
  void Check();
  /// Whether two checks have found the thread in this call.
  bool Lasts() const { return weight_ > 0; }
  /// Whether the thread hangs in this call: after 1 s asleep, 4 s computing, or 8 s waiting for a CPU. A program that
  /// sizes itself for the host is worse off than one that waits, so the limit is not shorter.
  bool Hangs() const { return weight_ >= kThreshold; }

 private:
  enum Weight { kWaiting = 1, kComputing = 2, kAsleep = 8 };
  static constexpr int kThreshold = 20 * kAsleep;

  Weight WeightOfState();

  GuardedRenderer* renderer_;
  pid_t thread_;
  clockid_t clock_;
  uint64_t call_ = 0;
  /// Sum of the weights of the checks in this call.
  int weight_ = 0;
  /// CPU time of the thread, nanoseconds.
  int64_t cpu_time_ = 0;
};

}  // namespace procview::fuse
