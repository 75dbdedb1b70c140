// What the threads of a container are doing: the input of its load average.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sample/fd.h"
#include "sample/root.h"

namespace procview::sample {

struct TaskCounts {
  uint64_t running = 0;
  uint64_t uninterruptible = 0;
  uint64_t total = 0;
  uint64_t highest = 0;
};

/// Counts the same threads again and again. One that has not run since the last count is in the state that it was in;
/// that is what its `schedstat` tells, kept open, for a tenth of what opening and reading its `stat` costs.
class ThreadCounter {
 public:
  /// `proc_root` has the threads' directories: `/proc`.
  explicit ThreadCounter(const std::string& proc_root) : proc_(Root::Of(proc_root)) {}

  /// Counts the threads in `list` (v1 `tasks`, v2 `cgroup.threads`, since 4.14) of the cgroup `top` beneath `root` and of
  /// those below it, upper ones first and `most` at most, by the state in `<proc_root>/<tid>/stat`: R runs, D is
  /// uninterruptible (killable waits and tasks frozen by the v1 freezer included). Lists and threads that are gone by
  /// then are skipped.
  TaskCounts Count(const std::string& root, const std::string& top, const std::string& list, size_t most);

  /// Closes all files. The next count opens them again.
  void Forget() { known_.clear(); }

 private:
  class Thread {
   public:
    ~Thread();
    /// State letter of its `stat`; 0 if it is gone.
    char State(Root* proc, uint64_t tid);
    /// There is something to remember.
    bool keeps() const { return bool{schedstat_}; }
    uint64_t counted = 0;

   private:
    bool HasRun();
    void Open(Root* proc, uint64_t tid);

    // Run time and time on a run queue in ns, and time slices (Documentation/scheduler/sched-stats.rst). The file is
    // there with CONFIG_SCHED_INFO, and of this thread alone: one that gets its number later has another.
    Fd schedstat_;
    std::string said_;
    char state_ = 0;
  };

  void Take(uint64_t tid, TaskCounts& counts);

  Root* proc_;
  uint64_t count_ = 0;
  std::unordered_map<uint64_t, Thread> known_;
};

}  // namespace procview::sample
