// Whole files, links and directories, for everything that is not sampled.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace procview::base {

/// Reads a file to its end. Returns the length or a negative errno; -EFBIG if there is more than `size`.
long ReadFile(const char* path, char* into, size_t size);

/// The whole file in the thread's buffer (see Buffer::Bytes): its length or a negative errno.
long ReadText(const char* path);

/// Inode number of a file or directory; 0 if there is none.
uint64_t InodeOf(const char* path);

/// Target of a symbolic link, also of procfs' magic ones: 0 or a negative errno.
int ReadLink(const char* path, std::string& target);

// Beneath `root`, without following any link: nothing outside it can be read.

/// Reads a file to its end, as ReadFile does.
long ReadFileBeneath(const std::string& root, const char* path, char* into, size_t size);

/// Target of a symbolic link: 0 or a negative errno.
int ReadLinkBeneath(const std::string& root, const char* path, std::string& target);

/// Type and permission bits of a file, directory or link, or a negative errno.
int ModeBeneath(const std::string& root, const char* path);

struct DirectoryEntry {
  std::string name;
  uint64_t inode;
};

/// Entries of a directory beneath `root`, in the kernel's order: 0 or a negative errno.
int ReadDirectory(const std::string& root, const char* path, bool directories_only,
                  std::vector<DirectoryEntry>& entries);

}  // namespace procview::base
