#include "session/busy-poll.h"

#include <sched.h>

#include <cerrno>
#include <chrono>

namespace procview::fuse {

uint64_t BusyPoll::Monotonic() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

BusyPoll::BusyPoll(Channel* channel, Clock now) : channel_(channel), now_(now) { PollFor(0); }

int BusyPoll::Receive(char* buffer, size_t size) {
  int length = left_ > 0 ? Poll(buffer, size) : -EAGAIN;
  return length == -EAGAIN ? Sleep(buffer, size) : length;
}

/// Returns -EAGAIN if no request came.
int BusyPoll::Poll(char* buffer, size_t size) {
  int length = channel_->Receive(buffer, size);
  if (length == -EAGAIN) {
    const uint64_t last = now_() + kLongest;
    while (length == -EAGAIN && Pause() < last) length = channel_->Receive(buffer, size);
  }
  // Stop after the last request of the count, or if none came.
  if (length == -EAGAIN || --left_ == 0) PollFor(0);
  return length;
}

/// Returns the time at the end of the pause.
uint64_t BusyPoll::Pause() {
  // The reader may be waiting for this CPU.
  sched_yield();
  const uint64_t start = now_();
  uint64_t at = start;
  while (at - start < kPause) at = now_();
  return at;
}

int BusyPoll::Sleep(char* buffer, size_t size) {
  const uint64_t start = now_();
  int length = channel_->Receive(buffer, size);
  const uint64_t slept = now_() - start;
  if (slept > kQuick && slept < kLongest) PollFor(kRequests);
  return length;
}

void BusyPoll::PollFor(uint32_t requests) {
  left_ = requests;
  channel_->Block(requests == 0);
}

}  // namespace procview::fuse
