#include "fuse/busy-poll.h"

#include <poll.h>
#include <sched.h>

#include <ctime>

namespace procview::fuse {

uint64_t BusyPoll::Monotonic() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

void BusyPoll::Before() {
  since_ = now_();
  if (left_ > 0 && Watch()) since_ = 0;
}

void BusyPoll::After() {
  if (since_ == 0) return;
  const uint64_t slept = now_() - since_;
  if (slept > kQuick && slept < kLongest) left_ = kRequests;
}

/// False if there is nothing to read yet.
bool BusyPoll::Watch() {
  pollfd device = {fd_, POLLIN, 0};
  left_--;
  while (poll(&device, 1, 0) == 0) {
    if (now_() - since_ >= kLongest) {
      left_ = 0;
      return false;
    }
    // The reader may be waiting for this CPU.
    sched_yield();
  }
  return true;
}

}  // namespace procview::fuse
