// The last body of each file for each container, for when there is no new one in time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace procview::fuse {

/// Kept by one serving thread, read by any.
class Snapshots {
 public:
  /// The bodies looked at longest ago give way beyond `budget` bytes.
  explicit Snapshots(size_t budget = kBudget) : budget_(budget) {}

  /// @param tag the container, as the serving thread numbers it
  void Keep(int tag, uint64_t node, std::string_view body);
  /// Copies a body. Returns its age rank, which is larger the later it was kept, or 0: there is none.
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
  struct Snapshot {
    Key key;
    uint64_t rank;
    std::string body;
  };

  static constexpr size_t kBudget = 16 << 20;
  static size_t Cost(const Snapshot& snapshot);
  void Shrink();

  mutable std::mutex mutex_;
  std::list<Snapshot> snapshots_;  // last kept first
  std::unordered_map<Key, std::list<Snapshot>::iterator, Hash> by_key_;
  size_t budget_;
  size_t kept_ = 0;
};

}  // namespace procview::fuse
