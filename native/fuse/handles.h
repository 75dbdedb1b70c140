// Open files: a number the kernel hands back with every READ, and the body rendered for it.
// Numbers come from a counter seeded from the clock, never from an address: after a restart on the
// same connection the successor's numbers must not meet those of its predecessor.
//
// Bodies are bounded, for each owner and for all: the oldest idle ones are dropped, first those of who
// is over its bound, else of who has most. Their handles are then unknown here, like one that never was.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fuse/abi.h"
#include "persist/body-store.h"

namespace procview::fuse {

/// Owner of what the host's own processes have opened; containers' numbers are the renderer's.
constexpr uint64_t kHost = 0;
/// Owner of what is opened by processes that are not visible from our pid namespace.
constexpr uint64_t kUnseen = ~uint64_t{0};

Caller CallerOf(const InHeader& header);

class Handles;

/// A body that stays while this lives, whatever happens to its handle.
class BodyReference {
 public:
  BodyReference() = default;
  BodyReference(Handles* handles, size_t index, std::string_view body)
      : handles_(handles), index_(index), body_(body) {}
  BodyReference(BodyReference&& other) noexcept { *this = static_cast<BodyReference&&>(other); }
  BodyReference& operator=(BodyReference&& other) noexcept;
  ~BodyReference() { Drop(); }

  explicit operator bool() const { return handles_ != nullptr; }
  std::string_view view() const { return body_; }

 private:
  void Drop();

  Handles* handles_ = nullptr;
  size_t index_ = 0;
  std::string_view body_;
};

/// In blocks of 4 KiB, of which each open file takes one at least.
struct Bounds {
  size_t all = Store::kBlocks;
  size_t owner = Store::kBlocks / 4;
};

/// Shared by all serving threads.
class Handles {
 public:
  /// `first` is the first number given out. Nothing is kept before Begin.
  explicit Handles(uint64_t first, Bounds bounds = {});
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;

  /// Begins with what is in a store, in place of what was there before. Nobody may serve meanwhile.
  void Begin(std::unique_ptr<Store> store);
  /// A new handle with the body rendered at OPEN, if there is room.
  uint64_t Open(const Caller& opener, uint64_t owner, std::string_view body);
  /// A new handle that nobody will read from.
  uint64_t OpenForWriting() { return next_.fetch_add(1, std::memory_order_relaxed); }
  /// The body a READ at `offset` must see, or none: then render for `caller` and `Keep`. That is so
  /// at the second READ at offset 0 (the file was rewound), and if the handle is not known here.
  /// A caller who is not visible (pid 0) becomes the opener.
  BodyReference Read(uint64_t handle, uint64_t offset, Caller* caller);
  /// Replaces the body of a handle, if there is room; an unknown one is known from now on.
  void Keep(uint64_t handle, const Caller& caller, uint64_t owner, std::string_view body);
  /// Forgets a handle.
  void Release(uint64_t handle);

  /// Number of handles with a body.
  size_t size() const { return count_.load(std::memory_order_relaxed); }

 private:
  friend class BodyReference;
  static constexpr int32_t kNothing = -1;

  /// A container or the host. Its handles from the oldest to the one used last.
  struct Owner {
    uint64_t id;
    size_t blocks = 0;
    int32_t oldest = kNothing;
    int32_t newest = kNothing;
  };

  /// What is known of a record only as long as we live.
  struct Entry {
    Owner* owner = nullptr;
    int32_t next = kNothing;  // with the same hash
    int32_t older = kNothing;
    int32_t newer = kNothing;
    uint32_t references = 0;
  };

  void Place(const Record& record, std::string_view body);
  bool MakeRoom(uint64_t owner, size_t blocks);
  size_t Find(uint64_t handle);
  void Enter(size_t index);
  void Remove(size_t index);
  void Touch(size_t index);
  void Append(size_t index);
  void Unlink(size_t index);
  Owner* Biggest();
  BodyReference Refer(size_t index);
  void Unrefer(size_t index);
  int32_t& BucketOf(uint64_t handle) { return buckets_[handle % Store::kBlocks]; }

  std::mutex mutex_;
  std::unique_ptr<Store> store_;
  Bounds bounds_;
  std::vector<Entry> entries_;
  std::vector<int32_t> buckets_;
  std::unordered_map<uint64_t, Owner> owners_;
  size_t blocks_ = 0;
  uint64_t stamp_ = 0;
  std::atomic<uint64_t> next_;
  std::atomic<size_t> count_ = 0;
};

/// Where the numbers of this incarnation start: nanoseconds since boot, which no counter overtakes.
uint64_t FirstHandle();

}  // namespace procview::fuse
