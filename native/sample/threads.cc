#include "sample/threads.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "sample/fd.h"
#include "sample/root.h"

namespace procview::sample {

namespace {

// A name has up to 64 bytes (kernel workers); after it there are only numbers.
constexpr size_t kStatHead = 256;
constexpr uint64_t kHighestPid = 1 << 22;

ssize_t Read(int fd, char* into, size_t size) {
  for (;;) {
    const ssize_t n = read(fd, into, size);
    if (n >= 0) return n;
    if (errno != EINTR) return -errno;
  }
}

void Count(Root* proc, uint64_t tid, TaskCounts& counts) {
  char text[kStatHead];
  const auto end = std::to_chars(text, text + 16, tid).ptr;
  std::copy_n("/stat", 6, end);
  const Fd fd(proc->Open(text, O_RDONLY | O_NONBLOCK));
  if (!fd) return;
  const ssize_t length = Read(fd.get(), text, sizeof text);
  const char state = length > 0 ? StateOf({text, static_cast<size_t>(length)}) : '\0';
  if (!state) return;
  counts.running += state == 'R';
  counts.uninterruptible += state == 'D';
  counts.total++;
  counts.highest = std::max(counts.highest, tid);
}

// Numbers, one a line, that come in pieces: one may be cut by the end of a piece.
class List {
 public:
  explicit List(const TidVisitor& visit) : visit_(visit) {}

  void Take(const char* bytes, ssize_t length) {
    for (const char* at = bytes; at < bytes + length; at++) {
      const unsigned digit = static_cast<unsigned char>(*at) - '0';
      if (digit > 9) End();
      else tid_ = std::min(tid_ * 10 + digit, kHighestPid + 1);
    }
  }

  // 0 is a thread of another pid namespace, seen from where it has no number.
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
  if (!fd) return fd.get();
  List list(visit);
  for (;;) {
    char piece[16384];
    // read, not pread: these lists can only be continued where the last read ended.
    const ssize_t length = Read(fd.get(), piece, sizeof piece);
    if (length < 0) return static_cast<int>(length);
    if (length == 0) break;
    list.Take(piece, length);
  }
  list.End();
  return 0;
}

int CountThreads(const std::string& root, const char* path, const std::string& proc_root,
                 TaskCounts& counts) {
  Root* proc = Root::Of(proc_root);
  return ListThreads(root, path, [proc, &counts](uint64_t tid) { Count(proc, tid, counts); });
}

}  // namespace procview::sample
