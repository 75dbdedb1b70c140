// The size of a file: 0 for stat(2), as in /proc, but not for splice(2).
//
// Since 6.5 the kernel takes splice and sendfile through the page cache even if a file is open for
// direct I/O, and gives up at its inode's size: at once, if that is 0. busybox's `cat` would print
// nothing. So the inode gets a size (4096, as in /sys) with LOOKUP, for which the kernel sends a READ
// that we refuse (see Read), and then they use read(2). To show 0 all the same, an empty store beyond the
// end, which moves the inode's attribute version and makes its size, and nothing else, unknown:
// stat asks with GETATTR, open does not; and the size in our reply, being older than the version, is
// shown but not stored. Only a stat between LOOKUP and the first OPEN or GETATTR shows 4096.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "fuse/tree.h"

namespace procview::fuse {

class Dispatcher;

/// Which nodes' sizes the kernel believes to know.
using Sizes = std::vector<std::atomic<bool>>;

/// Whether all this is needed: a file, on such a kernel.
bool SizeHidden(Dispatcher& dispatcher, const Node& node);

/// The size to give to LOOKUP and SETATTR, whose replies the kernel stores.
uint64_t SplicedSize(Dispatcher& dispatcher, const Node& node);

/// Makes the kernel forget the size it shows. Takes no lock there that a READ in flight might hold.
void HideSize(Dispatcher& dispatcher, const Node& node);

/// The same, once after each `SplicedSize`.
void HideSizeOnOpen(Dispatcher& dispatcher, const Node& node);

}  // namespace procview::fuse
