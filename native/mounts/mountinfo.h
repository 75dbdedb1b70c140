// What is mounted where, asked without a request to any mounted file system: stat(2) on our own
// mount waits for ever while nobody serves it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/error.h"

namespace procview::mounts {

/// One line of /proc/<pid>/mountinfo.
struct MountEntry {
  uint64_t id = 0;
  /// `major:minor` of the file system.
  std::string device;
  std::string point;
  std::string type;
};

/// Undoes the kernel's escapes: blank, tab, newline and backslash as `\` and three octal digits.
std::string UnescapePath(std::string_view text);

/// False if the line is malformed.
bool ParseMountLine(std::string_view line, MountEntry* entry);

/// /proc/thread-self, which stays the calling thread's whatever namespaces it enters.
base::Fd OpenSelf(base::Error* error);

/// Which mount a descriptor is on (since 3.15). `self` is what OpenSelf returned.
uint64_t MountId(int self, int fd, base::Error* error);

/// A mount by its id, as long as it can be reached from the thread's root.
MountEntry EntryOf(int self, uint64_t id, base::Error* error);

/// The topmost mount that holds `path`, and the path without symbolic links. Fails if it is not a
/// directory.
MountEntry MountAt(const std::string& path, std::string* canonical, base::Error* error);

}  // namespace procview::mounts
