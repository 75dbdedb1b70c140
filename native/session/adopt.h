// Taking over a connection that another process has served.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/error.h"

namespace procview::fuse {

/// A descriptor and what it is called in a store: DescriptorName.
struct Inherited {
  std::string name;
  base::Fd descriptor;
};

/// The name of a connection's descriptor of this number, for a store: another connection's descriptors
/// may still be in there.
std::string DescriptorName(uint64_t connection, uint32_t number);

/// The descriptors of this connection, in order, taken out of `inherited`. None if the first is missing
/// or the connection has ended.
std::vector<base::Fd> DescriptorsOf(uint64_t connection, std::vector<Inherited>* inherited);

/// True if the kernel waits for the answer to a request that was read from this very descriptor.
bool IsAwaited(int fd, uint64_t unique);

/// Asks the kernel for all that was read and not answered. False before 6.9.
bool Resend(int fd);

}  // namespace procview::fuse
