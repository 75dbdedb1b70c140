#include "callers/unknown-processes.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>

#include "base/fd.h"
#include "base/files.h"
#include "base/threads.h"

namespace procview::callers {

namespace {

// 0 if it is no pid.
uint32_t PidOf(std::string_view name) {
  uint32_t pid = 0;
  const auto [end, error] = std::from_chars(name.begin(), name.end(), pid);
  return error == std::errc() && end == name.end() ? pid : 0;
}

}  // namespace

size_t UnknownProcesses::AddKnown(const std::string& directory, uint64_t inode) {
  if (base::InodeOf(directory.c_str()) != inode) return 0;
  const size_t before = known_.size();
  const base::Fd fd(open((directory + "/cgroup.procs").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd) base::ListThreads(fd.get(), [this](uint64_t pid) { known_.push_back(static_cast<uint32_t>(pid)); });
  return known_.size() - before;
}

int UnknownProcesses::List(const std::string& proc_root, std::vector<uint32_t>& pids) {
  std::vector<base::DirectoryEntry> entries;
  const int error = base::ReadDirectory(proc_root, ".", false, entries);
  std::vector<uint32_t> all;
  all.reserve(entries.size());
  for (const base::DirectoryEntry& entry : entries)
    if (const uint32_t pid = PidOf(entry.name)) all.push_back(pid);
  std::sort(all.begin(), all.end());
  std::sort(known_.begin(), known_.end());
  pids.clear();
  std::set_difference(all.begin(), all.end(), known_.begin(), known_.end(), std::back_inserter(pids));
  known_.clear();
  return error;
}

}  // namespace procview::callers
