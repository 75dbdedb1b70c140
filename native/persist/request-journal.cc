#include "persist/request-journal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "session/channel.h"

namespace procview::fuse {
namespace {

constexpr uint32_t kVersion = 1;
constexpr size_t kHead = 4096;
constexpr size_t kBytes = kHead + Journal::kSlots * kRequestSize;
/// All but SETXATTR fit into this; a request that does not is copied in all the same.
constexpr size_t kUsual = 8192;

base::Fd OpenFile(const std::string& path, base::Error* error) {
  base::Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  struct stat info{};
  if (!file || fstat(file.get(), &info) < 0) {
    *error = {errno, "open", path};
  } else if (!S_ISREG(info.st_mode)) {
    *error = {EINVAL, "open", path + " (not a file)"};
  } else if (info.st_size < static_cast<off_t>(kBytes) && ftruncate(file.get(), kBytes) < 0) {
    *error = {errno, "ftruncate", path};
  }
  return file;
}

}  // namespace

std::unique_ptr<Journal> Journal::Open(const std::string& path, base::Error* error) {
  base::MappedFile file;
  if (path.empty()) {
    file = base::MappedFile::Anonymous(kBytes, error);
  } else {
    base::Fd opened = OpenFile(path, error);
    if (!*error) file = base::MappedFile::Shared(std::move(opened), kBytes, error);
  }
  // The mapping stays without its descriptor.
  file.ReleaseFile();
  return *error ? nullptr : std::unique_ptr<Journal>(new Journal(std::move(file)));
}

uint64_t Journal::connection() const { return head_->connection; }

std::string Journal::device() const {
  return {head_->device, strnlen(head_->device, sizeof(head_->device))};
}

bool Journal::readable() const { return head_->version == kVersion; }

void Journal::Relay() {
  for (uint32_t i = 0; i < kSlots; i++) Empty(static_cast<int>(i));
  head_->version = kVersion;
}

void Journal::Clear() {
  head_->connection = 0;
  Relay();
}

/// The number comes last: who finds one finds everything.
void Journal::Name(uint64_t connection, const std::string& device) {
  std::memset(head_->device, 0, sizeof(head_->device));
  device.copy(head_->device, sizeof(head_->device) - 1);
  head_->connection = connection;
}

/// The pages must be there before the kernel writes to them: it would not wait for one in a thread
/// that is being killed, and the request would end with EIO.
int Journal::Take(uint32_t descriptor) {
  std::lock_guard lock(mutex_);
  for (uint32_t i = 0; i < kSlots; i++) {
    if (taken_[i]) continue;
    taken_[i] = true;
    int slot = static_cast<int>(i);
    Empty(slot);
    mlock(buffer(slot), kUsual);
    head_->slots[i].descriptor = descriptor;
    return slot;
  }
  return -1;
}

void Journal::Give(int slot) {
  std::lock_guard lock(mutex_);
  Empty(slot);
  munlock(buffer(slot), kUsual);
  taken_[slot] = false;
}

char* Journal::buffer(int slot) const {
  return reinterpret_cast<char*>(head_) + kHead + static_cast<size_t>(slot) * kRequestSize;
}

void Journal::Empty(int slot) {
  head_->slots[slot].unique = 0;
  head_->slots[slot].deaths = 0;
  std::memset(buffer(slot), 0, sizeof(InHeader));
}

std::string_view Journal::frame(int slot) const {
  InHeader header;
  std::memcpy(&header, buffer(slot), sizeof(header));
  bool whole = header.len >= sizeof(header) && header.len <= kRequestSize && header.unique != 0;
  return whole ? std::string_view(buffer(slot), header.len) : std::string_view();
}

uint32_t Journal::descriptor(int slot) const { return head_->slots[slot].descriptor; }

std::vector<int> Journal::Leftovers(const Awaited& awaited) {
  std::lock_guard lock(mutex_);
  std::vector<int> left;
  for (uint32_t i = 0; i < kSlots; i++) {
    int slot = static_cast<int>(i);
    InHeader header{};
    if (!frame(slot).empty()) std::memcpy(&header, buffer(slot), sizeof(header));
    taken_[i] = header.unique != 0 && awaited(descriptor(slot), header.unique);
    if (taken_[i]) left.push_back(slot);
    else Empty(slot);
  }
  return left;
}

bool Journal::Dare(int slot) {
  InHeader header;
  std::memcpy(&header, buffer(slot), sizeof(header));
  Slot& of = head_->slots[slot];
  if (of.unique != header.unique) of.deaths = 0;
  of.unique = header.unique;
  return ++of.deaths <= kMostDeaths;
}

}  // namespace procview::fuse
