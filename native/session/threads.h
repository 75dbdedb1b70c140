// The threads that serve, and how to get them out of read(2).
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace procview::fuse {

/// Threads block in read(2) on /dev/fuse. Closing the descriptor would not wake them, and
/// unmounting neither as long as a container holds a clone of the mount; a signal whose handler has
/// no SA_RESTART does.
class Threads {
 public:
  /// Adds the calling thread. False after Stop.
  bool Enter();
  /// Removes the calling thread.
  void Leave();
  bool stopping() const { return stopping_.load(std::memory_order_acquire); }
  /// Makes every thread leave, except the caller if it is one, and lets none enter. A signal that comes
  /// between a thread's look at the flag and its read is lost, so it is repeated until the thread
  /// has left. False if one has not within the limit.
  bool Stop(std::chrono::milliseconds limit);
  /// Lets threads enter again.
  void Allow() { stopping_.store(false, std::memory_order_release); }

 private:
  size_t SignalOthers();

  std::mutex mutex_;
  std::condition_variable left_;
  std::vector<pthread_t> serving_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace procview::fuse
