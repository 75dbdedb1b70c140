// What the threads of a container are doing: the input of its load average.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/fd.h"
#include "base/beneath.h"
#include "sample/spent-time.h"

namespace procview::sample {

struct TaskCounts {
  uint64_t running = 0;
  uint64_t uninterruptible = 0;
  uint64_t total = 0;
  uint64_t highest = 0;

  /// One thread's, by the letter of its state.
  void Add(char state);
  void Remove(char state);
};

/// Counts the same threads repeatedly. A thread that has not run since the last count is in the same state. Its `schedstat`,
/// kept open, shows that for a tenth of the cost of opening and reading its `stat`.
class ThreadCounter {
 public:
  /// `proc_root` has the threads' directories: `/proc`.
  explicit ThreadCounter(const std::string& proc_root) : proc_(base::Root::Of(proc_root)) {}

  /// Counts the threads in `list` (v1 `tasks`, v2 `cgroup.threads`, since 4.14) of the cgroup `top` beneath `root` and of
  /// those below it, upper ones first and `most` at most, by the state in `<proc_root>/<tid>/stat`: R runs, D is
  /// uninterruptible (killable waits and tasks frozen by the v1 freezer included). Lists and threads that are gone by
  /// then are skipped. `spent` is the file of `top` with its CPU time.
  TaskCounts Count(const std::string& root, const std::string& top, const std::string& list, const char* spent,
                   size_t most);

  /// The same without the lists, if the cgroup's CPU time since the last count is that of threads that were seen to run
  /// before, to the nanosecond (v2: two microseconds in all). False if it is not, or the cgroup is gone: count.
  bool Recount(TaskCounts& counts);

  /// Closes all files. The next count opens them again.
  void Forget();

 private:
  class Thread {
   public:
    ~Thread();
    /// Reads `schedstat`: whether it has run.
    void Update();
    /// State letter of its `stat`, which is read if it has run; 0 if it is gone.
    char State(base::Root* proc, uint64_t tid);
    /// Its file is open.
    bool keeps() const { return bool{schedstat_}; }
    /// It has run between two counts.
    bool runs() const { return runs_; }
    char state() const { return state_; }
    uint64_t RunTime() const;
    uint64_t counted = 0;

   private:
    void Open(base::Root* proc, uint64_t tid);

    // Run time and time on a run queue in ns, and time slices (Documentation/scheduler/sched-stats.rst). The file is
    // there with CONFIG_SCHED_INFO, and of this thread alone: one that gets its number later has another.
    base::Fd schedstat_;
    std::string last_;
    char state_ = 0;
    bool stale_ = true;
    bool runs_ = false;
  };

  using Known = std::unordered_map<uint64_t, Thread>;

  void CountThread(uint64_t tid);
  void StartRecounts(std::optional<uint64_t> spent);
  uint64_t RunTime() const;
  bool OnlyRunnersRan();

  base::Root* proc_;
  uint64_t count_ = 0;
  Known known_;
  TaskCounts counts_;
  // Every thread of the count has its file open.
  bool all_kept_ = true;
  SpentTime spent_;
  // Those that were seen to run; all others; and the CPU time of the cgroup without theirs, empty if unknown.
  std::vector<Known::value_type*> runners_;
  TaskCounts at_rest_;
  std::optional<uint64_t> others_;
};

}  // namespace procview::sample
