#include "mounts/mount-calls.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>

namespace procview::mounts {
namespace {

// One number on all architectures (alpha aside).
constexpr long kOpenTree = 428;
constexpr long kMoveMount = 429;
constexpr long kMountSetattr = 442;

// include/uapi/linux/mount.h, include/uapi/linux/fcntl.h
constexpr unsigned kClone = 0x1;
constexpr unsigned kRecursive = 0x8000;
constexpr unsigned kFromEmptyPath = 0x04;
constexpr unsigned kToEmptyPath = 0x40;

struct MountAttributes {
  uint64_t set;
  uint64_t clear;
  uint64_t propagation;
  uint64_t user_namespace;
};

std::atomic<bool> force_mount{false};

int Checked(long result) { return result < 0 ? -errno : static_cast<int>(result); }

/// Flags that have one number everywhere: here, in mount(2) and in statfs(2).
constexpr uint64_t kSameFlags = kReadOnly | kNoSuid | kNoDev | kNoExec;

/// Flags as mount(2) takes them.
unsigned long ForMount(uint64_t flags) {
  const unsigned long no_diratime = (flags & kNoDirAtime) != 0 ? MS_NODIRATIME : 0;
  return (flags & kSameFlags) | no_diratime;
}

}  // namespace

base::Fd CloneTree(int at, const char* path, bool all) {
  const unsigned flags = kClone | O_CLOEXEC | AT_EMPTY_PATH | (all ? kRecursive : 0);
  return base::Fd(Checked(syscall(kOpenTree, at, path, flags)));
}

int PlaceTree(int tree, int target) {
  return Checked(syscall(kMoveMount, tree, "", target, "", kFromEmptyPath | kToEmptyPath));
}

int SealTree(int tree, Flags flags, bool all) {
  if (force_mount.load(std::memory_order_relaxed)) return -ENOSYS;
  const MountAttributes attributes{flags.set, flags.clear, MS_PRIVATE, 0};
  const unsigned at = AT_EMPTY_PATH | (all ? kRecursive : 0);
  return Checked(syscall(kMountSetattr, tree, "", at, &attributes, sizeof attributes));
}

// A remount replaces all flags, so it must name the flags that the mount keeps.
int SealPlaced(int tree, Flags flags) {
  struct statfs now;
  if (fstatfs(tree, &now) < 0) return -errno;
  const uint64_t kept = static_cast<uint64_t>(now.f_flags) & kSameFlags & ~flags.clear;
  const std::string path = std::to_string(tree);
  const int error = Checked(mount(nullptr, path.c_str(), nullptr, MS_PRIVATE, nullptr));
  if (error < 0) return error;
  const unsigned long how = MS_REMOUNT | MS_BIND | ForMount(flags.set | kept);
  return Checked(mount(nullptr, path.c_str(), nullptr, how, nullptr));
}

void ForceMount(bool on) { force_mount.store(on); }

}  // namespace procview::mounts
