// Reading a file that may hang, in bounded time.
#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace procview::base {

/**
 * Reads in a thread of its own, which it leaves behind when a read takes too long: in the kernel a thread
 * cannot be called back. While that one hangs, every other read fails at once. For one caller.
 */
class BoundedReader {
 public:
  explicit BoundedReader(std::chrono::milliseconds limit) : limit_(limit) {}
  BoundedReader(const BoundedReader&) = delete;
  BoundedReader& operator=(const BoundedReader&) = delete;
  ~BoundedReader();

  /// The whole file: 0 or a negative errno; -ETIMEDOUT if it hangs, or an earlier one still does.
  int Read(const std::string& path, std::string* into);

 private:
  struct Work;
  static void Run(const std::shared_ptr<Work>& work);

  const std::chrono::milliseconds limit_;
  std::shared_ptr<Work> work_;  // null until the first read
};

}  // namespace procview::base
