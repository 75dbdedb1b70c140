// Mounts, from procfs alone, without a request to the mounted file systems: stat(2) on the daemon's own mount hangs while
// no thread serves it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/error.h"

namespace procview::mounts {

/// The fields of one line of /proc/<pid>/mountinfo, as the kernel prints them. Documentation/filesystems/proc.rst (3.5).
struct MountLine {
  uint64_t id = 0;
  uint64_t parent = 0;
  /// `major:minor` of the file system.
  std::string_view device;
  /// Part of the file system that is mounted, with escapes.
  std::string_view root;
  /// With escapes.
  std::string_view point;
  /// Of the mount, separated by commas.
  std::string_view options;
  /// `shared:N`, `master:N`, ..., separated by blanks.
  std::string_view propagation;
  std::string_view type;
  /// Of the file system, separated by commas.
  std::string_view super_options;
};

/// A mount that this process uses.
struct MountEntry {
  uint64_t id = 0;
  /// `major:minor` of the file system.
  std::string device;
  std::string point;
  std::string type;
};

/// Decodes the kernel's escapes: blank, tab, newline and backslash as `\` and three octal digits.
std::string UnescapePath(std::string_view text);

/// False if the line is malformed. The fields point into `line`.
bool ParseMountLine(std::string_view line, MountLine* fields);

/// All well-formed lines of a text, in its order. The fields point into `text`.
std::vector<MountLine> ParseMountinfo(std::string_view text);

/// /proc/thread-self, which stays the directory of the calling thread when it enters other namespaces.
base::Fd OpenSelf(base::Error* error);

/// Id of the mount that a descriptor is on (since 3.15). `self` is what OpenSelf returned.
uint64_t MountId(int self, int fd, base::Error* error);

/// A mount by its id, as long as it can be reached from the thread's root.
MountEntry EntryOf(int self, uint64_t id, base::Error* error);

/// The topmost mount that holds `path`, and the path without symbolic links. Fails if it is not a
/// directory.
MountEntry MountAt(const std::string& path, std::string* canonical, base::Error* error);

}  // namespace procview::mounts
