#include "sample/cgroupstats.h"

#include <fcntl.h>
#include <linux/cgroupstats.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sample/fd.h"
#include "sample/netlink.h"
#include "sample/root.h"

namespace procview::sample {

namespace {

// One socket per thread, and the family's number, which changes only with a reboot.
struct Taskstats {
  Netlink netlink;
  int family = 0;

  int Ask(int directory, cgroupstats& stats) {
    if (family <= 0) family = netlink.Family(TASKSTATS_GENL_NAME);
    if (family < 0) return family;
    const auto fd = static_cast<uint32_t>(directory);
    const std::string_view value(reinterpret_cast<const char*>(&fd), sizeof fd);
    std::string_view attributes;
    const int error = netlink.Ask({static_cast<uint16_t>(family), CGROUPSTATS_CMD_GET,
                                   CGROUPSTATS_CMD_ATTR_FD, value}, attributes);
    if (error) return error;
    const std::string_view answer = FindAttribute(attributes, CGROUPSTATS_TYPE_CGROUP_STATS);
    if (answer.size() < sizeof stats) return -EPROTO;
    memcpy(&stats, answer.data(), sizeof stats);
    return 0;
  }
};

}  // namespace

int CgroupStats(const std::string& root, const char* path, TaskCounts& counts) {
  thread_local Taskstats taskstats;
  // Not O_PATH: the kernel takes such a descriptor for none (EBADF).
  const Fd directory(Root::Of(root)->Open(path, O_RDONLY | O_DIRECTORY));
  if (!directory) return directory.get();
  cgroupstats stats;
  if (const int error = taskstats.Ask(directory.get(), stats)) return error;
  counts.running = stats.nr_running;
  counts.uninterruptible = stats.nr_uninterruptible + stats.nr_io_wait;
  const std::string list = std::string(path) + "/tasks";
  return ListThreads(root, list.c_str(), [&counts](uint64_t tid) {
    counts.total++;
    counts.highest = std::max(counts.highest, tid);
  });
}

}  // namespace procview::sample
