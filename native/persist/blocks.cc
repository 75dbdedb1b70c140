#include "persist/blocks.h"

#include <algorithm>
#include <bit>

namespace procview::fuse {

size_t Blocks::Next(size_t from, size_t end, bool used) const {
  for (size_t at = from; at < end; at = (at / kWord + 1) * kWord) {
    uint64_t word = used ? used_[at / kWord] : ~used_[at / kWord];
    word &= ~uint64_t{0} << at % kWord;
    if (word == 0) continue;
    return std::min(end, at / kWord * kWord + static_cast<size_t>(std::countr_zero(word)));
  }
  return end;
}

size_t Blocks::Find(size_t length, size_t from) const {
  size_t first = Next(std::max(from, lowest_), count(), false);
  while (first + length <= count()) {
    size_t end = Next(first, first + length, true);
    if (end == first + length) return first;
    first = Next(end, count(), false);
  }
  return kNone;
}

bool Blocks::Allocate(size_t first, size_t length) {
  if (first > count() || length > count() - first) return false;
  if (Next(first, first + length, true) < first + length) return false;
  Set(first, length, true);
  if (first == lowest_) lowest_ = first + length;
  return true;
}

void Blocks::Free(size_t first, size_t length) {
  Set(first, length, false);
  lowest_ = std::min(lowest_, first);
}

void Blocks::Set(size_t first, size_t length, bool used) {
  for (size_t at = first; at < first + length; at++) {
    uint64_t bit = uint64_t{1} << at % kWord;
    if (used) {
      used_[at / kWord] |= bit;
    } else {
      used_[at / kWord] &= ~bit;
    }
  }
}

}  // namespace procview::fuse
