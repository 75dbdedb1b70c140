#include "session/mount.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statfs.h>

#include <cerrno>

#include "mounts/mount-calls.h"

namespace procview::fuse {
namespace {

constexpr const char* kType = "fuse.procview";

std::string Quoted(const std::string& path) { return "'" + path + "'"; }

// A daemon that was killed leaves a mount that answers everything with ENOTCONN.
bool IsDead(const std::string& path) {
  struct statfs unused;
  return statfs(path.c_str(), &unused) < 0 && errno == ENOTCONN;
}

// Detaches the dead procview mounts on top of a directory; returns what is below them.
mounts::MountEntry ClearDead(const std::string& directory, std::string* path, base::Error* error) {
  mounts::MountEntry below = mounts::MountAt(directory, path, error);
  while (!*error && below.type == kType && below.point == *path && IsDead(*path)) {
    if (umount2(path->c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) < 0) {
      *error = {errno, "umount2", Quoted(*path)};
      return below;
    }
    below = mounts::MountAt(directory, path, error);
  }
  return below;
}

}  // namespace

void Mount::Make(int device, const std::string& directory, const std::string& fsname,
                 uint32_t owner, base::Error* error) {
  mounts::MountEntry below = ClearDead(directory, &path_, error);
  if (*error) return;
  if (below.type == kType && below.point == path_) {
    *error = {EBUSY, "mount", Quoted(path_) + " (already a procview mount)"};
    return;
  }
  std::string data = "fd=" + std::to_string(device) +
                     ",rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions";
  if (owner != 0) data += ",max_read=" + std::to_string(owner);
  if (mount(fsname.c_str(), path_.c_str(), kType, MS_NOSUID | MS_NODEV, data.c_str()) < 0) {
    *error = {errno, "mount", Quoted(path_)};
    return;
  }
  std::string canonical;
  entry_ = mounts::MountAt(path_, &canonical, error);
  CloneSpare();
}

void Mount::Adopt(const std::string& directory, const std::string& device, base::Error* error) {
  mounts::MountEntry top = mounts::MountAt(directory, &path_, error);
  if (*error) return;
  if (top.type == kType && top.device == device && top.point == path_) {
    entry_ = top;
    CloneSpare();
  } else {
    *error = {ENOENT, "mount", Quoted(path_) + " (the served file system is not mounted there)"};
  }
}

/// Without the clone (before 5.2) the connection ends with its last mount.
void Mount::CloneSpare() { spare_ = mounts::CloneTree(AT_FDCWD, path_.c_str(), false); }

bool Mount::Restore(base::Error* error) {
  if (entry_.id == 0 || !spare_) return false;
  base::Fd place(open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (place.get() < 0) {
    *error = {errno, "open", Quoted(path_)};
    return false;
  }
  base::Fd self = mounts::OpenSelf(error);
  if (*error || mounts::MountId(self.get(), place.get(), error) == entry_.id || *error) return false;
  base::Error gone;
  mounts::EntryOf(self.get(), entry_.id, &gone);
  if (!gone) return false;
  int result = mounts::PlaceTree(spare_.get(), place.get());
  if (result < 0) {
    *error = {-result, "move_mount", Quoted(path_)};
    return false;
  }
  std::string canonical;
  entry_ = mounts::MountAt(path_, &canonical, error);
  CloneSpare();
  return true;
}

void Mount::Detach(base::Error* error) {
  spare_.Reset(-EBADF);
  if (entry_.id == 0) return;
  base::Error gone;
  std::string canonical;
  mounts::MountEntry top = mounts::MountAt(path_, &canonical, &gone);
  bool ours = !gone && top.id == entry_.id && top.device == entry_.device && top.type == kType;
  entry_.id = 0;
  if (ours && umount2(path_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) < 0) {
    *error = {errno, "umount2", Quoted(path_)};
  }
}

}  // namespace procview::fuse
