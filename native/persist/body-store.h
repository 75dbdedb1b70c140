// Keeps the bodies of open files in a mapped file, so that they outlive the process. The file has a table with a record
// for each block, and the blocks. A body fills consecutive blocks; its record is the one of the first block.
//
// The file is readable after a kill at any instruction: a record counts if its handle is not 0. The handle is written
// last, after the body, and cleared first. All else (free blocks, the oldest body) is computed from the records.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fuse/decode.h"
#include "persist/blocks.h"
#include "base/error.h"
#include "base/mapped-file.h"

namespace procview::fuse {

/// One open file.
struct alignas(64) Record {
  /// 0: none.
  uint64_t handle;
  /// The container to which it is counted, or fuse::kHost or fuse::kUnseen.
  uint64_t owner;
  /// Increases with each record.
  uint64_t stamp;
  uint32_t size;
  fuse::Caller opener;
  /// Whether it was read at offset 0.
  uint32_t read;
};

/// Not thread-safe: its user locks. Only one process may use a file: a successor continues it when its predecessor has
/// stopped serving.
class BodyStore {
 public:
  static constexpr size_t kBlock = 4096;
  static constexpr size_t kBlocks = 16384;
  static constexpr size_t kNone = Blocks::kNone;

  /// Number of blocks of a body: at least one, so that a limit on blocks also limits handles.
  static constexpr size_t BlocksFor(size_t bytes) {
    return bytes == 0 ? 1 : (bytes + kBlock - 1) / kBlock;
  }

  /// Creates an empty file in place of an existing one; without a path in memory alone. Returns null and an error on
  /// failure.
  static std::unique_ptr<BodyStore> Create(const std::string& path, base::Error* error);
  /// Continues the file of a predecessor. If the file is invalid, it is renamed, `problem` describes this, and a new one
  /// is created.
  static std::unique_ptr<BodyStore> Continue(const std::string& path, std::string* problem,
                                         base::Error* error);
  BodyStore(const BodyStore&) = delete;
  BodyStore& operator=(const BodyStore&) = delete;

  /// Allocates blocks for a body. Returns the first one's number, or kNone if there is no room.
  size_t Allocate(size_t bytes);
  /// Frees the blocks of a withdrawn record.
  void Free(size_t index, size_t bytes);
  char* data(size_t index) { return file_.data() + kBodies + index * kBlock; }

  Record& record(size_t index) { return records()[index]; }
  /// Publishes a record after its body was written.
  void Publish(size_t index, const Record& record);
  void Withdraw(size_t index);
  /// The records of a predecessor, the oldest first.
  const std::vector<size_t>& restored() const { return restored_; }

 private:
  static constexpr size_t kTable = 4096;
  static constexpr size_t kBodies = kTable + kBlocks * sizeof(Record);
  static constexpr size_t kSize = kBodies + kBlocks * kBlock;
  /// Memory is reserved, and returned to the system, in pieces of 1 MiB of bodies.
  static constexpr size_t kPiece = 256;
  static constexpr size_t kPieces = kBlocks / kPiece;

  struct Piece {
    size_t used = 0;
    bool reserved = false;
  };

  explicit BodyStore(base::MappedFile file);
  static std::unique_ptr<BodyStore> Map(base::Fd file, base::Error* error);
  bool Restore();
  bool Reserve(size_t first, size_t length);
  bool Fallocate(size_t piece, int mode);
  void Count(size_t first, size_t length, bool used);
  void ReleasePiece(size_t piece);
  Record* records() { return reinterpret_cast<Record*>(file_.data() + kTable); }

  base::MappedFile file_;
  Blocks blocks_{kBlocks};
  Piece pieces_[kPieces];
  size_t idle_ = 0;
  std::vector<size_t> restored_;
};

static_assert(sizeof(Record) == 64);

}  // namespace procview::fuse
