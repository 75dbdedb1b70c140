// Allocates the blocks of a body store. It uses the lowest free run, so that used blocks stay together and the same few
// pages are used again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace procview::fuse {

class Blocks {
 public:
  static constexpr size_t kNone = ~size_t{0};

  /// @param count free blocks, a multiple of 64
  explicit Blocks(size_t count) : used_(count / kWord) {}

  /// Finds the first run of `length` free blocks at or after `from`. Returns its first block, or kNone.
  size_t Find(size_t length, size_t from = 0) const;
  /// Allocates a run. Returns false, and allocates none, if one of its blocks is used or does not exist.
  bool Allocate(size_t first, size_t length);
  void Free(size_t first, size_t length);

 private:
  static constexpr size_t kWord = 64;
  size_t count() const { return used_.size() * kWord; }
  /// The next block from `from` on, before `end`, that is used or not; `end` if there is none.
  size_t Next(size_t from, size_t end, bool used) const;
  void Set(size_t first, size_t length, bool used);

  std::vector<uint64_t> used_;
  /// No free block is before it.
  size_t lowest_ = 0;
};

}  // namespace procview::fuse
