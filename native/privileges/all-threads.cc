// NarrowAll: capset(2) changes the calling thread alone, and Node has started others before this code runs.
#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <set>

#include "privileges/capabilities.h"

namespace procview::privileges {
namespace {

/// C libraries use this signal to reach all threads (glibc: setuid(2); musl: cancellation), so sigfillset(3) leaves it out:
/// threads that block all other signals do not block it. Go uses it for the same purpose.
constexpr int kAllThreadsSignal = 33;

/// How often and how long a thread is waited for.
constexpr int kTries = 10'000;
constexpr timespec kPause{0, 100'000};

/// The kernel's struct sigaction, whose layout is each architecture's own.
using Action = unsigned char[64];
constexpr size_t kSignalSetSize = 8;

std::atomic<Capabilities> keep_by_all{0};
std::atomic<int> answers{0};
std::atomic<int> failure{0};

void NarrowOne(int) {
  const int before = errno;
  const int error = Narrow(keep_by_all.load());
  if (error < 0) failure.store(error);
  answers.fetch_add(1);
  errno = before;
}

bool Exchange(int signal, const Action* action, Action* before) {
  return syscall(SYS_rt_sigaction, signal, action, before, kSignalSetSize) == 0;
}

/// While it lives, the signal calls NarrowOne.
class Handler {
 public:
  // sigaction(3) refuses this signal. Set for another one, it makes the kernel's form of the handler, which is copied.
  Handler() {
    struct sigaction action{}, before;
    action.sa_handler = NarrowOne;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    if (sigaction(SIGRTMIN, &action, &before) < 0) return;
    Action raw;
    set_ = Exchange(SIGRTMIN, nullptr, &raw) && Exchange(kAllThreadsSignal, &raw, &before_);
    sigaction(SIGRTMIN, &before, nullptr);
  }
  ~Handler() {
    if (set_) Exchange(kAllThreadsSignal, &before_, nullptr);
  }
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  bool set() const { return set_; }

 private:
  Action before_;
  bool set_ = false;
};

bool Answered(int count) {
  for (int i = 0; i < kTries && answers.load() < count; i++) nanosleep(&kPause, nullptr);
  return answers.load() >= count;
}

/// Reaches the threads that are not in `reached` yet. Returns how many, or a negative errno.
int ReachOthers(std::set<pid_t>* reached) {
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(opendir("/proc/self/task"), closedir);
  if (!tasks) return -errno;
  int sent = 0;
  answers.store(0);
  while (const dirent* entry = readdir(tasks.get())) {
    const pid_t thread = atoi(entry->d_name);
    if (thread == 0 || !reached->insert(thread).second) continue;
    if (syscall(SYS_tgkill, getpid(), thread, kAllThreadsSignal) == 0) sent++;
    else if (errno != ESRCH) return -errno;
  }
  return Answered(sent) ? sent : -ETIMEDOUT;
}

}  // namespace

int NarrowAll(Capabilities keep) {
  const int error = Narrow(keep);
  if (error < 0) return error;
  const Handler handler;
  if (!handler.set()) return -errno;
  keep_by_all.store(keep);
  failure.store(0);
  std::set<pid_t> reached{static_cast<pid_t>(syscall(SYS_gettid))};
  // Until a pass finds no thread that another one has started meanwhile.
  int found = 0;
  do found = ReachOthers(&reached);
  while (found > 0);
  return found < 0 ? found : failure.load();
}

}  // namespace procview::privileges
