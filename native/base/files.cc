#include "base/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <memory>
#include <string_view>

#include "base/buffer.h"
#include "base/fd.h"
#include "base/beneath.h"

namespace procview::base {

namespace {

Fd OpenFile(const char* path) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  return Fd(fd < 0 ? -errno : fd);
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

// cgroup file systems set d_type; for some others only stat has the type.
bool IsDirectory(DIR* directory, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat info;
  return fstatat(dirfd(directory), entry.d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(info.st_mode);
}

int ReadLinkAt(int at, const char* path, std::string& target) {
  target.resize(PATH_MAX);
  const ssize_t length = readlinkat(at, path, target.data(), target.size());
  if (length < 0) return -errno;
  if (static_cast<size_t>(length) == target.size()) return -ENAMETOOLONG;
  target.resize(static_cast<size_t>(length));
  return 0;
}

bool IsDots(std::string_view name) { return name == "." || name == ".."; }

// A directory has a link from its parent, one of its own, and one from each directory in it; 1 where a file system does
// not count them. Reading the names of a cgroup's files takes five times as long.
bool HasNoDirectories(int directory) {
  struct stat stat;
  return fstat(directory, &stat) == 0 && stat.st_nlink == 2;
}

}  // namespace

long ReadFile(const char* path, char* into, size_t size) {
  const Fd fd = OpenFile(path);
  return fd ? ReadInto(fd.get(), into, size) : fd.get();
}

long ReadText(const char* path) {
  const Fd fd = OpenFile(path);
  return fd ? Buffer::OfThread().Read(fd.get(), false) : fd.get();
}

uint64_t InodeOf(const char* path) {
  struct stat info;
  return stat(path, &info) == 0 ? info.st_ino : 0;
}

int ReadLink(const char* path, std::string& target) { return ReadLinkAt(AT_FDCWD, path, target); }

long ReadFileBeneath(const std::string& root, const char* path, char* into, size_t size) {
  const Fd fd(Root::Of(root)->Open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  return fd ? ReadInto(fd.get(), into, size) : fd.get();
}

int ReadLinkBeneath(const std::string& root, const char* path, std::string& target) {
  const Fd fd(Root::Of(root)->Open(path, O_PATH | O_NOFOLLOW));
  return fd ? ReadLinkAt(fd.get(), "", target) : fd.get();
}

int ModeBeneath(const std::string& root, const char* path) {
  const Fd fd(Root::Of(root)->Open(path, O_PATH | O_NOFOLLOW));
  struct stat info;
  if (!fd) return fd.get();
  return fstat(fd.get(), &info) < 0 ? -errno : static_cast<int>(info.st_mode);
}

int ReadDirectory(const std::string& root, const char* path, bool directories_only,
                  std::vector<DirectoryEntry>& entries) {
  Fd fd(Root::Of(root)->Open(path, O_RDONLY | O_DIRECTORY));
  if (!fd) return fd.get();
  if (directories_only && HasNoDirectories(fd.get())) return 0;
  const Directory directory(fdopendir(fd.get()));
  if (!directory) return -errno;
  fd.Release();
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(directory.get());
    if (!entry) return -errno;
    if (IsDots(entry->d_name)) continue;
    if (!directories_only || IsDirectory(directory.get(), *entry))
      entries.push_back({entry->d_name, entry->d_ino});
  }
}

}  // namespace procview::base
