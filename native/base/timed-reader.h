// Reads files that may hang, in bounded time.
#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace procview::base {

/**
 * Reads in a thread of its own, and abandons it when a read takes too long: nothing can interrupt a thread within the
 * kernel. While it hangs, every other read fails at once. For use from one thread.
 */
class TimedReader {
 public:
  explicit TimedReader(std::chrono::milliseconds limit) : limit_(limit) {}
  TimedReader(const TimedReader&) = delete;
  TimedReader& operator=(const TimedReader&) = delete;
  ~TimedReader();

  /// The whole file: 0 or a negative errno; -ETIMEDOUT if it hangs, or an earlier one still does.
  int Read(const std::string& path, std::string* into);

 private:
  struct Work;
  static void Run(const std::shared_ptr<Work>& work);

  const std::chrono::milliseconds limit_;
  std::shared_ptr<Work> work_;  // null until the first read
};

}  // namespace procview::base
