// Open files: a number the kernel hands back with every READ, and the body rendered for it.
// Numbers come from a counter seeded from the clock, never from an address: after a restart on the
// same connection the successor's numbers must not meet those of its predecessor.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

#include "fuse/abi.h"
#include "fuse/body.h"

namespace procview::fuse {

/// Who asks, as the request's header says: the thread id in our pid namespace, 0 if not visible.
struct Caller {
  uint32_t pid;
  uint32_t uid;
  uint32_t gid;
};

Caller CallerOf(const InHeader& header);

class Handles;

/// A body that stays while this lives, whatever happens to its handle.
class BodyReference {
 public:
  BodyReference() = default;
  BodyReference(Handles* owner, Body* body) : owner_(owner), body_(body) {}
  BodyReference(BodyReference&& other) noexcept { *this = static_cast<BodyReference&&>(other); }
  BodyReference& operator=(BodyReference&& other) noexcept;
  ~BodyReference() { Drop(); }

  explicit operator bool() const { return body_ != nullptr; }
  std::string_view view() const { return body_->view(); }

 private:
  void Drop();

  Handles* owner_ = nullptr;
  Body* body_ = nullptr;
};

/// Shared by all serving threads.
class Handles {
 public:
  /// `first` is the first number given out. Bodies beyond `budget` bytes are not kept but rendered
  /// at each READ: a container that opens files without end cannot exhaust our memory.
  explicit Handles(uint64_t first, size_t budget = kBudget);
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  ~Handles();

  /// A new handle with the body rendered at OPEN; 0 if there is no memory.
  uint64_t Open(const Caller& opener, std::string_view body);
  /// The body a READ at `offset` must see, or none: then render for `caller` and `Keep`. That is so
  /// at the second READ at offset 0 (the file was rewound), and if the handle is not known here.
  /// A caller who is not visible (pid 0) becomes the opener.
  BodyReference Read(uint64_t handle, uint64_t offset, Caller* caller);
  /// Replaces the body of a handle; an unknown one is known from now on. None if there is no
  /// memory.
  BodyReference Keep(uint64_t handle, const Caller& caller, std::string_view body);
  /// Forgets a handle.
  void Release(uint64_t handle);

  /// Number of open handles.
  size_t size() const { return count_.load(std::memory_order_relaxed); }

 private:
  friend class BodyReference;
  struct Slot {
    uint64_t handle;
    Body* body;
    Caller opener;
    bool read;  // at offset 0
    int32_t next;
  };

  static constexpr size_t kBudget = 64 << 20;
  Body* Copy(std::string_view bytes);
  void Put(Body* body);
  Slot* Find(uint64_t handle);
  Slot* Insert(uint64_t handle, const Caller& opener);
  void Replace(Slot* slot, Body* body);
  void Grow();

  std::mutex mutex_;
  BodyPool pool_;
  std::vector<Slot> slots_;
  std::vector<int32_t> buckets_;
  int32_t free_ = -1;
  uint64_t next_;
  size_t budget_;
  size_t kept_ = 0;
  std::atomic<size_t> count_ = 0;
};

/// Where the numbers of this incarnation start: nanoseconds since boot, which no counter overtakes.
uint64_t FirstHandle();

}  // namespace procview::fuse
