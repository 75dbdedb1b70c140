// A thread that serves watches for requests where sleeping was dear, and for a bounded time. Its clock is a fake.
#include "fuse/busy-poll.h"

#include <unistd.h>

#include "tap.h"

using procview::fuse::BusyPoll;

namespace {

constexpr uint64_t kMicrosecond = 1000;
constexpr uint64_t kDear = 30 * kMicrosecond;

/// A microsecond passes whenever somebody asks.
uint64_t now = kMicrosecond;
uint64_t Tick() { return now += kMicrosecond; }

struct Pipe {
  int ends[2];
  Pipe() { OK(pipe(ends) == 0, "a pipe"); }
  ~Pipe() {
    for (int end : ends) close(end);
  }
  int reader() const { return ends[0]; }
  void Fill() { OK(write(ends[1], "x", 1) == 1, "a request"); }
};

/// How long it watched; then it slept for so long.
uint64_t Wait(BusyPoll* polling, uint64_t asleep) {
  const uint64_t start = now;
  polling->Before();
  const uint64_t watched = now - start;
  now += asleep;
  polling->After();
  return watched;
}

bool Watches(BusyPoll* polling) { return Wait(polling, 0) > 2 * kMicrosecond; }

void WhereSleepingIsCheap() {
  Pipe pipe;
  BusyPoll polling(pipe.reader(), Tick);
  OK(!Watches(&polling), "at first it sleeps at once");
  Wait(&polling, 5 * kMicrosecond);
  OK(!Watches(&polling), "and after a sleep that was short");
  Wait(&polling, 1000 * kMicrosecond);
  OK(!Watches(&polling), "or one that was long: nobody was in a hurry");
}

void WhereItIsDear() {
  Pipe pipe;
  BusyPoll polling(pipe.reader(), Tick);
  Wait(&polling, kDear);
  const uint64_t watched = Wait(&polling, 0);
  OK(watched >= BusyPoll::kLongest && watched < BusyPoll::kLongest + 5 * kMicrosecond,
     "then it watches, no longer than it may");
  OK(!Watches(&polling), "in vain: the next time it sleeps");
}

void Requests() {
  Pipe pipe;
  pipe.Fill();
  BusyPoll polling(pipe.reader(), Tick);
  Wait(&polling, kDear);
  bool quick = true;
  // What it did not sleep for says nothing of what a sleep costs.
  for (uint32_t i = 0; i < BusyPoll::kRequests; i++) quick &= Wait(&polling, kDear) <= kMicrosecond;
  OK(quick, "a request that is there already is taken at once");
  char request;
  OK(read(pipe.reader(), &request, 1) == 1, "it is taken");
  OK(!Watches(&polling), "after some requests it looks again what a sleep costs");
}

}  // namespace

int main() {
  WhereSleepingIsCheap();
  WhereItIsDear();
  Requests();
  return tap::Finish();
}
