#include "base/mapped-file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/fd.h"

namespace procview::base {

namespace {

Mapping Failed(const char* syscall) { return {nullptr, errno, syscall}; }

Mapping Map(void* at, int fd, size_t bytes, int flags) {
  void* data = mmap(at, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
  return data == MAP_FAILED ? Failed("mmap") : Mapping{data};
}

// Zeros first, the file over them: reading behind the end of a file that is shorter than expected
// would be SIGBUS otherwise.
Mapping MapCopy(int fd, size_t bytes) {
  struct stat info;
  if (fstat(fd, &info) != 0) return Failed("fstat");
  const Mapping zeros = Map(nullptr, -1, bytes, MAP_PRIVATE | MAP_ANONYMOUS);
  const size_t there = std::min(bytes, static_cast<size_t>(info.st_size));
  if (!zeros.data || there == 0) return zeros;
  const Mapping copy = Map(zeros.data, fd, there, MAP_PRIVATE | MAP_FIXED);
  if (!copy.data) Unmap(zeros.data, bytes);
  return copy;
}

// What is at the path is believed only if nobody but us can have made it so.
bool IsOwn(const struct stat& info) {
  return info.st_uid == geteuid() && info.st_nlink == 1 && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// A file that is new gets its size. Another size is never changed: others may have it mapped, and pages
// behind the end are SIGBUS.
Mapping Claim(int fd, size_t bytes) {
  struct stat info;
  if (fstat(fd, &info) != 0) return Failed("fstat");
  if (!S_ISREG(info.st_mode)) return {nullptr, ENOTSUP, "fstat"};
  if (!IsOwn(info)) return {nullptr, EPERM, "fstat"};
  const auto size = static_cast<off_t>(bytes);
  if (info.st_size == 0 && ftruncate(fd, size) != 0) return Failed("ftruncate");
  if (info.st_size != 0 && info.st_size != size) return {nullptr, ERANGE, "fstat"};
  return Map(nullptr, fd, bytes, MAP_SHARED);
}

/// By path. Never destroyed: they end with the process.
struct Locks {
  std::mutex mutex;
  std::unordered_map<std::string, Fd> held;
};

Locks& AllLocks() {
  static Locks* locks = new Locks;
  return *locks;
}

Mapping MapShared(const char* path, Fd fd, size_t bytes, bool lock) {
  if (lock && flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return Failed("flock");
  Mapping mapping = Claim(fd.get(), bytes);
  if (!lock) return mapping;
  // The lock belongs to the open file, which stays open also when the mapping goes, and when it is none of
  // ours, so that only one sets it aside.
  Locks& locks = AllLocks();
  std::lock_guard guard(locks.mutex);
  locks.held[path] = std::move(fd);
  return mapping;
}

}  // namespace

Mapping MapFile(const char* path, size_t bytes, MapMode mode) {
  const int flags = mode == MapMode::copy ? O_RDONLY : O_RDWR | O_CREAT;
  Fd fd(open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!fd) return Failed("open");
  if (mode == MapMode::copy) return MapCopy(fd.get(), bytes);
  return MapShared(path, std::move(fd), bytes, mode == MapMode::exclusive);
}

void UnlockFile(const char* path) {
  Locks& locks = AllLocks();
  std::lock_guard guard(locks.mutex);
  auto held = locks.held.find(path);
  if (held == locks.held.end()) return;
  // Closing would not do: the mapping keeps the file open.
  flock(held->second.get(), LOCK_UN);
  locks.held.erase(held);
}

void Unmap(void* data, size_t bytes) { munmap(data, bytes); }

}  // namespace procview::base
