#include "base/beneath.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string_view>

#include "base/openat2.h"

namespace procview::base {

namespace {

std::atomic<bool> walk{getenv("PROCVIEW_WALK") != nullptr};

int Checked(int result) { return result < 0 ? -errno : result; }

bool HasDotDot(std::string_view path) {
  while (!path.empty()) {
    const size_t slash = path.find('/');
    if (path.substr(0, slash) == "..") return true;
    path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
  }
  return false;
}

int OpenAtOnce(int root, const char* path, int flags) {
  return Openat2(root, path,
                 {static_cast<uint64_t>(flags), 0,
                  kResolveBeneath | kResolveNoSymlinks | kResolveNoMagicLinks});
}

// For a link among the directories openat fails with ENOTDIR, openat2 with ELOOP.
int StepError(int at, const char* name, int error) {
  struct stat info;
  if (error == -ENOTDIR && fstatat(at, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISLNK(info.st_mode))
    return -ELOOP;
  return error;
}

int Step(int at, const std::string& name, int flags) {
  const int fd = Checked(openat(at, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
  return fd < 0 ? StepError(at, name.c_str(), fd) : fd;
}

int OpenByWalking(int root, std::string_view path, int flags) {
  int at = root;
  for (;;) {
    const size_t slash = path.find('/');
    const bool last = path.find_first_not_of('/', slash) == path.npos;
    const std::string name(path.substr(0, slash));
    // A component before a slash must be a directory, as for openat2.
    const int last_flags = slash == path.npos ? flags : flags | O_DIRECTORY;
    const int next = Step(at, name.empty() ? "." : name, last ? last_flags : O_PATH | O_DIRECTORY);
    if (at != root) close(at);
    if (next < 0 || last) return next;
    at = next;
    path.remove_prefix(path.find_first_not_of('/', slash));
  }
}

int OpenBelow(int root, const char* path, int flags) {
  if (!walk.load(std::memory_order_relaxed)) {
    const int fd = OpenAtOnce(root, path, flags);
    // EPERM: seccomp filters older than the call answer with it; the walk then finds the real error.
    if (fd != -ENOSYS && fd != -EPERM) return fd;
    if (fd == -ENOSYS) walk.store(true, std::memory_order_relaxed);
  }
  return OpenByWalking(root, path, flags);
}

}  // namespace

void ForceWalk(bool on) { walk.store(on); }

Root* Root::Of(const std::string& path) {
  static std::mutex mutex;
  static auto* roots = new std::map<std::string, std::unique_ptr<Root>>;
  const std::lock_guard lock(mutex);
  std::unique_ptr<Root>& root = (*roots)[path];
  if (!root) root.reset(new Root(path));
  return root.get();
}

int Root::Descriptor() {
  const std::lock_guard lock(mutex_);
  if (fd_ < 0) {
    const int fd = Checked(open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (fd < 0) return fd;
    fd_ = fd;
  }
  return fd_;
}

// Opens the path again if it names another directory now: one that was mounted or created again. dup3 keeps the number, so
// that threads that use it are not disturbed.
bool Root::Renew() {
  const std::lock_guard lock(mutex_);
  struct stat now, then;
  if (stat(path_.c_str(), &now) != 0 || fstat(fd_, &then) != 0) return false;
  // A new directory may get the inode number of the removed one, which then has no links.
  if (now.st_dev == then.st_dev && now.st_ino == then.st_ino && then.st_nlink > 0) return false;
  const int fd = open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool renewed = dup3(fd, fd_, O_CLOEXEC) >= 0;
  close(fd);
  return renewed;
}

int Root::Open(const char* path, int flags) {
  while (*path == '/') path++;
  // The walk could open longer paths than openat2.
  if (strlen(path) >= PATH_MAX) return -ENAMETOOLONG;
  if (HasDotDot(path)) return -EXDEV;
  const int root = Descriptor();
  if (root < 0) return root;
  const char* relative = *path ? path : ".";
  const int fd = OpenBelow(root, relative, flags | O_CLOEXEC);
  return fd == -ENOENT && Renew() ? OpenBelow(root, relative, flags | O_CLOEXEC) : fd;
}

}  // namespace procview::base
