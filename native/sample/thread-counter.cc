#include "sample/thread-counter.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <vector>

#include "sample/files.h"
#include "sample/threads.h"

namespace procview::sample {

namespace {

// A name has up to 64 bytes (kernel workers); after it there are only numbers.
constexpr size_t kStatHead = 256;
// Three numbers of 64 bits.
constexpr size_t kSchedstat = 64;
// A kept file costs the kernel about a kilobyte.
constexpr size_t kMostKept = 8192;
// Of the descriptors that the process may have.
constexpr size_t kShare = 8;

// Of all counters.
std::atomic<size_t> kept = 0;

size_t MostKept() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return std::min<size_t>(kMostKept, limit.rlim_cur / kShare);
}

int OpenOf(Root* proc, uint64_t tid, std::string_view name) {
  char path[32];
  char* const end = std::to_chars(path, path + 20, tid).ptr;
  *std::copy(name.begin(), name.end(), end) = '\0';
  return proc->Open(path, O_RDONLY | O_NONBLOCK);
}

}  // namespace

ThreadCounter::Thread::~Thread() {
  if (schedstat_) kept--;
}

void ThreadCounter::Thread::Open(Root* proc, uint64_t tid) {
  static const size_t most = MostKept();
  if (schedstat_ || kept >= most) return;
  schedstat_ = Fd(OpenOf(proc, tid, "/schedstat"));
  if (!schedstat_) return;
  kept++;
  HasRun();
}

// Remembers what the file says. What has never run says nothing but zeros.
bool ThreadCounter::Thread::HasRun() {
  char text[kSchedstat];
  const ssize_t length = pread(schedstat_.get(), text, sizeof text, 0);
  const std::string_view says(text, static_cast<size_t>(std::max<ssize_t>(length, 0)));
  const bool has = says != said_ || says.empty() || says.starts_with("0 0 0");
  said_ = says;
  if (length <= 0) {
    schedstat_.Reset();
    kept--;
  }
  return has;
}

// What it says of its run time is older than its state: if it runs in between, the next count will see that.
char ThreadCounter::Thread::State(Root* proc, uint64_t tid) {
  if (schedstat_ && !HasRun()) return state_;
  Open(proc, tid);
  const Fd fd(OpenOf(proc, tid, "/stat"));
  char text[kStatHead];
  const ssize_t length = fd ? read(fd.get(), text, sizeof text) : 0;
  return state_ = length > 0 ? StateOf({text, static_cast<size_t>(length)}) : '\0';
}

void ThreadCounter::Take(uint64_t tid, TaskCounts& counts) {
  Thread& thread = known_[tid];
  const char state = thread.State(proc_, tid);
  thread.counted = count_;
  if (!state || !thread.keeps()) known_.erase(tid);
  if (!state) return;
  counts.running += state == 'R';
  counts.uninterruptible += state == 'D';
  counts.total++;
  counts.highest = std::max(counts.highest, tid);
}

TaskCounts ThreadCounter::Count(const std::string& root, const std::string& top, const std::string& list,
                                size_t most) {
  TaskCounts counts;
  count_++;
  std::vector<std::string> cgroups{top};
  std::vector<Entry> below;
  for (size_t i = 0; i < cgroups.size() && i < most; i++) {
    const std::string path = cgroups[i] + "/";
    ListThreads(root, (path + list).c_str(), [this, &counts](uint64_t tid) { Take(tid, counts); });
    below.clear();
    ReadDirectory(root, path.c_str(), true, below);
    for (const Entry& each : below) cgroups.push_back(path + each.name);
  }
  std::erase_if(known_, [this](const auto& item) { return item.second.counted != count_; });
  return counts;
}

}  // namespace procview::sample
