// System calls that clone and place mounts. Older C libraries do not declare them.
#pragma once

#include <cstdint>

#include "base/fd.h"

namespace procview::mounts {

/// Flags of a mount, as in include/uapi/linux/mount.h.
constexpr uint64_t kReadOnly = 0x01;
constexpr uint64_t kNoSuid = 0x02;
constexpr uint64_t kNoDev = 0x04;
constexpr uint64_t kNoExec = 0x08;
constexpr uint64_t kNoDirAtime = 0x80;

/// Clones the mount that `path` is on, from there on down; with all that is mounted below if asked. An
/// empty path is `at` itself. The clone ends with its descriptor, unless it is placed. Since 5.2. A
/// descriptor or a negative errno.
base::Fd CloneTree(int at, const char* path, bool all);

/// Puts a clone where `target` is. 0 or a negative errno.
int PlaceTree(int tree, int target);

/// Flags that a mount gets, and flags that it loses.
struct Flags {
  uint64_t set = 0;
  uint64_t clear = 0;
};

/// Changes flags of a clone, or of all mounts in it, and ends their propagation. Since 5.12: ENOSYS before.
int SealTree(int tree, Flags flags, bool all);

/// The same by mount(2), for the topmost mount of a clone that has been placed in the thread's
/// namespace. The working directory must be /proc/thread-self/fd.
int SealPlaced(int tree, Flags flags);

/// Makes SealTree fail as before 5.12. For tests.
void ForceMount(bool on);

}  // namespace procview::mounts
