#include "privileges/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace procview::privileges {

int Narrow(Capabilities keep) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -errno;
  if (syscall(SYS_capget, &header, data) < 0) return -errno;
  for (int word = 0; word < 2; word++) {
    data[word].permitted &= static_cast<uint32_t>(keep >> 32 * word);
    data[word].effective = data[word].permitted;
    data[word].inheritable = 0;
  }
  // What is not inheritable cannot be ambient.
  return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

}  // namespace procview::privileges
