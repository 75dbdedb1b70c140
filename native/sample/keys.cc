#include "sample/keys.h"

#include <bit>
#include <cstring>

namespace procview::sample {

namespace {

// Keys of one kernel file differ in length, in their first or in their last eight bytes, nearly
// always; comparing settles the rest.
size_t Hash(std::string_view key) {
  uint64_t head = 0, tail = 0;
  const size_t n = key.size() < 8 ? key.size() : 8;
  memcpy(&head, key.data(), n);
  memcpy(&tail, key.data() + key.size() - n, n);
  const uint64_t mixed = (head ^ std::rotl(tail, 29) ^ key.size()) * 0x9e3779b97f4a7c15ULL;
  return static_cast<size_t>(mixed >> 32);
}

}  // namespace

Keys::Keys(std::vector<std::string> keys)
    : keys_(std::move(keys)),
      table_(std::bit_ceil(keys_.size() * 2 + 2), kNone),
      mask_(table_.size() - 1) {}

bool Keys::Insert(uint16_t index) {
  const std::string& key = keys_[index];
  if (key.empty() || key.find_first_of(" \t\n") != key.npos || Find(key) != kNone) return false;
  size_t at = Hash(key) & mask_;
  while (table_[at] != kNone) at = (at + 1) & mask_;
  table_[at] = index;
  return true;
}

std::shared_ptr<const Keys> Keys::Compile(std::vector<std::string> list) {
  if (list.size() > kMost) return nullptr;
  std::shared_ptr<Keys> keys(new Keys(std::move(list)));
  for (size_t i = 0; i < keys->Length(); i++)
    if (!keys->Insert(static_cast<uint16_t>(i))) return nullptr;
  return keys;
}

uint16_t Keys::Find(std::string_view key) const {
  for (size_t at = Hash(key) & mask_; table_[at] != kNone; at = (at + 1) & mask_)
    if (keys_[table_[at]] == key) return table_[at];
  return kNone;
}

}  // namespace procview::sample
