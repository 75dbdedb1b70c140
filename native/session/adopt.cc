#include "session/adopt.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "fuse/abi.h"

namespace procview::fuse {
namespace {

/// Replies to an INTERRUPT carry the interrupted request's `unique` with this bit (since 4.20).
constexpr uint64_t kInterruptBit = 1;

bool IsAlive(int fd) {
  pollfd state{fd, 0, 0};
  return poll(&state, 1, 0) == 0;
}

}  // namespace

std::string DescriptorName(uint64_t connection, uint32_t number) {
  char name[64];
  std::snprintf(name, sizeof(name), "procview-%llx-%u", static_cast<unsigned long long>(connection),
                number);
  return name;
}

std::vector<base::Fd> DescriptorsOf(uint64_t connection, std::vector<Inherited>* inherited) {
  std::vector<base::Fd> found;
  for (;;) {
    std::string name = DescriptorName(connection, static_cast<uint32_t>(found.size()));
    auto is = [&name](const Inherited& each) { return each.name == name; };
    auto next = std::find_if(inherited->begin(), inherited->end(), is);
    if (next == inherited->end() || !IsAlive(next->descriptor.get())) return found;
    found.push_back(std::move(next->descriptor));
    inherited->erase(next);
  }
}

/// Sends an empty reply to an INTERRUPT of the request. No INTERRUPT was necessary: the kernel ignores the reply, but
/// refuses it with ENOENT if there is no such request.
bool IsAwaited(int fd, uint64_t unique) {
  OutHeader probe{sizeof(OutHeader), 0, unique | kInterruptBit};
  return write(fd, &probe, sizeof(probe)) == sizeof(probe);
}

bool Resend(int fd) {
  OutHeader notification{sizeof(OutHeader), kNotifyResend, 0};
  return write(fd, &notification, sizeof(notification)) == sizeof(notification);
}

}  // namespace procview::fuse
