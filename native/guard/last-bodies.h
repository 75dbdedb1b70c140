// Keeps the last body of each file for each container, to send it when no new one can be rendered in time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace procview::fuse {

/// One serving thread writes to it; any thread may read it.
class LastBodies {
 public:
  /// Drops the least recently kept bodies if all take more than `budget` bytes.
  explicit LastBodies(size_t budget = kBudget) : budget_(budget) {}

  /// @param tag number of the container in the serving thread's cache
  void Keep(int tag, uint64_t node, std::string_view body);
  /// Copies a body. Returns its rank, which increases with each body that any thread keeps; 0 if there is none.
  uint64_t Find(int tag, uint64_t node, std::string* body) const;
  bool Has(int tag, uint64_t node) const;

 private:
  struct Key {
    int tag;
    uint64_t node;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    size_t operator()(const Key& key) const {
      return (key.node ^ static_cast<uint64_t>(key.tag)) * 0x9e3779b97f4a7c15 >> 20;
    }
  };
  struct Entry {
    Key key;
    uint64_t rank;
    std::string body;
  };

  static constexpr size_t kBudget = 16 << 20;
  static size_t Cost(const Entry& entry);
  void Shrink();

  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // most recently kept first
  std::unordered_map<Key, std::list<Entry>::iterator, Hash> by_key_;
  size_t budget_;
  size_t kept_ = 0;
};

}  // namespace procview::fuse
