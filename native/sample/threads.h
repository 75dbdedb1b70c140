// What the tasks of a cgroup are doing: the input of a container's load average.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace procview::sample {

struct TaskCounts {
  uint64_t running = 0;
  uint64_t uninterruptible = 0;
  uint64_t total = 0;
  uint64_t highest = 0;
};

/// State letter of a `/proc/<tid>/stat` line (Documentation/filesystems/proc.rst), 0 if there is none.
/// The name before it may hold blanks and brackets: the state follows the last bracket.
char StateOf(std::string_view stat);

using TidVisitor = std::function<void(uint64_t)>;

/// Calls `visit` with each thread id in a list of the kernel, of any length. 0 or a negative errno.
int ListThreads(const std::string& root, const char* path, const TidVisitor& visit);

/// Counts the threads listed in `<root>/<path>` (v1 `tasks`, v2 `cgroup.threads`, since 4.14) by the
/// state in `<proc_root>/<tid>/stat`; R runs, D is uninterruptible (killable waits and tasks frozen by
/// the v1 freezer included). Threads that are gone by then are skipped. Returns 0 or a negative errno.
int CountThreads(const std::string& root, const char* path, const std::string& proc_root,
                 TaskCounts& counts);

}  // namespace procview::sample
