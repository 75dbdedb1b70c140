// Events for discovery: changes of cgroup directories, and processes that end.
#pragma once

#include <sys/types.h>

#include <map>
#include <set>
#include <utility>

#include "base/fd.h"

namespace procview::watch {

enum class Kind : int {
  /// More happened than the kernel's queue holds: anything may have changed.
  lost = 0,
  /// A directory was made, removed or renamed in the watched one.
  children = 1,
  /// A process was written into the watched cgroup, or (v2) its first came or its last left.
  members = 2,
  /// The watched process has ended; it is watched no more.
  ended = 3,
};

/// With the number that Add returned, the pid of AddProcess, or 0. Take returns an event once, however often it happened
/// since the last call.
using Event = std::pair<Kind, int>;

class Watch {
 public:
  Watch();

  /// 0, or the errno why nothing can be watched (EMFILE: fs.inotify.max_user_instances).
  int error() const { return error_; }

  /// Readable when there is something to take.
  int fd() const { return epoll_.get(); }

  /// Watches a cgroup's directory or its cgroup.events. Returns its number, the same for the same
  /// inode, or a negative errno (-ENOSPC: fs.inotify.max_user_watches).
  int Add(const char* path);

  /// Without it a removed cgroup stays watched, and its inode in memory: kernfs does not notify inotify of the removal.
  void Remove(int number);

  /// Returns 0, also if the process is watched already, or a negative errno. -ESRCH: it has ended, although v1's
  /// cgroup.procs lists it until its parent has waited for it.
  int AddProcess(pid_t pid);
  void RemoveProcess(pid_t pid) { processes_.erase(pid); }

  std::set<Event> Take();

 private:
  void ReadDirectories(std::set<Event>& events);
  bool Register(int fd, int number);

  int error_ = 0;
  base::Fd epoll_;
  base::Fd inotify_;
  std::map<pid_t, base::Fd> processes_;
};

}  // namespace procview::watch
