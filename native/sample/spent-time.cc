#include "sample/spent-time.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

#include "base/beneath.h"

namespace procview::sample {

namespace {

constexpr std::string_view kUsageUsec = "usage_usec ";

}  // namespace

void SpentTime::Open(const std::string& root, const char* path) {
  fd_.Reset(base::Root::Of(root)->Open(path, O_RDONLY | O_NONBLOCK));
}

std::optional<uint64_t> SpentTime::Read() {
  char text[64];
  const ssize_t length = pread(fd_.get(), text, sizeof text, 0);
  if (length <= 0) return std::nullopt;
  std::string_view line(text, static_cast<size_t>(length));
  unit_ = line.starts_with(kUsageUsec) ? 1000 : 1;
  if (unit_ != 1) line.remove_prefix(kUsageUsec.size());
  uint64_t number = 0;
  if (std::from_chars(line.begin(), line.end(), number).ec != std::errc()) return std::nullopt;
  return number * unit_;
}

}  // namespace procview::sample
