// The serving threads, and how to interrupt their read(2).
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace procview::fuse {

/// Threads block in read(2) on /dev/fuse. Closing the descriptor does not wake them, nor does unmounting as long as a
/// container has a bind of the mount. A signal whose handler has no SA_RESTART does.
class Threads {
 public:
  /// Adds the calling thread. Returns false after Stop.
  bool Add();
  /// Removes the calling thread.
  void Remove();
  bool stopping() const { return stopping_.load(std::memory_order_acquire); }
  /// Makes every thread but the calling one leave its read, and lets none be added. A signal between a thread's check of
  /// `stopping` and its read is lost, so it is repeated until the thread is removed. Returns false if one is not removed
  /// within the limit.
  bool Stop(std::chrono::milliseconds limit);
  /// Lets threads be added again.
  void Allow() { stopping_.store(false, std::memory_order_release); }

 private:
  size_t SignalOthers();

  std::mutex mutex_;
  std::condition_variable removed_;
  std::vector<pthread_t> serving_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace procview::fuse
