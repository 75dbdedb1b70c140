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

namespace procview::base {

namespace {

/// Null, and an error, if that fails.
char* Map(void* at, int fd, size_t bytes, int flags, Error* error) {
  void* data = mmap(at, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
  if (data != MAP_FAILED) return static_cast<char*>(data);
  *error = {errno, "mmap", "a file"};
  return nullptr;
}

/// Only this process can have put such a file at the path.
bool IsOwn(const struct stat& info) {
  return info.st_uid == geteuid() && info.st_nlink == 1 && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/// Gives a new file its size. Another size is never changed: other processes may have mapped the file, and pages behind
/// its end are SIGBUS.
void Claim(int fd, size_t bytes, Error* error) {
  struct stat info{};
  const auto size = static_cast<off_t>(bytes);
  if (fstat(fd, &info) != 0) *error = {errno, "fstat", ""};
  else if (!S_ISREG(info.st_mode)) *error = {ENOTSUP, "fstat", ""};
  else if (!IsOwn(info)) *error = {EPERM, "fstat", ""};
  else if (info.st_size == 0 && ftruncate(fd, size) != 0) *error = {errno, "ftruncate", ""};
  else if (info.st_size != 0 && info.st_size != size) *error = {ERANGE, "fstat", ""};
}

/// By path. Never destroyed: the locks end with the process.
struct Locks {
  std::mutex mutex;
  std::unordered_map<std::string, Fd> held;
};

Locks& AllLocks() {
  static Locks* locks = new Locks;
  return *locks;
}

}  // namespace

MappedFile::MappedFile(Fd file, char* data, size_t size) : file_(std::move(file)), data_(data), size_(size) {}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : file_(std::move(other.file_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_) munmap(data_, size_);
}

MappedFile MappedFile::Shared(Fd file, size_t bytes, Error* error) {
  char* const data = Map(nullptr, file.get(), bytes, MAP_SHARED, error);
  return {std::move(file), data, bytes};
}

// Zeros first, the file over them: to read behind the end of a shorter file would be SIGBUS otherwise.
MappedFile MappedFile::Copy(Fd file, size_t bytes, Error* error) {
  struct stat info{};
  if (fstat(file.get(), &info) != 0) {
    *error = {errno, "fstat", ""};
    return {};
  }
  MappedFile zeros = Anonymous(bytes, error);
  const size_t length = std::min(bytes, static_cast<size_t>(info.st_size));
  if (zeros && length > 0) Map(zeros.data_, file.get(), length, MAP_PRIVATE | MAP_FIXED, error);
  return *error ? MappedFile() : std::move(zeros);
}

MappedFile MappedFile::Anonymous(size_t bytes, Error* error) {
  return {Fd(), Map(nullptr, -1, bytes, MAP_PRIVATE | MAP_ANONYMOUS, error), bytes};
}

MappedFile MapFile(const char* path, size_t bytes, MapMode mode, Error* error) {
  const int flags = mode == MapMode::copy ? O_RDONLY : O_RDWR | O_CREAT;
  Fd fd(open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!fd) {
    *error = {errno, "open", path};
    return {};
  }
  if (mode == MapMode::copy) return MappedFile::Copy(std::move(fd), bytes, error);
  const bool lock = mode == MapMode::exclusive;
  if (lock && flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    *error = {errno, "flock", path};
    return {};
  }
  Claim(fd.get(), bytes, error);
  MappedFile mapped;
  if (!*error) mapped = MappedFile::Shared(std::move(fd), bytes, error);
  if (!lock) {
    // The mapping needs no descriptor, which would stay open until the buffer is collected.
    mapped.ReleaseFile();
    return mapped;
  }
  // The lock belongs to the open file, which stays open when the mapping ends, and when the file is refused: only the
  // process that has the lock sets such a file aside.
  Locks& locks = AllLocks();
  const std::lock_guard guard(locks.mutex);
  locks.held[path] = fd ? std::move(fd) : mapped.ReleaseFile();
  return mapped;
}

void UnlockFile(const char* path) {
  Locks& locks = AllLocks();
  const std::lock_guard guard(locks.mutex);
  auto held = locks.held.find(path);
  if (held == locks.held.end()) return;
  // To close it would not be enough: the mapping keeps the file open.
  flock(held->second.get(), LOCK_UN);
  locks.held.erase(held);
}

}  // namespace procview::base
