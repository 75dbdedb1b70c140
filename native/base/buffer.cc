#include "base/buffer.h"

#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace procview::base {

namespace {

constexpr size_t kFirst = 64 << 10;

// include/uapi/linux/magic.h
constexpr long kCgroup = 0x27e0eb;
constexpr long kCgroup2 = 0x63677270;
constexpr long kSysfs = 0x62656572;

long ReadAt(int fd, char* into, size_t size, size_t offset) {
  for (;;) {
    const ssize_t n = pread(fd, into, size, static_cast<off_t>(offset));
    if (n >= 0) return n;
    if (errno != EINTR) return -errno;
  }
}

}  // namespace

Buffer& Buffer::OfThread() {
  thread_local Buffer buffer;
  return buffer;
}

Buffer::~Buffer() { free(data_); }

bool Buffer::Grow() {
  // One byte more than the largest file, to distinguish "just fits" from "too long".
  if (size_ > kMaximumFile) return false;
  const size_t doubled = size_ ? size_ * 2 : kFirst;
  const size_t size = doubled < kMaximumFile ? doubled : kMaximumFile + 1;
  char* data = static_cast<char*>(realloc(data_, size));
  if (!data) return false;
  data_ = data;
  size_ = size;
  return true;
}

long Buffer::Read(int fd, bool once) {
  size_t have = 0;
  for (;;) {
    if (have == size_ && !Grow()) return -EFBIG;
    const long n = ReadAt(fd, data_ + have, size_ - have, have);
    if (n < 0) return n;
    have += static_cast<size_t>(n);
    if (n == 0 || (once && have < size_)) break;
  }
  return have > kMaximumFile ? -EFBIG : static_cast<long>(have);
}

long ReadInto(int fd, char* into, size_t size) {
  size_t have = 0;
  while (have < size) {
    const long n = ReadAt(fd, into + have, size - have, have);
    if (n < 0) return n;
    if (n == 0) return static_cast<long>(have);
    have += static_cast<size_t>(n);
  }
  char more;
  const long n = ReadAt(fd, &more, 1, have);
  return n > 0 ? -EFBIG : n < 0 ? n : static_cast<long>(have);
}

bool WholeInOneRead(int fd) {
  struct statfs info;
  if (fstatfs(fd, &info) != 0) return false;
  const long type = static_cast<long>(info.f_type);
  return type == kCgroup || type == kCgroup2 || type == kSysfs;
}

}  // namespace procview::base
