// A buffer for each thread, and functions that read whole kernel files.
#pragma once

#include <cstddef>
#include <string_view>

namespace procview::base {

/// Largest file that is read; a longer one is an error (EFBIG), never cut.
constexpr size_t kMaximumFile = 1 << 20;

/// Grows from 64 KiB; one per thread, freed with it.
class Buffer {
 public:
  static Buffer& OfThread();

  /// Reads an open file from its start. `once`: one pread gets all of it (see WholeInOneRead).
  /// Returns its length or a negative errno; the bytes stay until the thread's next read.
  long Read(int fd, bool once);
  std::string_view Bytes(long length) const { return {data_, static_cast<size_t>(length)}; }

 private:
  Buffer() = default;
  ~Buffer();
  bool Grow();

  char* data_ = nullptr;
  size_t size_ = 0;
};

/// Reads an open file from its start into `into`; -EFBIG when there is more.
long ReadInto(int fd, char* into, size_t size);

/**
 * Whether one read gets all of a file. A seq_file (fs/seq_file.c) returns whole records up to its own
 * buffer, which starts at one page, however large the read is: a long /proc/vmstat, /proc/cpuinfo or
 * /proc/slabinfo comes in pieces that end in a newline and are shorter than the space left, so a short
 * read proves nothing and procfs is read until 0. In kernfs (cgroup v1 and v2, sysfs) every file but
 * the lists of pids (`tasks`, `cgroup.procs`, `cgroup.threads`) is one record (seq_show): the first
 * read has it all, memory.stat of any length costs one system call. A plain file on another file
 * system is read until 0 as well.
 */
bool WholeInOneRead(int fd);

}  // namespace procview::base
