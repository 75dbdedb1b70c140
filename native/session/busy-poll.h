// Decides whether a serving thread polls for its next request for a moment, or sleeps at once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "session/channel.h"

namespace procview::fuse {

/// On a virtual machine it takes 20 to 60 us to wake a thread whose CPU is idle, and a single reader waits for that in each
/// request. After such a wake-up the thread polls for the next requests. Where sleeping is cheap, because readers run on
/// the same CPU or requests queue up, it keeps sleeping.
class BusyPoll {
 public:
  /// Monotonic time in nanoseconds.
  using Clock = uint64_t (*)();
  static uint64_t Monotonic();

  /// After a shorter sleep, polling would have saved nothing.
  static constexpr uint64_t kQuick = 15'000;
  /// Longest time of one poll. For a later request the thread must be woken.
  static constexpr uint64_t kLongest = 60'000;
  /// Pause between two tries: each is two system calls.
  static constexpr uint64_t kPause = 4'000;
  /// Requests that it polls for, before it measures again what a sleep costs.
  static constexpr uint32_t kRequests = 64;

  /// No other thread may read this channel, because it does not block during a poll. The constructor makes it blocking:
  /// a predecessor may have left it non-blocking.
  explicit BusyPoll(Channel* channel, Clock now = Monotonic);

  /// Waits for a request, as Channel::Receive.
  int Receive(char* buffer, size_t size);

 private:
  int Poll(char* buffer, size_t size);
  int Sleep(char* buffer, size_t size);
  void PollFor(uint32_t requests);
  uint64_t Pause();

  Channel* channel_;
  Clock now_;
  uint32_t left_ = 0;
};

}  // namespace procview::fuse
