// One request and its answer on a generic netlink socket.
#pragma once

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "sample/fd.h"

namespace procview::sample {

/// A request with one attribute, which is all that we ever send.
struct NetlinkRequest {
  uint16_t family;
  uint8_t command;
  uint16_t attribute;
  std::string_view value;
};

/// The payload of the first attribute of this type among `bytes`; null data if there is none.
std::string_view FindAttribute(std::string_view bytes, uint16_t type);

/// A socket of one thread (Documentation/userspace-api/netlink/intro.rst). No wait is longer than
/// 250 ms; after any failure the socket is new, so that a late answer is never taken for another.
class Netlink {
 public:
  /// Number of a family by its name, or a negative errno.
  int Family(const char* name);
  /// Sends and receives. `attributes` of the answer stay valid until the next call. 0 or a negative errno.
  int Ask(const NetlinkRequest& request, std::string_view& attributes);

 private:
  int Connect();
  int Send(const NetlinkRequest& request);
  int Receive(std::string_view& attributes);

  Fd fd_;
  uint32_t sequence_ = 0;
  // One page, the kernel's own bound for an answer (NLMSG_GOODSIZE).
  alignas(nlmsghdr) char buffer_[4096];
};

}  // namespace procview::sample
