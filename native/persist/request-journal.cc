#include "persist/request-journal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "fuse/abi.h"

namespace procview::fuse {
namespace {

constexpr uint32_t kVersion = 1;
constexpr size_t kHead = 4096;
constexpr size_t kBytes = kHead + RequestJournal::kSlots * kRequestSize;
/// All requests but SETXATTR fit into this. Larger ones are received too, without the guarantee of ClaimSlot.
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

std::unique_ptr<RequestJournal> RequestJournal::Open(const std::string& path, base::Error* error) {
  base::MappedFile file;
  if (path.empty()) {
    file = base::MappedFile::Anonymous(kBytes, error);
  } else {
    base::Fd opened = OpenFile(path, error);
    if (!*error) file = base::MappedFile::Shared(std::move(opened), kBytes, error);
  }
  // The mapping stays without its descriptor.
  file.ReleaseFile();
  return *error ? nullptr : std::unique_ptr<RequestJournal>(new RequestJournal(std::move(file)));
}

uint64_t RequestJournal::connection() const { return head_->connection; }

std::string RequestJournal::device() const {
  return {head_->device, strnlen(head_->device, sizeof(head_->device))};
}

bool RequestJournal::readable() const { return head_->version == kVersion; }

void RequestJournal::Reset() {
  for (uint32_t i = 0; i < kSlots; i++) Empty(static_cast<int>(i));
  head_->version = kVersion;
}

void RequestJournal::Clear() {
  head_->connection = 0;
  Reset();
}

/// Writes the number last: a process that finds one finds the rest complete.
void RequestJournal::SetConnection(uint64_t connection, const std::string& device) {
  std::memset(head_->device, 0, sizeof(head_->device));
  device.copy(head_->device, sizeof(head_->device) - 1);
  head_->connection = connection;
}

/// Locks the pages into memory: in a thread that is being killed, the kernel does not wait for a page fault, and the
/// request would end with EIO.
int RequestJournal::ClaimSlot(uint32_t descriptor) {
  std::lock_guard lock(mutex_);
  for (uint32_t i = 0; i < kSlots; i++) {
    if (claimed_[i]) continue;
    claimed_[i] = true;
    int slot = static_cast<int>(i);
    Empty(slot);
    mlock(buffer(slot), kUsual);
    head_->slots[i].descriptor = descriptor;
    return slot;
  }
  return -1;
}

void RequestJournal::ReleaseSlot(int slot) {
  std::lock_guard lock(mutex_);
  Empty(slot);
  munlock(buffer(slot), kUsual);
  claimed_[slot] = false;
}

char* RequestJournal::buffer(int slot) const {
  return reinterpret_cast<char*>(head_) + kHead + static_cast<size_t>(slot) * kRequestSize;
}

void RequestJournal::Empty(int slot) {
  head_->slots[slot].unique = 0;
  head_->slots[slot].attempts = 0;
  std::memset(buffer(slot), 0, sizeof(InHeader));
}

std::string_view RequestJournal::request(int slot) const {
  InHeader header;
  std::memcpy(&header, buffer(slot), sizeof(header));
  bool whole = header.len >= sizeof(header) && header.len <= kRequestSize && header.unique != 0;
  return whole ? std::string_view(buffer(slot), header.len) : std::string_view();
}

uint32_t RequestJournal::descriptor(int slot) const { return head_->slots[slot].descriptor; }

std::vector<int> RequestJournal::FindPending(const Awaited& awaited) {
  std::lock_guard lock(mutex_);
  std::vector<int> pending;
  for (uint32_t i = 0; i < kSlots; i++) {
    int slot = static_cast<int>(i);
    InHeader header{};
    if (!request(slot).empty()) std::memcpy(&header, buffer(slot), sizeof(header));
    claimed_[i] = header.unique != 0 && awaited(descriptor(slot), header.unique);
    if (claimed_[i]) pending.push_back(slot);
    else Empty(slot);
  }
  return pending;
}

bool RequestJournal::CountAttempt(int slot) {
  InHeader header;
  std::memcpy(&header, buffer(slot), sizeof(header));
  Slot& of = head_->slots[slot];
  if (of.unique != header.unique) of.attempts = 0;
  of.unique = header.unique;
  return ++of.attempts <= kRetryLimit;
}

}  // namespace procview::fuse
