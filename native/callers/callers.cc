#include "callers/callers.h"

#include <fcntl.h>

#include <iterator>

#include "base/buffer.h"
#include "base/clock.h"

namespace procview::callers {

Callers::Callers(const std::string& proc_root, size_t capacity, int64_t trust)
    : proc_root_(proc_root), root_(base::Root::Of(proc_root)), capacity_(capacity), trust_(trust) {}

// One pread: `/proc/<tid>/cgroup` is one record of a seq_file, however long.
bool Callers::Unchanged(const Entry& entry) const {
  base::Buffer& buffer = base::Buffer::OfThread();
  const long length = buffer.Read(entry.fd.get(), true);
  return length >= 0 && buffer.Bytes(length) == entry.text;
}

void Callers::Drop(Entries::iterator entry) {
  const std::lock_guard lock(mutex_);
  by_pid_.erase(entry->pid);
  entries_.erase(entry);
}

int Callers::Lookup(pid_t pid) {
  const auto found = by_pid_.find(pid);
  if (found == by_pid_.end()) return kUnknown;
  const auto entry = found->second;
  const int64_t now = base::BootTime();
  const bool fresh = now - entry->checked < trust_;
  if (!fresh && !Unchanged(*entry)) {
    Drop(entry);
    return kUnknown;
  }
  const std::lock_guard lock(mutex_);
  if (!fresh) entry->checked = now;
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->tag.number;
}

std::string_view Callers::Open(pid_t pid) {
  if (const auto found = by_pid_.find(pid); found != by_pid_.end()) Drop(found->second);
  if (pid <= 0) return {};
  base::Fd fd(root_->Open((std::to_string(pid) + "/cgroup").c_str(), O_RDONLY | O_NONBLOCK));
  if (!fd) return {};
  // If the read succeeds, the pid has been this thread's since the file was opened.
  const int64_t now = base::BootTime();
  const uint64_t pid_namespace = PidNamespace(proc_root_, pid);
  base::Buffer& buffer = base::Buffer::OfThread();
  const long length = buffer.Read(fd.get(), true);
  if (length < 0) return {};
  if (entries_.size() >= capacity_) Drop(std::prev(entries_.end()));
  std::string text(buffer.Bytes(length));
  const std::lock_guard lock(mutex_);
  entries_.push_front({pid, Tag{}, std::move(fd), std::move(text), pid_namespace, now});
  by_pid_[pid] = entries_.begin();
  return entries_.front().text;
}

void Callers::SetTag(pid_t pid, const Tag& tag) {
  const auto found = by_pid_.find(pid);
  const std::lock_guard lock(mutex_);
  if (found != by_pid_.end()) found->second->tag = tag;
}

Tag Callers::Known(pid_t pid) const {
  const auto found = by_pid_.find(pid);
  return found == by_pid_.end() ? Tag{} : found->second->tag;
}

int Callers::Recall(const Identity& identity) const {
  const std::lock_guard lock(mutex_);
  if (!identity.cgroups) {
    const auto found = by_pid_.find(identity.pid);
    const bool same = found != by_pid_.end() && identity.started <= found->second->checked;
    return same ? found->second->tag.number : kUnknown;
  }
  for (const Entry& entry : entries_) {
    const bool same = entry.pid_namespace == identity.pid_namespace && entry.pid_namespace != 0;
    if (same && entry.tag.number >= 0 && entry.text == *identity.cgroups) return entry.tag.number;
  }
  return kUnknown;
}

void Callers::Forget(int tag) {
  for (auto at = entries_.begin(); at != entries_.end();) {
    const auto entry = at++;
    if (entry->tag.number == tag) Drop(entry);
  }
}

}  // namespace procview::callers
