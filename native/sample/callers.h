// Which threads are known, and whether each is still alive and still in the cgroups it was in.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sample/fd.h"
#include "sample/root.h"

namespace procview::sample {

/**
 * Threads by id, each with an open `/proc/<tid>/cgroup`. The descriptor names the task, not the
 * number: once the task is gone, reading gives ESRCH even if the pid is in use again
 * (fs/proc/base.c, proc_single_show). `/proc/<tid>` exists for every thread though only leaders are
 * listed, and FUSE requests carry thread ids.
 */
class Callers {
 public:
  static constexpr int kUnknown = -1;

  /// `capacity` bounds the descriptors; the least recently used thread is dropped. A look at a thread is
  /// good for `trust` microseconds: far less than the kernel takes to give its id to another.
  Callers(const std::string& proc_root, size_t capacity, int64_t trust);

  /// The thread's tag; kUnknown if it has none, died, or was moved: it is forgotten then.
  int Lookup(pid_t pid);
  /// Opens the thread's file. Its text, valid until the next call; null data if there is no such thread.
  std::string_view Open(pid_t pid);
  void Tag(pid_t pid, int tag);
  void Forget(int tag);
  size_t Length() const { return entries_.size(); }

 private:
  struct Entry {
    pid_t pid;
    int tag;
    Fd fd;
    std::string text;
    int64_t seen;
  };
  using Entries = std::list<Entry>;

  bool Unchanged(const Entry& entry) const;
  void Drop(Entries::iterator entry);

  Root* root_;
  size_t capacity_;
  int64_t trust_;
  Entries entries_;  // most recently used first
  std::unordered_map<pid_t, Entries::iterator> by_pid_;
};

}  // namespace procview::sample
