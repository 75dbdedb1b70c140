// A thread that serves watches for requests where sleeping was dear, and for a bounded time. Its clock is a fake.
#include "session/busy-poll.h"

#include <fcntl.h>
#include <unistd.h>

#include "tap.h"

using procview::fuse::BusyPoll;
using procview::fuse::Channel;

namespace {

constexpr uint64_t kMicrosecond = 1000;
constexpr uint64_t kDear = 30 * kMicrosecond;

/// Where requests come from, the next one so long after somebody asks for the time first.
struct Device {
  int ends[2];
  Channel channel;
  uint64_t arrives = 0;
  bool sent = true;
  /// How long it was watched, and slept on.
  uint64_t watched = 0, slept = 0;

  Device() : channel(Open()) {}
  ~Device() {
    for (int end : ends) close(end);
  }
  int Open() {
    OK(pipe(ends) == 0, "a device");
    return ends[0];
  }
  bool blocks() const { return !(fcntl(ends[0], F_GETFL) & O_NONBLOCK); }
  void Send() {
    sent = true;
    if (write(ends[1], "x", 1) != 1) OK(false, "a request");
  }
};

Device* device;
uint64_t now = kMicrosecond;

/// A microsecond passes at each call; a thread that polls before it sleeps is woken by the request.
uint64_t Tick() {
  const uint64_t at = now += kMicrosecond;
  if (device->sent) return at;
  if (device->blocks()) {
    now += device->slept = device->arrives;
  } else if ((device->watched += kMicrosecond) < device->arrives) {
    return at;
  }
  device->Send();
  return at;
}

/// Waits for a request that comes so much later, 0: that is there already.
void Wait(BusyPoll* polling, uint64_t later) {
  char request;
  device->arrives = later;
  device->watched = device->slept = 0;
  device->sent = false;
  if (later == 0) device->Send();
  if (polling->Receive(&request, 1) != 1) OK(false, "it is received");
}

bool Watches(BusyPoll* polling) {
  Wait(polling, 10 * kMicrosecond);
  return device->watched > 0 && device->slept == 0;
}

void WhereSleepingIsCheap() {
  BusyPoll polling(&device->channel, Tick);
  OK(!Watches(&polling), "at first it sleeps at once");
  OK(!Watches(&polling), "and after a sleep that was short");
  Wait(&polling, 1000 * kMicrosecond);
  OK(!Watches(&polling), "or one that was long: nobody was in a hurry");
}

void WhereItIsDear() {
  BusyPoll polling(&device->channel, Tick);
  Wait(&polling, kDear);
  OK(Watches(&polling), "then it watches");
  Wait(&polling, 1000 * kMicrosecond);
  OK(device->watched >= BusyPoll::kLongest &&
         device->watched < BusyPoll::kLongest + 2 * BusyPoll::kPause,
     "no longer than it may");
  OK(!Watches(&polling), "in vain: the next time it sleeps");
}

void Requests() {
  BusyPoll polling(&device->channel, Tick);
  Wait(&polling, kDear);
  bool quick = true;
  for (uint32_t i = 0; i < BusyPoll::kRequests; i++) {
    Wait(&polling, 0);
    quick &= device->watched == 0;
  }
  OK(quick, "a request that is there already is taken at once");
  OK(!Watches(&polling), "after some requests it looks again what a sleep costs");
}

void AfterADeath() {
  BusyPoll dead(&device->channel, Tick);
  Wait(&dead, kDear);
  OK(!device->blocks(), "a descriptor that is watched does not block");
  BusyPoll next(&device->channel, Tick);
  OK(device->blocks() && !Watches(&next), "a process that takes it over sleeps");
}

}  // namespace

int main() {
  Device only;
  device = &only;
  WhereSleepingIsCheap();
  WhereItIsDear();
  Requests();
  AfterADeath();
  return tap::Finish();
}
