#include "fuse/body.h"

#include <bit>
#include <cstdlib>

namespace procview::fuse {
namespace {

constexpr size_t kSmallest = 4096;
/// Larger bodies are given back to the system: a free list must not pin the rare huge file.
constexpr size_t kLargestKept = 256 * 1024;
constexpr size_t kMostKept = 64;

void Free(Body* body) {
  std::free(body->data);
  std::free(body);
}

}  // namespace

BodyPool::~BodyPool() {
  for (Body* body : free_) Free(body);
}

Body* BodyPool::Get(size_t size) {
  if (free_.empty() || free_.back()->capacity < size) return Allocate(size);
  Body* body = free_.back();
  free_.pop_back();
  body->size = size;
  body->references = 1;
  return body;
}

Body* BodyPool::Allocate(size_t size) {
  size_t capacity = size <= kSmallest ? kSmallest : std::bit_ceil(size);
  auto* body = static_cast<Body*>(std::malloc(sizeof(Body)));
  auto* data = static_cast<char*>(std::malloc(capacity));
  if (body == nullptr || data == nullptr) {
    std::free(body);
    std::free(data);
    return nullptr;
  }
  *body = {data, size, capacity, 1};
  return body;
}

void BodyPool::Put(Body* body) {
  if (--body->references > 0) return;
  bool keep = free_.size() < kMostKept && body->capacity <= kLargestKept;
  if (keep) {
    free_.push_back(body);
  } else {
    Free(body);
  }
}

}  // namespace procview::fuse
