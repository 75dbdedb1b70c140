// The mount of a connection: mount(2) and umount2(2), no fusermount.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "mounts/mountinfo.h"
#include "base/fd.h"

namespace procview::fuse {

/// The mount point of a connection, and how to recognise its mount again.
class Mount {
 public:
  /// Mounts the connection of `device`. EBUSY if the directory already is a procview mount.
  /// @param owner Options::owner
  void Make(int device, const std::string& directory, const std::string& fsname, uint32_t owner,
            base::Error* error);
  /// Takes over the mount of another process. ENOENT if this file system is not mounted there.
  void Adopt(const std::string& directory, const std::string& device, base::Error* error);
  /// Mounts the file system again if its mount was removed (umount(8)). A clone that is mounted nowhere keeps it alive, so
  /// containers with binds of it notice nothing. Returns false if there was nothing to do: it is mounted, possibly with
  /// another mount on top.
  bool Restore(base::Error* error);
  /// `major:minor` of the file system.
  const std::string& device() const { return entry_.device; }
  /// Detaches the mount, if the top mount of the directory is still ours. Idempotent.
  void Detach(base::Error* error);

 private:
  void CloneSpare();

  std::string path_;
  mounts::MountEntry entry_;
  base::Fd spare_;
};

}  // namespace procview::fuse
