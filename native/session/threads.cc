#include "session/threads.h"

#include <csignal>

namespace procview::fuse {
namespace {

constexpr std::chrono::milliseconds kRepeat(1);

/// A real-time signal that the C library and Node do not use.
int Signal() { return SIGRTMIN + 6; }

void Ignore(int) {}

void InstallHandler() {
  struct sigaction action{};
  action.sa_handler = Ignore;
  sigaction(Signal(), &action, nullptr);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, Signal());
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace

bool Threads::Add() {
  std::lock_guard lock(mutex_);
  if (stopping()) return false;
  InstallHandler();
  serving_.push_back(pthread_self());
  return true;
}

void Threads::Remove() {
  std::lock_guard lock(mutex_);
  std::erase_if(serving_, [](pthread_t thread) { return pthread_equal(thread, pthread_self()); });
  removed_.notify_all();
}

bool Threads::Stop(std::chrono::milliseconds limit) {
  auto deadline = std::chrono::steady_clock::now() + limit;
  std::unique_lock lock(mutex_);
  stopping_.store(true, std::memory_order_release);
  while (SignalOthers() > 0) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    removed_.wait_for(lock, kRepeat);
  }
  return true;
}

size_t Threads::SignalOthers() {
  size_t count = 0;
  for (pthread_t thread : serving_) {
    if (pthread_equal(thread, pthread_self())) continue;
    pthread_kill(thread, Signal());
    count++;
  }
  return count;
}

}  // namespace procview::fuse
