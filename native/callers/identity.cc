#include "callers/identity.h"

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <csignal>

namespace procview::callers {

namespace {

constexpr std::chrono::milliseconds kLimit(50);
constexpr int64_t kUnknown = INT64_MAX;

/// Fields of `/proc/<tid>/stat`, proc(5); the name before them may hold blanks and brackets.
constexpr int kAfterName = 3;
constexpr int kStartTime = 22;
constexpr int kPending = 31;

/// -1 if there is no such field.
int64_t FieldOf(const std::string& stat, int wanted) {
  size_t at = stat.rfind(')');
  for (int field = kAfterName; at != stat.npos; field++) {
    at = stat.find(' ', at + 1);
    if (field == wanted) break;
  }
  int64_t value = -1;
  if (at == stat.npos) return value;
  std::from_chars(stat.data() + at + 1, stat.data() + stat.size(), value);
  return value;
}

/// The kernel rounds down to ticks: the thread started before the next tick.
int64_t StartedBefore(const std::string& stat) {
  int64_t ticks = FieldOf(stat, kStartTime);
  static const int64_t tick = 1000000 / sysconf(_SC_CLK_TCK);
  return ticks < 0 ? kUnknown : (ticks + 1) * tick;
}

}  // namespace

uint64_t PidNamespace(const std::string& proc_root, pid_t pid) {
  struct stat info;
  const std::string path = proc_root + '/' + std::to_string(pid) + "/ns/pid";
  return stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

IdentityReader::IdentityReader(std::string proc_root)
    : proc_root_(std::move(proc_root)), cgroups_(kLimit), stats_(kLimit) {}

Identity IdentityReader::Of(pid_t pid) {
  Identity identity{pid, {}, 0, kUnknown};
  if (pid <= 0) return identity;
  const std::string directory = proc_root_ + '/' + std::to_string(pid);
  std::string text;
  if (cgroups_.Read(directory + "/cgroup", &text) == 0) identity.cgroups = std::move(text);
  identity.pid_namespace = PidNamespace(proc_root_, pid);
  if (!identity.cgroups && stats_.Read(directory + "/stat", &text) == 0) {
    identity.started = StartedBefore(text);
  }
  return identity;
}

bool IdentityReader::IsDying(pid_t pid) {
  std::string text;
  if (pid <= 0 || stats_.Read(proc_root_ + '/' + std::to_string(pid) + "/stat", &text) != 0) return false;
  int64_t pending = FieldOf(text, kPending);
  return pending > 0 && (pending & 1 << (SIGKILL - 1)) != 0;
}

}  // namespace procview::callers
