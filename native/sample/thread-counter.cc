#include "sample/thread-counter.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>

#include "base/files.h"
#include "base/threads.h"

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
// Of running threads times those that ran: with more, one of them is charged (1 or 4 ms) while the others are read.
constexpr uint64_t kMostAtOnce = 500;

// Of all counters.
std::atomic<size_t> kept = 0;

size_t MostKept() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return std::min<size_t>(kMostKept, limit.rlim_cur / kShare);
}

int OpenOf(base::Root* proc, uint64_t tid, std::string_view name) {
  char path[32];
  char* const end = std::to_chars(path, path + 20, tid).ptr;
  *std::copy(name.begin(), name.end(), end) = '\0';
  return proc->Open(path, O_RDONLY | O_NONBLOCK);
}

}  // namespace

ThreadCounter::Thread::~Thread() {
  if (schedstat_) kept--;
}

void ThreadCounter::Thread::Open(base::Root* proc, uint64_t tid) {
  static const size_t most = MostKept();
  if (schedstat_ || kept >= most) return;
  schedstat_ = base::Fd(OpenOf(proc, tid, "/schedstat"));
  if (!schedstat_) return;
  kept++;
  Update();
}

// A thread that has never run has only zeros: they do not show that it is unchanged.
void ThreadCounter::Thread::Update() {
  if (!schedstat_) return;
  char text[kSchedstat];
  const ssize_t length = pread(schedstat_.get(), text, sizeof text, 0);
  if (length <= 0) {
    schedstat_.Reset();
    kept--;
    return;
  }
  const std::string_view now(text, static_cast<size_t>(length));
  stale_ = stale_ || now != last_ || now.starts_with("0 0 0");
  if (now == last_) return;
  runs_ = runs_ || !last_.empty();
  last_ = now;
}

uint64_t ThreadCounter::Thread::RunTime() const {
  uint64_t ns = 0;
  std::from_chars(last_.data(), last_.data() + last_.size(), ns);
  return ns;
}

// The run time was read before the state: if the thread runs in between, the next count sees it.
char ThreadCounter::Thread::State(base::Root* proc, uint64_t tid) {
  if (schedstat_ && !stale_) return state_;
  Open(proc, tid);
  const base::Fd fd(OpenOf(proc, tid, "/stat"));
  char text[kStatHead];
  const ssize_t length = fd ? read(fd.get(), text, sizeof text) : 0;
  stale_ = false;
  return state_ = length > 0 ? base::StateOf({text, static_cast<size_t>(length)}) : '\0';
}

void TaskCounts::Add(char state) {
  running += state == 'R';
  uninterruptible += state == 'D';
}

void TaskCounts::Remove(char state) {
  running -= state == 'R';
  uninterruptible -= state == 'D';
}

void ThreadCounter::CountThread(uint64_t tid) {
  Thread& thread = known_[tid];
  thread.Update();
  const char state = thread.State(proc_, tid);
  thread.counted = count_;
  if (state) {
    counts_.Add(state);
    counts_.total++;
    counts_.highest = std::max(counts_.highest, tid);
    all_kept_ = all_kept_ && thread.keeps();
  }
  if (!state || !thread.keeps()) known_.erase(tid);
}

TaskCounts ThreadCounter::Count(const std::string& root, const std::string& top, const std::string& list,
                                const char* spent_file, size_t most) {
  counts_ = {};
  count_++;
  all_kept_ = true;
  // Before the threads are read: CPU time that one of them uses meanwhile is missing here, so the next call is a count.
  std::optional<uint64_t> spent = spent_.Read();
  if (!spent) {
    spent_.Open(root, (top + "/" + spent_file).c_str());
    spent = spent_.Read();
  }
  std::vector<std::string> cgroups{top};
  std::vector<base::DirectoryEntry> below;
  for (size_t i = 0; i < cgroups.size() && i < most; i++) {
    const std::string path = cgroups[i] + "/";
    base::ListThreads(root, (path + list).c_str(), [this](uint64_t tid) { CountThread(tid); });
    below.clear();
    base::ReadDirectory(root, path.c_str(), true, below);
    for (const base::DirectoryEntry& each : below) cgroups.push_back(path + each.name);
  }
  std::erase_if(known_, [this](const auto& item) { return item.second.counted != count_; });
  StartRecounts(cgroups.size() <= most ? spent : std::nullopt);
  return counts_;
}

// Keeps the figures from which the next recount starts.
void ThreadCounter::StartRecounts(std::optional<uint64_t> spent) {
  runners_.clear();
  others_.reset();
  if (!spent || !all_kept_ || counts_.total == 0) return;
  at_rest_ = counts_;
  for (auto& each : known_) {
    if (!each.second.runs()) continue;
    runners_.push_back(&each);
    at_rest_.Remove(each.second.state());
  }
  others_ = *spent - RunTime();
}

uint64_t ThreadCounter::RunTime() const {
  uint64_t sum = 0;
  for (const auto* each : runners_) sum += each->second.RunTime();
  return sum;
}

// The figures are of one moment if nothing was charged while the threads were read.
bool ThreadCounter::OnlyRunnersRan() {
  if (!others_ || counts_.running * runners_.size() > kMostAtOnce) return false;
  const auto spent = spent_.Read();
  for (auto* each : runners_) {
    each->second.Update();
    if (!each->second.keeps()) return false;
  }
  if (!spent || spent_.Read() != spent) return false;
  const uint64_t rounding = spent_.unit() - 1;
  return *spent - RunTime() - *others_ + rounding <= 2 * rounding;
}

bool ThreadCounter::Recount(TaskCounts& counts) {
  if (!OnlyRunnersRan()) return false;
  counts_ = at_rest_;
  for (auto* each : runners_) {
    const char state = each->second.State(proc_, each->first);
    if (!state) return false;
    counts_.Add(state);
  }
  counts = counts_;
  return true;
}

void ThreadCounter::Forget() {
  runners_.clear();
  others_.reset();
  known_.clear();
  spent_.Close();
}

}  // namespace procview::sample
