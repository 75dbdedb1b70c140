// Which blocks of a store are taken. Runs are found lowest first, so that what is in use stays together
// and the same few pages are used again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace procview::fuse {

class Blocks {
 public:
  static constexpr size_t kNone = ~size_t{0};

  /// `count` free blocks: a multiple of 64.
  explicit Blocks(size_t count) : taken_(count / kWord) {}

  /// The first of so many free blocks in a row, none of them before `from`, or kNone.
  size_t Find(size_t length, size_t from = 0) const;
  /// False, and nothing is taken, if one of them is taken already or there is no such block.
  bool Take(size_t first, size_t length);
  void Give(size_t first, size_t length);

 private:
  static constexpr size_t kWord = 64;
  size_t count() const { return taken_.size() * kWord; }
  /// The next block from `from` on, before `end`, that is taken or not; `end` if there is none.
  size_t Next(size_t from, size_t end, bool taken) const;
  void Set(size_t first, size_t length, bool taken);

  std::vector<uint64_t> taken_;
  /// No free block is before it.
  size_t lowest_ = 0;
};

}  // namespace procview::fuse
