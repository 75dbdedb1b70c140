// Tasks in states that we can bring about, counted on the live kernel.
// Needs root and a cgroup v1 hierarchy; skipped without.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "sample/thread-counter.h"
#include "callers/pid-namespace.h"
#include "tap.h"

using namespace procview::base;
using namespace procview::callers;
using namespace procview::sample;

namespace {

const std::string kRoot = "/sys/fs/cgroup/cpuacct";
const std::string kName = "/pvtest-sample-" + std::to_string(getpid());

void Reap(const std::vector<pid_t>& pids) {
  for (const pid_t pid : pids) kill(-pid, SIGKILL);
  while (waitpid(-1, nullptr, 0) > 0) continue;
}

// A group of its own in the cgroup, so that a vforked child is killed with it.
pid_t Start(void (*run)()) {
  const pid_t pid = fork();
  if (pid != 0) return setpgid(pid, pid), pid;
  setpgid(0, 0);
  std::ofstream(kRoot + kName + "/tasks") << getpid() << std::flush;
  run();
  _exit(0);
}

void Spin() {
  for (;;) asm volatile("");
}

void Sleep() {
  for (;;) pause();
}

void VforkAndSleep() {
  if (vfork() == 0)
    for (;;) pause();
}

// Again and again with the same one: what it remembers must not go stale.
TaskCounts ByProc() {
  static ThreadCounter counter("/proc");
  return counter.Count(kRoot, kName, "tasks", "cpuacct.usage", 1);
}

void Settle() { usleep(200000); }

void TestStates() {
  OK(ByProc().total == 0, "nobody");
  std::vector<pid_t> pids{Start(Spin), Start(Spin), Start(Sleep)};
  Settle();
  const TaskCounts proc = ByProc();
  OK(proc.running == 2, "running");
  OK(proc.total == 3, "total");
  OK(proc.highest >= static_cast<uint64_t>(pids[0]), "highest");
  OK(proc.uninterruptible == 0, "none uninterruptible");
  kill(pids[0], SIGSTOP);
  pids.push_back(Start(VforkAndSleep));
  Settle();
  const TaskCounts later = ByProc();
  OK(later.running == 1, "one that has run since is looked at again");
  OK(later.uninterruptible == 1 && later.total == 5, "the parent of a vfork is uninterruptible");
  Reap(pids);
  OK(ByProc().total == 0, "gone");
}

void TestNamespace() {
  const pid_t kernel = PidNamespaceInit("/proc/self/ns/pid");
  if (kernel == -ENOTTY) return void(OK(true, "pid namespaces # SKIP before Linux 6.11"));
  const pid_t pid = fork();
  if (pid == 0) {
    if (unshare(CLONE_NEWPID) != 0) _exit(1);
    const pid_t init = fork();
    if (init == 0) Sleep();
    waitpid(init, nullptr, 0);
    _exit(0);
  }
  Settle();
  const std::string of = "/proc/" + std::to_string(pid);
  pid_t init = 0;
  std::ifstream(of + "/task/" + std::to_string(pid) + "/children") >> init;
  OK(init > 0, "a namespace with an init");
  OK(PidNamespaceInit((of + "/ns/pid_for_children").c_str()) == init, "its pid in ours");
  OK(PidNamespaceInit(("/proc/" + std::to_string(init) + "/ns/pid").c_str()) == init, "of itself");
  OK(kernel > 0, "ours");
  const int held = open((of + "/ns/pid_for_children").c_str(), O_RDONLY | O_CLOEXEC);
  kill(init, SIGKILL);
  waitpid(pid, nullptr, 0);
  const std::string gone = "/proc/self/fd/" + std::to_string(held);
  OK(PidNamespaceInit(gone.c_str()) == -ESRCH, "its init is gone");
  close(held);
  OK(PidNamespaceInit("/proc/self/ns/net") < 0 && PidNamespaceInit("/nope") == -ENOENT, "none");
  OK(PidNamespaceInit("/dev/null") == -ENOTTY, "no namespace");
}

}  // namespace

int main() {
  if (mkdir((kRoot + kName).c_str(), 0755) != 0) {
    printf("1..0 # SKIP no cgroup v1 that we may write to\n");
    return 0;
  }
  // What a vfork leaves behind becomes ours to wait for.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  atexit([] { rmdir((kRoot + kName).c_str()); });
  TestStates();
  TestNamespace();
  return tap::Finish();
}
