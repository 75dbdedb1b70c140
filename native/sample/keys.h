// A list of keys, compiled into a hash table once and shared by all sources that use it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace procview::sample {

class Keys {
 public:
  static constexpr uint16_t kNone = 0xffff;
  static constexpr size_t kMost = 0x4000;

  /// Null if a key is empty, listed twice, holds a blank or newline, or if there are too many.
  static std::shared_ptr<const Keys> Compile(std::vector<std::string> keys);

  size_t Length() const { return keys_.size(); }
  std::string_view At(size_t index) const { return keys_[index]; }
  /// Index of the key, or kNone.
  uint16_t Find(std::string_view key) const;

 private:
  explicit Keys(std::vector<std::string> keys);
  bool Insert(uint16_t index);

  std::vector<std::string> keys_;
  std::vector<uint16_t> table_;
  size_t mask_;
};

}  // namespace procview::sample
