#include "guard/hang-detector.h"

#include <pthread.h>
#include <unistd.h>

#include <string>

#include "base/files.h"
#include "base/threads.h"

namespace procview::fuse {
namespace {

/// In 50 ms a thread that computes and has its CPU gets nearly all of them.
constexpr int64_t kShare = 25'000'000;

int64_t Used(clockid_t clock) {
  timespec used{};
  clock_gettime(clock, &used);
  return used.tv_sec * 1'000'000'000LL + used.tv_nsec;
}

/// Whether it runs, or would if it had a CPU. Takes no lock that a cgroup operation holds.
bool IsRunnable(pid_t thread) {
  char text[1024];
  const std::string path = "/proc/self/task/" + std::to_string(thread) + "/stat";
  const long length = base::ReadFile(path.c_str(), text, sizeof(text));
  return length > 0 && base::StateOf({text, static_cast<size_t>(length)}) == 'R';
}

}  // namespace

Patience::Patience(Desk* desk) : desk_(desk), thread_(gettid()) {
  pthread_getcpuclockid(pthread_self(), &clock_);
}

void Patience::Look() {
  const uint64_t call = desk_->Call();
  if (call == 0 || call != call_) {
    call_ = call;
    count_ = 0;
    asked_ = false;
    if (call != 0) used_ = Used(clock_);
    return;
  }
  if (count_ < kLost) count_ += Weigh();
}

Patience::Weight Patience::Weigh() {
  const int64_t used = Used(clock_);
  const bool running = used - used_ >= kShare;
  used_ = used;
  if (running) return kRunning;
  return IsRunnable(thread_) ? kStarved : kAsleep;
}

bool Patience::Ends() {
  if (asked_ || count_ < kShort) return false;
  asked_ = true;
  return true;
}

}  // namespace procview::fuse
