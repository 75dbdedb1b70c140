// Many small files of which only one thing is asked, again and again: have they changed?
#pragma once

#include <string>
#include <vector>

#include "sample/fd.h"

namespace procview::sample {

/// Files kept open, each with the first bytes that it had. One that has not changed costs one system call, and no more
/// memory is touched than its line in a table: most containers of a full node are idle.
class StillFiles {
 public:
  /// Opens `path` beneath `root` and remembers what it says. Its number, or a negative errno.
  int Add(const std::string& root, const char* path);

  /// Closes one; its number may be given to another.
  void Remove(int number);

  /// Adds the numbers of those whose first 32 bytes are not what they were at the last call, and of those that cannot
  /// be read any more.
  void Changed(std::vector<int>& numbers);

 private:
  // The first line of v2's cpu.stat with its longest number; v1's cpuacct.usage is shorter.
  static constexpr size_t kSays = 32;

  struct File {
    Fd fd;
    char says[kSays] = {};

    bool HasChanged();
  };

  std::vector<File> files_;
};

}  // namespace procview::sample
