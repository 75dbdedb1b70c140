// The caller cache: threads that have read, and the container of each.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "callers/identity.h"
#include "base/fd.h"
#include "base/beneath.h"

namespace procview::callers {

/// The container of a thread, in the numbers of the thread that looked it up.
struct Tag {
  /// Callers::kUnknown: none.
  int number = -1;
  /// To what its bodies of open files are counted; 0: to the host. The same in all threads, and over restarts.
  uint64_t owner = 0;
};

/**
 * Threads by id, each with an open `/proc/<tid>/cgroup`. The descriptor names the task, not the
 * number: once the task is gone, reading gives ESRCH even if the pid is in use again
 * (fs/proc/base.c, proc_single_show). `/proc/<tid>` exists for every thread though only leaders are
 * listed, and FUSE requests carry thread ids.
 *
 * One thread owns a cache. Only `Recall` may be called from others: the fallback server answers while the owner hangs.
 */
class Callers {
 public:
  static constexpr int kUnknown = -1;

  /// `capacity` bounds the descriptors; the least recently used thread is dropped. A thread that was checked is not
  /// checked again for `trust` microseconds: far less than the kernel needs to reuse its id.
  Callers(const std::string& proc_root, size_t capacity, int64_t trust);

  /// The thread's tag; kUnknown if it has none, or has ended or been moved, and is then forgotten.
  int Lookup(pid_t pid);
  /// Opens the thread's file. Returns its text, valid until the next call; null data if there is no such thread.
  std::string_view Open(pid_t pid);
  void SetTag(pid_t pid, const Tag& tag);
  void Forget(int tag);
  /// The tag that the thread had when it was last looked up or opened.
  Tag Known(pid_t pid) const;
  /// The tag of a thread with this identity, without system calls. Callable from any thread. A thread in the cgroups and
  /// the pid namespace of a known thread is in the same container. If its cgroups could not be read, a thread that started
  /// before its pid was last checked is the one that was checked.
  int Recall(const Identity& identity) const;
  const std::string& proc_root() const { return proc_root_; }
  size_t Length() const { return entries_.size(); }

 private:
  struct Entry {
    pid_t pid;
    Tag tag;
    base::Fd fd;
    std::string text;
    uint64_t pid_namespace;
    /// CLOCK_BOOTTIME in microseconds at which this thread was last checked.
    int64_t checked;
  };
  using Entries = std::list<Entry>;

  bool Unchanged(const Entry& entry) const;
  void Drop(Entries::iterator entry);

  const std::string proc_root_;
  base::Root* root_;
  size_t capacity_;
  int64_t trust_;
  /// Held by the owner for changes and by Recall; never while a file is read.
  mutable std::mutex mutex_;
  Entries entries_;  // most recently used first
  std::unordered_map<pid_t, Entries::iterator> by_pid_;
};

}  // namespace procview::callers
