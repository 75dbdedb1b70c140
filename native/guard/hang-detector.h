// How long a serving thread has been in one call of its renderer, and what it did there.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>

#include "guard/guarded-renderer.h"

namespace procview::fuse {

/**
 * Looks at a thread every 50 ms (kLook). Looks are counted, not time: a process that was stopped as a whole does
 * not hang. And what a look counts depends on what the thread does: one that sleeps in the kernel may do so for
 * ever; one that computes may be slow, as its first calls are; one that waits for a CPU will come to an end, and
 * knows more than whoever answers in its place.
 */
class Patience {
 public:
  /// With the calling thread, which uses this desk.
  explicit Patience(Desk* desk);

  Desk& desk() const { return *desk_; }
  /// The call that it was in at the last look, 0 if in none.
  uint64_t call() const { return call_; }
  void Look();
  /// Seen in it more than once.
  bool Lasts() const { return count_ > 0; }
  /// Once for each call: it is time for what the container saw last. 0.25 s asleep, 1 s computing, 2 s waiting.
  bool Ends();
  /// Time for the host's bytes or an error, four times as much: a program that sizes itself for the host is
  /// worse off than one that waits.
  bool Ended() const { return count_ >= kLong; }
  /// Time to see that nobody answers: five times that.
  bool Lost() const { return count_ >= kLost; }

 private:
  enum Weight { kStarved = 1, kRunning = 2, kAsleep = 8 };
  static constexpr int kShort = 5 * kAsleep;
  static constexpr int kLong = 20 * kAsleep;
  static constexpr int kLost = 100 * kAsleep;

  Weight Weigh();

  Desk* desk_;
  pid_t thread_;
  clockid_t clock_;
  uint64_t call_ = 0;
  int count_ = 0;
  bool asked_ = false;
  /// CPU time of the thread, nanoseconds.
  int64_t used_ = 0;
};

}  // namespace procview::fuse
