// Whether a thread that serves watches for its next request for a moment, or sleeps at once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "session/channel.h"

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
  /// From one look to the next: each is two system calls.
  static constexpr uint64_t kPause = 4'000;
  /// For so many requests it watches, then it looks again what a sleep costs.
  static constexpr uint32_t kRequests = 64;

  /// Nobody else may read this channel: while it is watched it does not block. It does from now on, whatever the
  /// process before left behind.
  explicit BusyPoll(Channel* channel, Clock now = Monotonic);

  /// Waits for a request, as Channel::Receive.
  int Receive(char* buffer, size_t size);

 private:
  int Watch(char* buffer, size_t size);
  int Sleep(char* buffer, size_t size);
  void WatchFor(uint32_t requests);
  uint64_t Pause();

  Channel* channel_;
  Clock now_;
  uint32_t left_ = 0;
};

}  // namespace procview::fuse
