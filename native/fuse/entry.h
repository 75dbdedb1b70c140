// What LOOKUP and READDIRPLUS tell of a node.
#pragma once

#include "fuse/dispatch.h"

namespace procview::fuse {

/// As it is in the static tree: the kernel may keep it.
EntryOut EntryOf(Dispatcher& dispatcher, const Known& known);

}  // namespace procview::fuse
