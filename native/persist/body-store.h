// Bodies of open files in a mapped file, so that they outlive the process: a table with a record for
// each block, and the blocks. A body lies in blocks in a row, its record at the first one's place.
//
// A kill at any instruction leaves a readable file: a record counts once its handle is not 0, which is
// written last, behind the body, and taken back first. Everything else (which blocks are free, who is
// the oldest) is found again from the records.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "persist/blocks.h"
#include "base/error.h"
#include "base/mapped-file.h"

namespace procview::fuse {

/// Who asks, as the request's header says: the thread id in our pid namespace, 0 if not visible.
struct Caller {
  uint32_t pid;
  uint32_t uid;
  uint32_t gid;
};

/// One open file.
struct alignas(64) Record {
  /// 0: none.
  uint64_t handle;
  /// Whose it is, as the renderer said.
  uint64_t owner;
  /// Later ones are larger.
  uint64_t stamp;
  uint32_t size;
  Caller opener;
  /// Whether it was read at offset 0.
  uint32_t read;
};

/// Not thread-safe: its owner locks. One process at a time: a successor continues the file once its
/// predecessor serves no more.
class Store {
 public:
  static constexpr size_t kBlock = 4096;
  static constexpr size_t kBlocks = 16384;
  static constexpr size_t kNone = Blocks::kNone;

  /// How many blocks a body takes: one at least, so that bounds on blocks bound handles too.
  static constexpr size_t BlocksFor(size_t bytes) {
    return bytes == 0 ? 1 : (bytes + kBlock - 1) / kBlock;
  }

  /// An empty one in place of whatever the file is; without a path in memory alone. Null and an error
  /// if that fails.
  static std::unique_ptr<Store> Create(const std::string& path, base::Error* error);
  /// The one that a predecessor left. A file that cannot be read as one is set aside, which `problem`
  /// tells, and a new one made.
  static std::unique_ptr<Store> Continue(const std::string& path, std::string* problem,
                                         base::Error* error);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Blocks for a body: the first one's number, or kNone if there is no room.
  size_t Take(size_t bytes);
  /// Gives them back. Their record must have been withdrawn.
  void Give(size_t index, size_t bytes);
  char* data(size_t index) { return file_.data() + kBodies + index * kBlock; }

  Record& record(size_t index) { return records()[index]; }
  /// Makes a record count, whose body has been written.
  void Publish(size_t index, const Record& record);
  void Withdraw(size_t index);
  /// The records that a predecessor left, the oldest first.
  const std::vector<size_t>& restored() const { return restored_; }

 private:
  static constexpr size_t kTable = 4096;
  static constexpr size_t kBodies = kTable + kBlocks * sizeof(Record);
  static constexpr size_t kSize = kBodies + kBlocks * kBlock;
  /// Memory is asked for, and given back to the system, in pieces of 1 MiB of bodies.
  static constexpr size_t kPiece = 256;
  static constexpr size_t kPieces = kBlocks / kPiece;

  struct Piece {
    size_t taken = 0;
    bool reserved = false;
  };

  explicit Store(base::MappedFile file);
  static std::unique_ptr<Store> Map(base::Fd file, base::Error* error);
  bool Restore();
  bool Reserve(size_t first, size_t length);
  bool Allocate(size_t piece, int mode);
  void Count(size_t first, size_t length, bool taken);
  void Empty(size_t piece);
  Record* records() { return reinterpret_cast<Record*>(file_.data() + kTable); }

  base::MappedFile file_;
  Blocks blocks_{kBlocks};
  Piece pieces_[kPieces];
  size_t idle_ = 0;
  std::vector<size_t> restored_;
};

static_assert(sizeof(Record) == 64);

}  // namespace procview::fuse
