#include "fuse/mount.h"

#include <sys/mount.h>

#include <cerrno>

namespace procview::fuse {
namespace {

constexpr const char* kType = "fuse.procview";

std::string Quoted(const std::string& path) { return "'" + path + "'"; }

}  // namespace

void Mount::Make(int device, const std::string& directory, const std::string& fsname,
                 Error* error) {
  MountEntry below = MountAt(directory, &path_, error);
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
