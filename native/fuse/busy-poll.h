// Whether a thread that serves watches for its next request for a moment, or sleeps at once.
#pragma once

#include <cstdint>

namespace procview::fuse {

/// To wake a thread whose CPU is idle takes a virtual machine some 20 to 60 us, and a lone reader waits for that
/// with each request. A thread that was woken so watches for the next requests; where sleeping is cheap, as beside
/// readers on its own CPU, or where requests queue up, it goes on sleeping.
class BusyPoll {
 public:
  /// ns that go on.
  using Clock = uint64_t (*)();
  static uint64_t Monotonic();

  /// A sleep that was shorter cost nothing that watching would save.
  static constexpr uint64_t kQuick = 15'000;
  /// It watches for so long at most: a reader that comes later pays for a wake-up, as it did.
  static constexpr uint64_t kLongest = 60'000;
  /// For so many requests it watches, then it looks again what a sleep costs.
  static constexpr uint32_t kRequests = 64;

  explicit BusyPoll(int fd, Clock now = Monotonic) : fd_(fd), now_(now) {}

  /// Before a read that may block.
  void Before();
  /// When it has returned.
  void After();

 private:
  bool Watch();

  int fd_;
  Clock now_;
  uint32_t left_ = 0;
  /// When the wait began; 0: it did not sleep.
  uint64_t since_ = 0;
};

}  // namespace procview::fuse
