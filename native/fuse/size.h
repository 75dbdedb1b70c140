// The size of a file: 0 for stat(2), as in /proc, but not for splice(2).
//
// Since 6.5 the kernel takes splice and sendfile through the page cache even if a file is open for
// direct I/O, and gives up at its inode's size: at once, if that is 0. busybox's `cat` would print
// nothing. So the inode gets a size (1 MiB) with LOOKUP. For that the kernel sends a
// READ, which we refuse (see Read), and such programs then use read(2).
//
// To show 0 all the same, we notify an empty store beyond the end. It moves the version of the
// inode's attributes and makes its size, and nothing else, unknown: stat then asks with GETATTR,
// open does not. The size in our reply is older than the version, so it is shown but not stored.
// Only a stat between LOOKUP and the first OPEN or GETATTR shows 1 MiB.
//
// In dynamic directories none of this is needed: files of /sys have 4096 for stat as well.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "fuse/tree.h"

namespace procview::fuse {

class Dispatcher;

/// For each node whether the kernel has stored its size.
using Sizes = std::vector<std::atomic<bool>>;

/// Whether the size of this node must be hidden: it is a file as in /proc, and the kernel is 6.2 or later.
bool SizeHidden(Dispatcher& dispatcher, const Known& known);

/// The size for replies to LOOKUP and SETATTR, which the kernel stores.
uint64_t SplicedSize(Dispatcher& dispatcher, const Known& known);

/// The size for replies to GETATTR.
uint64_t ShownSize(const Known& known);

/// Makes the kernel drop the size it has stored. The notification takes no lock that a READ in flight might hold.
void HideSize(Dispatcher& dispatcher, const Known& known);

/// The same, once after each `SplicedSize`.
void HideSizeOnOpen(Dispatcher& dispatcher, const Known& known);

}  // namespace procview::fuse
