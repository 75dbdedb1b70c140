#include "base/release-pages.h"

#include <malloc.h>
#include <sys/mman.h>

#include <charconv>
#include <cstdint>
#include <string>

#include "base/buffer.h"
#include "base/files.h"

namespace procview::base {

namespace {

// Every mapping ends with this line, since 3.8.
constexpr std::string_view kLast = "\nVmFlags:";

struct Range {
  uintptr_t from = 0;
  uintptr_t to = 0;
};

Range RangeOf(std::string_view mapping) {
  Range range;
  const char* const end = mapping.data() + mapping.size();
  const auto [dash, error] = std::from_chars(mapping.data(), end, range.from, 16);
  if (error != std::errc() || dash == end) return {};
  std::from_chars(dash + 1, end, range.to, 16);
  return range;
}

}  // namespace

bool OnlyRepeats(std::string_view mapping, std::string_view program) {
  const std::string_view head = mapping.substr(0, mapping.find('\n'));
  const size_t access = head.find(' ');
  if (!head.ends_with(program) || access == head.npos || head.size() < access + 5) return false;
  const bool is_path = head[head.size() - program.size() - 1] == ' ';
  const bool is_read = head[access + 1] == 'r' && head[access + 2] == '-';
  const size_t written = mapping.find("\nAnonymous:");
  if (!is_path || !is_read || written == mapping.npos) return false;
  const size_t number = mapping.find_first_not_of(' ', written + 11);
  return number != mapping.npos && mapping.substr(number, 2) == "0 ";
}

int ReleaseStart() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  std::string program;
  int error = ReadLink("/proc/self/exe", program);
  if (error < 0) return error;
  const long length = ReadText("/proc/self/smaps");
  if (length < 0) return static_cast<int>(length);
  std::string_view rest = Buffer::OfThread().Bytes(length);
  for (size_t last = rest.find(kLast); last != rest.npos; last = rest.find(kLast)) {
    const std::string_view mapping = rest.substr(0, last);
    const Range range = RangeOf(mapping);
    if (range.from < range.to && OnlyRepeats(mapping, program)) {
      madvise(reinterpret_cast<void*>(range.from), range.to - range.from, MADV_DONTNEED);
    }
    const size_t next = rest.find('\n', last + 1);
    rest.remove_prefix(next == rest.npos ? rest.size() : next + 1);
  }
  return 0;
}

}  // namespace procview::base
