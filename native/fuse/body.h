// Bodies of open files: buffers that are used again, so that a read does not allocate.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace procview::fuse {

/// A rendered file. Owned by its handle and by every reply that is being written.
struct Body {
  char* data;
  size_t size;
  size_t capacity;
  int references;

  std::string_view view() const { return {data, size}; }
};

/// Not thread-safe: its owner locks.
class BodyPool {
 public:
  BodyPool() = default;
  BodyPool(const BodyPool&) = delete;
  BodyPool& operator=(const BodyPool&) = delete;
  ~BodyPool();

  /// A body with room for `size` bytes and one reference, or null if there is no memory.
  Body* Get(size_t size);
  /// Drops one reference.
  void Put(Body* body);

 private:
  Body* Allocate(size_t size);

  std::vector<Body*> free_;
};

}  // namespace procview::fuse
