#include "base/threads.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.h"
#include "base/beneath.h"

namespace procview::base {

namespace {

constexpr uint64_t kHighestPid = 1 << 22;

ssize_t Read(int fd, char* into, size_t size) {
  for (;;) {
    const ssize_t n = read(fd, into, size);
    if (n >= 0) return n;
    if (errno != EINTR) return -errno;
  }
}

// Parses numbers, one a line, from pieces whose ends may cut a number.
class List {
 public:
  explicit List(const TidVisitor& visit) : visit_(visit) {}

  void Add(const char* bytes, ssize_t length) {
    for (const char* at = bytes; at < bytes + length; at++) {
      const unsigned digit = static_cast<unsigned char>(*at) - '0';
      if (digit > 9) End();
      else tid_ = std::min(tid_ * 10 + digit, kHighestPid + 1);
    }
  }

  // 0 stands for a thread that has no number in our pid namespace.
  void End() {
    if (tid_ > 0 && tid_ <= kHighestPid) visit_(tid_);
    tid_ = 0;
  }

 private:
  const TidVisitor& visit_;
  uint64_t tid_ = 0;
};

}  // namespace

char StateOf(std::string_view stat) {
  const size_t bracket = stat.rfind(") ");
  return bracket == stat.npos || bracket + 2 >= stat.size() ? '\0' : stat[bracket + 2];
}

int ListThreads(const std::string& root, const char* path, const TidVisitor& visit) {
  const Fd fd(Root::Of(root)->Open(path, O_RDONLY | O_NONBLOCK));
  return fd ? ListThreads(fd.get(), visit) : fd.get();
}

int ListThreads(int fd, const TidVisitor& visit) {
  List list(visit);
  for (;;) {
    char piece[16384];
    // read, not pread: these lists can only be continued where the last read ended.
    const ssize_t length = Read(fd, piece, sizeof piece);
    if (length < 0) return static_cast<int>(length);
    if (length == 0) break;
    list.Add(piece, length);
  }
  list.End();
  return 0;
}

}  // namespace procview::base
