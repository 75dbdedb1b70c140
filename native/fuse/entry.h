// The reply to LOOKUP for a node, also part of READDIRPLUS.
#pragma once

#include "fuse/dispatch.h"

namespace procview::fuse {

/// The entry of a node of the static tree: the kernel may cache it.
EntryOut EntryOf(Dispatcher& dispatcher, const Known& known);

}  // namespace procview::fuse
