#include "sample/callers.h"

#include <fcntl.h>

#include <iterator>

#include "sample/buffer.h"
#include "sample/clock.h"

namespace procview::sample {

Callers::Callers(const std::string& proc_root, size_t capacity, int64_t trust)
    : root_(Root::Of(proc_root)), capacity_(capacity), trust_(trust) {}

// One pread: `/proc/<tid>/cgroup` is one record of a seq_file, however long.
bool Callers::Unchanged(const Entry& entry) const {
  Buffer& buffer = Buffer::OfThread();
  const long length = buffer.Read(entry.fd.get(), true);
  return length >= 0 && buffer.Bytes(length) == entry.text;
}

void Callers::Drop(Entries::iterator entry) {
  by_pid_.erase(entry->pid);
  entries_.erase(entry);
}

int Callers::Lookup(pid_t pid) {
  const auto found = by_pid_.find(pid);
  if (found == by_pid_.end()) return kUnknown;
  const auto entry = found->second;
  const int64_t now = BootTime();
  if (now - entry->seen >= trust_) {
    if (!Unchanged(*entry)) {
      Drop(entry);
      return kUnknown;
    }
    entry->seen = now;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->tag;
}

std::string_view Callers::Open(pid_t pid) {
  if (const auto found = by_pid_.find(pid); found != by_pid_.end()) Drop(found->second);
  if (pid <= 0) return {};
  Fd fd(root_->Open((std::to_string(pid) + "/cgroup").c_str(), O_RDONLY | O_NONBLOCK));
  if (!fd) return {};
  const int64_t now = BootTime();
  Buffer& buffer = Buffer::OfThread();
  const long length = buffer.Read(fd.get(), true);
  if (length < 0) return {};
  if (entries_.size() >= capacity_) Drop(std::prev(entries_.end()));
  entries_.push_front({pid, kUnknown, std::move(fd), std::string(buffer.Bytes(length)), now});
  by_pid_[pid] = entries_.begin();
  return entries_.front().text;
}

void Callers::Tag(pid_t pid, int tag) {
  const auto found = by_pid_.find(pid);
  if (found != by_pid_.end()) found->second->tag = tag;
}

void Callers::Forget(int tag) {
  for (auto at = entries_.begin(); at != entries_.end();) {
    const auto entry = at++;
    if (entry->tag == tag) Drop(entry);
  }
}

}  // namespace procview::sample
