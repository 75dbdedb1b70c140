#include "persist/body-store.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace procview::fuse {
namespace {

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t record;
  uint32_t block;
  uint32_t blocks;
};

constexpr Header kHeader = {"pvfiles", 1, sizeof(Record), BodyStore::kBlock, BodyStore::kBlocks};

/// Empty pieces that stay reserved, so that opening and closing a file costs no system call.
constexpr size_t kIdle = 4;

constexpr int kPunch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

base::Fd OpenFile(const std::string& path, int flags) {
  return base::Fd(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
}

/// The fences stop the compiler from moving writes across this one: a kill may come at any instruction.
void StoreHandle(Record* record, uint64_t handle) {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::atomic_ref(record->handle).store(handle, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace

BodyStore::BodyStore(base::MappedFile file) : file_(std::move(file)) {}

std::unique_ptr<BodyStore> BodyStore::Map(base::Fd file, base::Error* error) {
  auto mapped = base::MappedFile::Shared(std::move(file), kSize, error);
  return *error ? nullptr : std::unique_ptr<BodyStore>(new BodyStore(std::move(mapped)));
}

std::unique_ptr<BodyStore> BodyStore::Create(const std::string& path, base::Error* error) {
  // Not truncated: a process that still maps the old file would get SIGBUS.
  if (!path.empty()) unlink(path.c_str());
  base::Fd file = path.empty() ? base::Fd(memfd_create("procview-files", MFD_CLOEXEC))
                                 : OpenFile(path, O_CREAT | O_EXCL);
  if (file.get() < 0) {
    *error = {errno, "open", path};
    return nullptr;
  }
  bool made = ftruncate(file.get(), kSize) == 0 &&
              pwrite(file.get(), &kHeader, sizeof(kHeader), 0) == sizeof(kHeader);
  if (made) return Map(std::move(file), error);
  *error = {errno, "write", path};
  return nullptr;
}

std::unique_ptr<BodyStore> BodyStore::Continue(const std::string& path, std::string* problem,
                                       base::Error* error) {
  base::Fd file = OpenFile(path, 0);
  if (file.get() < 0) {
    *problem = path + ": " + std::strerror(errno);
    return Create(path, error);
  }
  Header header{};
  struct stat info {};
  bool ours = fstat(file.get(), &info) == 0 && info.st_size == static_cast<off_t>(kSize) &&
              pread(file.get(), &header, sizeof(header), 0) == sizeof(header) &&
              std::memcmp(&header, &kHeader, sizeof(header)) == 0;
  std::unique_ptr<BodyStore> store = ours ? Map(std::move(file), error) : nullptr;
  if (*error) return nullptr;
  if (store != nullptr && store->Restore()) return store;
  std::string aside = path + ".unreadable";
  std::rename(path.c_str(), aside.c_str());
  *problem = path + ": written by another version, or damaged; set aside as " + aside;
  return Create(path, error);
}

/// Reads the table instead of mapping it, so that its holes stay holes.
bool BodyStore::Restore() {
  std::vector<Record> table(kBlocks);
  size_t size = kBlocks * sizeof(Record);
  if (pread(file_.file().get(), table.data(), size, kTable) != static_cast<ssize_t>(size)) return false;
  for (size_t index = 0; index < kBlocks; index++) {
    if (table[index].handle == 0) continue;
    size_t length = BlocksFor(table[index].size);
    if (!blocks_.Allocate(index, length)) return false;
    // A body whose memory cannot be reserved now can still be read.
    Reserve(index, length);
    Count(index, length, true);
    restored_.push_back(index);
  }
  std::sort(restored_.begin(), restored_.end(),
            [&table](size_t a, size_t b) { return table[a].stamp < table[b].stamp; });
  for (size_t piece = 0; piece < kPieces; piece++) {
    if (pieces_[piece].used == 0) Fallocate(piece, kPunch);
  }
  return true;
}

size_t BodyStore::Allocate(size_t bytes) {
  size_t length = BlocksFor(bytes);
  size_t first = blocks_.Find(length);
  // If the file system is full, the reserved pieces may still have room.
  while (first != kNone && !Reserve(first, length)) {
    first = blocks_.Find(length, (first / kPiece + 1) * kPiece);
  }
  if (first == kNone) return kNone;
  blocks_.Allocate(first, length);
  Count(first, length, true);
  return first;
}

void BodyStore::Free(size_t index, size_t bytes) {
  size_t length = BlocksFor(bytes);
  blocks_.Free(index, length);
  Count(index, length, false);
}

void BodyStore::Publish(size_t index, const Record& value) {
  Record unborn = value;
  unborn.handle = 0;
  record(index) = unborn;
  StoreHandle(&record(index), value.handle);
}

void BodyStore::Withdraw(size_t index) { StoreHandle(&record(index), 0); }

/// Reserves memory before a write: on a full file system the write would be SIGBUS.
bool BodyStore::Reserve(size_t first, size_t length) {
  for (size_t piece = first / kPiece; piece <= (first + length - 1) / kPiece; piece++) {
    if (pieces_[piece].reserved) continue;
    if (!Fallocate(piece, 0)) return false;
    pieces_[piece].reserved = true;
    idle_++;
  }
  return true;
}

/// fallocate(2) for a piece's records and blocks. A file system without it is assumed to have room.
bool BodyStore::Fallocate(size_t piece, int mode) {
  constexpr off_t kRecords = kPiece * sizeof(Record);
  constexpr off_t kBytes = kPiece * kBlock;
  auto at = static_cast<off_t>(piece);
  const std::pair<off_t, off_t> parts[] = {{kTable + at * kRecords, kRecords},
                                           {kBodies + at * kBytes, kBytes}};
  for (auto [offset, length] : parts) {
    int result;
    do {
      result = fallocate(file_.file().get(), mode, offset, length);
    } while (result != 0 && errno == EINTR);
    if (result != 0 && errno != EOPNOTSUPP) return false;
  }
  return true;
}

void BodyStore::Count(size_t first, size_t length, bool used) {
  for (size_t at = first; at < first + length;) {
    Piece& piece = pieces_[at / kPiece];
    size_t part = std::min(first + length, (at / kPiece + 1) * kPiece) - at;
    if (used && piece.used == 0 && piece.reserved) idle_--;
    piece.used += used ? part : -part;
    if (piece.used == 0) ReleasePiece(at / kPiece);
    at += part;
  }
}

/// Returns the memory of an empty piece to the system, unless few empty ones are reserved.
void BodyStore::ReleasePiece(size_t index) {
  Piece& piece = pieces_[index];
  bool keep = piece.reserved && idle_ < kIdle;
  piece.reserved = keep || !Fallocate(index, kPunch);
  if (piece.reserved) idle_++;
}

}  // namespace procview::fuse
