// Handles of open files, with the body that was rendered for each.
// Numbers come from a counter that starts at the current time, never from an address: after a restart on the same
// connection the new numbers must differ from the old ones.
//
// The blocks of bodies are limited, for each owner and in total. If an owner is over its limit, its least recently used
// bodies are dropped; if the total is, those of the owner with most blocks. The handle of a dropped body is unknown here.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fuse/open-files.h"
#include "persist/body-store.h"

namespace procview::fuse {

/// Limits in blocks of 4 KiB. Each open file needs one at least.
struct Bounds {
  size_t all = BodyStore::kBlocks;
  size_t owner = BodyStore::kBlocks / 4;
};

/// Thread-safe.
class Handles : public OpenFiles {
 public:
  /// `first` is the first number of a handle. No body is kept before Begin.
  explicit Handles(uint64_t first, Bounds bounds = {});
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;

  /// Replaces everything with the bodies in a store. No thread may serve meanwhile.
  void Begin(std::unique_ptr<BodyStore> store);
  uint64_t Open(const Caller& opener, uint64_t owner, std::string_view body) override;
  uint64_t OpenForWriting() override { return next_.fetch_add(1, std::memory_order_relaxed); }
  BodyReference Read(uint64_t handle, uint64_t offset, Caller* caller) override;
  void Replace(uint64_t handle, const Caller& caller, uint64_t owner, std::string_view body) override;
  void Release(uint64_t handle) override;
  size_t size() const override { return count_.load(std::memory_order_relaxed); }

 private:
  static constexpr int32_t kNothing = -1;

  /// A container or the host, with its handles from the least to the most recently used.
  struct Owner {
    uint64_t id;
    size_t blocks = 0;
    int32_t oldest = kNothing;
    int32_t newest = kNothing;
  };

  /// The part of a record that does not outlive the process.
  struct Entry {
    Owner* owner = nullptr;
    int32_t next = kNothing;  // with the same hash
    int32_t older = kNothing;
    int32_t newer = kNothing;
    uint32_t references = 0;
  };

  void Store(const Record& record, std::string_view body);
  bool MakeRoom(uint64_t owner, size_t blocks);
  size_t Find(uint64_t handle);
  void Enter(size_t index);
  void Remove(size_t index);
  void Touch(size_t index);
  void Append(size_t index);
  void Unlink(size_t index);
  Owner* Largest();
  BodyReference Reference(size_t index);
  void Unreference(size_t index) override;
  void DropReference(size_t index);
  int32_t& BucketOf(uint64_t handle) { return buckets_[handle % BodyStore::kBlocks]; }

  std::mutex mutex_;
  std::unique_ptr<BodyStore> store_;
  Bounds bounds_;
  std::vector<Entry> entries_;
  std::vector<int32_t> buckets_;
  std::unordered_map<uint64_t, Owner> owners_;
  size_t blocks_ = 0;
  uint64_t stamp_ = 0;
  std::atomic<uint64_t> next_;
  std::atomic<size_t> count_ = 0;
};

/// First number of this process: nanoseconds since boot, which no counter reaches.
uint64_t FirstHandle();

}  // namespace procview::fuse
