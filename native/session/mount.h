// The mount itself: mount(2) and umount2(2), no fusermount.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "mounts/mountinfo.h"
#include "base/fd.h"

namespace procview::fuse {

/// Where a connection is mounted, and how to recognise that mount again.
class Mount {
 public:
  /// Mounts the connection of `device`. EBUSY if the directory already is a procview mount.
  /// @param owner Options::owner
  void Make(int device, const std::string& directory, const std::string& fsname, uint32_t owner,
            base::Error* error);
  /// Takes over a mount that another process has made. ENOENT if there is none of this file system.
  void Adopt(const std::string& directory, const std::string& device, base::Error* error);
  /// Mounts the file system again if its mount was taken away (umount(8)). It lives on in a clone that is
  /// mounted nowhere, and nobody who has a part of it notices. False if there was nothing to do: it is
  /// there, or beneath what somebody has mounted over it.
  bool Restore(base::Error* error);
  /// `major:minor` of the file system.
  const std::string& device() const { return entry_.device; }
  /// Detaches the mount, if what is on top of the directory still is ours. Idempotent.
  void Detach(base::Error* error);

 private:
  void KeepSpare();

  std::string path_;
  mounts::MountEntry entry_;
  base::Fd spare_;
};

}  // namespace procview::fuse
