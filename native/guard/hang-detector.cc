#include "guard/hang-detector.h"

#include <pthread.h>
#include <unistd.h>

#include <string>

#include "base/files.h"
#include "base/threads.h"

namespace procview::fuse {
namespace {

/// In 50 ms a thread that computes and has a CPU uses nearly all of them.
constexpr int64_t kComputingTime = 25'000'000;

int64_t CpuTime(clockid_t clock) {
  timespec used{};
  clock_gettime(clock, &used);
  return used.tv_sec * 1'000'000'000LL + used.tv_nsec;
}

/// Whether the thread runs or waits for a CPU. Takes no lock that a cgroup operation holds.
bool IsRunnable(pid_t thread) {
  char text[1024];
  const std::string path = "/proc/self/task/" + std::to_string(thread) + "/stat";
  const long length = base::ReadFile(path.c_str(), text, sizeof(text));
  return length > 0 && base::StateOf({text, static_cast<size_t>(length)}) == 'R';
}

}  // namespace

HangDetector::HangDetector(GuardedRenderer* renderer) : renderer_(renderer), thread_(gettid()) {
  pthread_getcpuclockid(pthread_self(), &clock_);
}

void HangDetector::Check() {
  const uint64_t call = renderer_->Call();
  if (call == 0 || call != call_) {
    call_ = call;
    weight_ = 0;
    if (call != 0) cpu_time_ = CpuTime(clock_);
    return;
  }
  if (!Hangs()) weight_ += WeightOfState();
}

HangDetector::Weight HangDetector::WeightOfState() {
  const int64_t used = CpuTime(clock_);
  const bool computes = used - cpu_time_ >= kComputingTime;
  cpu_time_ = used;
  if (computes) return kComputing;
  return IsRunnable(thread_) ? kWaiting : kAsleep;
}

}  // namespace procview::fuse
