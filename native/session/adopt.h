// Takes over a connection that another process has served.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/error.h"

namespace procview::fuse {

/// A descriptor and its name in a descriptor store (DescriptorName).
struct Inherited {
  std::string name;
  base::Fd descriptor;
};

/// The name of a connection's descriptor of this number. It contains the connection, because a store may still have
/// descriptors of another one.
std::string DescriptorName(uint64_t connection, uint32_t number);

/// Removes the descriptors of this connection from `inherited` and returns them, in order. Returns none if the first is
/// missing or the connection has ended.
std::vector<base::Fd> DescriptorsOf(uint64_t connection, std::vector<Inherited>* inherited);

/// True if the kernel waits for the reply to a request that was read from this descriptor.
bool IsAwaited(int fd, uint64_t unique);

/// Makes the kernel send all unanswered requests again. Returns false before 6.9.
bool Resend(int fd);

}  // namespace procview::fuse
