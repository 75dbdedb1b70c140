#pragma once

#include <string>

#include "sample/threads.h"

namespace procview::sample {

/**
 * Counts the tasks of one cgroup v1 directory, without those below it, in the kernel: CGROUPSTATS
 * (Documentation/accounting/cgroupstats.rst; cgroupstats_build in kernel/cgroup/cgroup-v1.c). Total and
 * highest are those of its `tasks` file. Returns 0 or a negative errno; -EINVAL on v2.
 *
 * The kernel compares whole state words, so it counts as uninterruptible only plain D, and as waiting
 * for I/O only what is in none of the four plain states and in iowait (before 5.14: as delay accounting
 * says, if that is on). Not counted anywhere: killable waits that are no block I/O (the parent of a
 * vfork, a hanging NFS server), which top shows as D, and since 6.1 the sleepers that may be frozen,
 * nearly all; so the sum of its counters is no total.
 */
int CgroupStats(const std::string& root, const char* path, TaskCounts& counts);

}  // namespace procview::sample
