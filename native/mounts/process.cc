#include "mounts/process.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string_view>

namespace procview::mounts {
namespace {

constexpr int kStartedField = 22;

/// The number in a field of stat after the name, field 2, which may hold blanks and brackets; 0 if there
/// is none.
uint64_t NumberIn(std::string_view stat, int field) {
  stat.remove_prefix(std::min(stat.size(), stat.rfind(')') + 1));
  for (int at = 3; at < field && !stat.empty(); at++) {
    stat.remove_prefix(std::min(stat.size(), stat.find(' ', 1)));
  }
  uint64_t number = 0;
  if (!stat.empty()) std::from_chars(stat.data() + 1, stat.data() + stat.size(), number);
  return number;
}

int Gone(int error) { return error == ENOENT ? -ESRCH : -error; }

}  // namespace

int Process::Open(const std::string& directory, uint64_t started) {
  directory_.Reset(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory_) return Gone(errno);
  const base::Fd stat(openat(directory_.get(), "stat", O_RDONLY | O_CLOEXEC));
  char text[1024];
  const ssize_t length = stat ? read(stat.get(), text, sizeof text) : -1;
  if (length < 0) return Gone(errno);
  const std::string_view bytes(text, static_cast<size_t>(length));
  return NumberIn(bytes, kStartedField) == started ? 0 : -ESRCH;
}

base::Fd Process::Follow(const char* link, int flags) const {
  base::Fd fd(openat(directory_.get(), link, flags | O_CLOEXEC));
  return fd ? std::move(fd) : base::Fd(Gone(errno));
}

}  // namespace procview::mounts
