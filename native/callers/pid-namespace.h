#pragma once

#include <sys/types.h>

namespace procview::callers {

/// Pid, in our pid namespace, of the init of the pid namespace that `/proc/<pid>/ns/pid` names
/// (fs/nsfs.c, NS_GET_PID_FROM_PIDNS, since 6.11; older kernels: -ENOTTY). -ESRCH if it is gone or
/// not visible to us.
pid_t PidNamespaceInit(const char* path);

}  // namespace procview::callers
