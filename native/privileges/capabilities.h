// Drops capabilities, capabilities(7).
#pragma once

#include <cstdint>

namespace procview::privileges {

/// A set of capabilities, one bit for each number.
using Capabilities = uint64_t;

/// Leaves the calling thread, and those that it will start, no more than `keep`, whatever they execute
/// (no_new_privs). This cannot be undone. Returns 0 or a negative errno.
int Narrow(Capabilities keep);

/// The same for all threads of the process. -ETIMEDOUT: a thread does not respond.
int NarrowAll(Capabilities keep);

}  // namespace procview::privileges
