// The mount itself: mount(2) and umount2(2), no fusermount.
#pragma once

#include <string>

#include "fuse/error.h"
#include "fuse/mountinfo.h"

namespace procview::fuse {

/// Where a connection is mounted, and how to recognise that mount again.
class Mount {
 public:
  /// Mounts the connection of `device`. EBUSY if the directory already is a procview mount.
  void Make(int device, const std::string& directory, const std::string& fsname, Error* error);
  /// Takes over a mount that another process has made. ENOENT if there is none of this file system.
  void Adopt(const std::string& directory, const std::string& device, Error* error);
  /// `major:minor` of the file system.
  const std::string& device() const { return entry_.device; }
  /// Detaches the mount, if what is on top of the directory still is ours. Idempotent.
  void Detach(Error* error);

 private:
  std::string path_;
  MountEntry entry_;
};

}  // namespace procview::fuse
