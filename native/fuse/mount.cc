#include "fuse/mount.h"

#include <sys/mount.h>
#include <sys/statfs.h>

#include <cerrno>

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
MountEntry ClearDead(const std::string& directory, std::string* path, Error* error) {
  MountEntry below = MountAt(directory, path, error);
  while (!*error && below.type == kType && below.point == *path && IsDead(*path)) {
    if (umount2(path->c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) < 0) {
      *error = {errno, "umount2", Quoted(*path)};
      return below;
    }
    below = MountAt(directory, path, error);
  }
  return below;
}

}  // namespace

void Mount::Make(int device, const std::string& directory, const std::string& fsname,
                 Error* error) {
  MountEntry below = ClearDead(directory, &path_, error);
  if (*error) return;
  if (below.type == kType && below.point == path_) {
    *error = {EBUSY, "mount", Quoted(path_) + " (already a procview mount)"};
    return;
  }
  std::string data = "fd=" + std::to_string(device) +
                     ",rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions";
  if (mount(fsname.c_str(), path_.c_str(), kType, MS_NOSUID | MS_NODEV, data.c_str()) < 0) {
    *error = {errno, "mount", Quoted(path_)};
    return;
  }
  std::string canonical;
  entry_ = MountAt(path_, &canonical, error);
}

void Mount::Adopt(const std::string& directory, const std::string& device, Error* error) {
  MountEntry top = MountAt(directory, &path_, error);
  if (*error) return;
  if (top.type == kType && top.device == device && top.point == path_) {
    entry_ = top;
  } else {
    *error = {ENOENT, "mount", Quoted(path_) + " (what was served is not mounted there)"};
  }
}

void Mount::Detach(Error* error) {
  if (entry_.id == 0) return;
  Error gone;
  std::string canonical;
  MountEntry top = MountAt(path_, &canonical, &gone);
  bool ours = !gone && top.id == entry_.id && top.device == entry_.device && top.type == kType;
  entry_.id = 0;
  if (ours && umount2(path_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) < 0) {
    *error = {errno, "umount2", Quoted(path_)};
  }
}

}  // namespace procview::fuse
