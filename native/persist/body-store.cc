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

constexpr Header kHeader = {"pvfiles", 1, sizeof(Record), Store::kBlock, Store::kBlocks};

/// Pieces kept though nothing is in them: a body more or less must not cost a system call.
constexpr size_t kIdle = 4;

constexpr int kPunch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

base::Fd OpenFile(const std::string& path, int flags) {
  return base::Fd(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
}

/// Keeps the compiler from moving what is written before or after: a kill may come in between.
void StoreHandle(Record* record, uint64_t handle) {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::atomic_ref(record->handle).store(handle, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace

Store::Store(base::MappedFile file) : file_(std::move(file)) {}

std::unique_ptr<Store> Store::Map(base::Fd file, base::Error* error) {
  auto mapped = base::MappedFile::Shared(std::move(file), kSize, error);
  return *error ? nullptr : std::unique_ptr<Store>(new Store(std::move(mapped)));
}

std::unique_ptr<Store> Store::Create(const std::string& path, base::Error* error) {
  // Not truncated: whoever still maps the old one would die of it.
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

std::unique_ptr<Store> Store::Continue(const std::string& path, std::string* problem,
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
  std::unique_ptr<Store> store = ours ? Map(std::move(file), error) : nullptr;
  if (*error) return nullptr;
  if (store != nullptr && store->Restore()) return store;
  std::string aside = path + ".unreadable";
  std::rename(path.c_str(), aside.c_str());
  *problem = path + ": not of this version, or damaged; set aside as " + aside;
  return Create(path, error);
}

/// Read, not mapped: the holes of the table stay holes.
bool Store::Restore() {
  std::vector<Record> table(kBlocks);
  size_t size = kBlocks * sizeof(Record);
  if (pread(file_.file().get(), table.data(), size, kTable) != static_cast<ssize_t>(size)) return false;
  for (size_t index = 0; index < kBlocks; index++) {
    if (table[index].handle == 0) continue;
    size_t length = BlocksFor(table[index].size);
    if (!blocks_.Take(index, length)) return false;
    // What cannot be reserved now is read all the same, and only written to once it can.
    Reserve(index, length);
    Count(index, length, true);
    restored_.push_back(index);
  }
  std::sort(restored_.begin(), restored_.end(),
            [&table](size_t a, size_t b) { return table[a].stamp < table[b].stamp; });
  for (size_t piece = 0; piece < kPieces; piece++) {
    if (pieces_[piece].taken == 0) Allocate(piece, kPunch);
  }
  return true;
}

size_t Store::Take(size_t bytes) {
  size_t length = BlocksFor(bytes);
  size_t first = blocks_.Find(length);
  // With a full file system there may still be room in the pieces that we have.
  while (first != kNone && !Reserve(first, length)) {
    first = blocks_.Find(length, (first / kPiece + 1) * kPiece);
  }
  if (first == kNone) return kNone;
  blocks_.Take(first, length);
  Count(first, length, true);
  return first;
}

void Store::Give(size_t index, size_t bytes) {
  size_t length = BlocksFor(bytes);
  blocks_.Give(index, length);
  Count(index, length, false);
}

void Store::Publish(size_t index, const Record& value) {
  Record unborn = value;
  unborn.handle = 0;
  record(index) = unborn;
  StoreHandle(&record(index), value.handle);
}

void Store::Withdraw(size_t index) { StoreHandle(&record(index), 0); }

/// Memory for what is about to be written: a full file system would make writing to it SIGBUS.
bool Store::Reserve(size_t first, size_t length) {
  for (size_t piece = first / kPiece; piece <= (first + length - 1) / kPiece; piece++) {
    if (pieces_[piece].reserved) continue;
    if (!Allocate(piece, 0)) return false;
    pieces_[piece].reserved = true;
    idle_++;
  }
  return true;
}

/// fallocate(2) on a piece's records and blocks; a file system that cannot is trusted to have room.
bool Store::Allocate(size_t piece, int mode) {
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

void Store::Count(size_t first, size_t length, bool taken) {
  for (size_t at = first; at < first + length;) {
    Piece& piece = pieces_[at / kPiece];
    size_t part = std::min(first + length, (at / kPiece + 1) * kPiece) - at;
    if (taken && piece.taken == 0 && piece.reserved) idle_--;
    piece.taken += taken ? part : -part;
    if (piece.taken == 0) Empty(at / kPiece);
    at += part;
  }
}

/// A piece with nothing left in it.
void Store::Empty(size_t index) {
  Piece& piece = pieces_[index];
  bool keep = piece.reserved && idle_ < kIdle;
  piece.reserved = keep || !Allocate(index, kPunch);
  if (piece.reserved) idle_++;
}

}  // namespace procview::fuse
