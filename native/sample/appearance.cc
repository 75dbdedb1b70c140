#include "sample/appearance.h"

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>

namespace procview::sample {

namespace {

constexpr std::chrono::milliseconds kLimit(50);
constexpr int64_t kUnknown = INT64_MAX;

/// Field 22 of `/proc/<tid>/stat`, proc(5); the name before it may hold blanks and brackets.
constexpr int kStartTime = 22;
constexpr int kAfterName = 3;

/// The kernel rounds down to ticks: it started before the next one.
int64_t StartedBefore(const std::string& stat) {
  size_t at = stat.rfind(')');
  for (int field = kAfterName; at != stat.npos; field++) {
    at = stat.find(' ', at + 1);
    if (field == kStartTime) break;
  }
  int64_t ticks = 0;
  if (at == stat.npos) return kUnknown;
  const char* end = stat.data() + stat.size();
  if (std::from_chars(stat.data() + at + 1, end, ticks).ec != std::errc()) return kUnknown;
  static const int64_t tick = 1000000 / sysconf(_SC_CLK_TCK);
  return (ticks + 1) * tick;
}

}  // namespace

uint64_t PidNamespace(const std::string& proc_root, pid_t pid) {
  struct stat info;
  const std::string path = proc_root + '/' + std::to_string(pid) + "/ns/pid";
  return stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

Appearances::Appearances(std::string proc_root)
    : proc_root_(std::move(proc_root)), cgroups_(kLimit), stats_(kLimit) {}

Appearance Appearances::Of(pid_t pid) {
  Appearance seen{pid, {}, 0, kUnknown};
  if (pid <= 0) return seen;
  const std::string directory = proc_root_ + '/' + std::to_string(pid);
  std::string text;
  if (cgroups_.Read(directory + "/cgroup", &text) == 0) seen.cgroups = std::move(text);
  seen.pid_namespace = PidNamespace(proc_root_, pid);
  if (!seen.cgroups && stats_.Read(directory + "/stat", &text) == 0) {
    seen.started = StartedBefore(text);
  }
  return seen;
}

}  // namespace procview::sample
