#include "persist/handles.h"

#include <cstring>
#include <ctime>
#include <utility>

namespace procview::fuse {
namespace {

/// Owners that are kept although they have no open file: they will open one again.
constexpr size_t kIdleOwners = 256;

}  // namespace

Handles::Handles(uint64_t first, Bounds bounds)
    : bounds_(bounds), next_(first == 0 ? 1 : first) {}

void Handles::Begin(std::unique_ptr<BodyStore> store) {
  std::lock_guard lock(mutex_);
  store_ = std::move(store);
  entries_.assign(BodyStore::kBlocks, {});
  buckets_.assign(BodyStore::kBlocks, kNothing);
  owners_.clear();
  blocks_ = 0;
  count_ = 0;
  for (size_t index : store_->restored()) {
    stamp_ = store_->record(index).stamp;
    // The process was killed after it published a body and before it withdrew the replaced one.
    size_t replaced = Find(store_->record(index).handle);
    if (replaced != BodyStore::kNone) Remove(replaced);
    Enter(index);
  }
}

uint64_t Handles::Open(const Caller& opener, uint64_t owner, std::string_view body) {
  uint64_t handle = OpenForWriting();
  std::lock_guard lock(mutex_);
  Store({handle, owner, 0, 0, opener, false}, body);
  return handle;
}

BodyReference Handles::Read(uint64_t handle, uint64_t offset, Caller* caller) {
  std::lock_guard lock(mutex_);
  size_t index = Find(handle);
  if (index == BodyStore::kNone) return {};
  Record& record = store_->record(index);
  bool again = offset == 0 && record.read != 0;
  if (offset == 0) record.read = true;
  Touch(index);
  if (!again) return Reference(index);
  if (caller->pid == 0) *caller = record.opener;
  return {};
}

void Handles::Replace(uint64_t handle, const Caller& caller, uint64_t owner, std::string_view body) {
  std::lock_guard lock(mutex_);
  size_t old = Find(handle);
  Record record{handle, owner, 0, 0, caller, true};
  if (old != BodyStore::kNone) {
    record.opener = store_->record(old).opener;
    record.owner = store_->record(old).owner;
  }
  Store(record, body);
}

void Handles::Release(uint64_t handle) {
  std::lock_guard lock(mutex_);
  size_t index = Find(handle);
  if (index != BodyStore::kNone) Remove(index);
}

/// Stores a body, if there is room, in place of the previous one of its handle.
void Handles::Store(const Record& wanted, std::string_view body) {
  size_t index = BodyStore::kNone;
  size_t blocks = BodyStore::BlocksFor(body.size());
  while (store_ != nullptr && MakeRoom(wanted.owner, blocks)) {
    index = store_->Allocate(body.size());
    if (index != BodyStore::kNone || blocks_ == 0) break;
    Remove(static_cast<size_t>(Largest()->oldest));
  }
  size_t old = Find(wanted.handle);
  if (index != BodyStore::kNone) {
    if (!body.empty()) std::memcpy(store_->data(index), body.data(), body.size());
    Record record = wanted;
    record.size = static_cast<uint32_t>(body.size());
    record.stamp = ++stamp_;
    store_->Publish(index, record);
  }
  if (old != BodyStore::kNone) Remove(old);
  if (index != BodyStore::kNone) Enter(index);
}

/// Drops bodies until this many blocks more are within the limits. Returns false if they alone are over them.
bool Handles::MakeRoom(uint64_t id, size_t blocks) {
  if (blocks > bounds_.owner || blocks > bounds_.all) return false;
  for (auto owner = owners_.find(id);
       owner != owners_.end() && owner->second.blocks + blocks > bounds_.owner;
       owner = owners_.find(id)) {
    Remove(static_cast<size_t>(owner->second.oldest));
  }
  while (blocks_ + blocks > bounds_.all) Remove(static_cast<size_t>(Largest()->oldest));
  return true;
}

size_t Handles::Find(uint64_t handle) {
  if (store_ == nullptr) return BodyStore::kNone;
  int32_t index = BucketOf(handle);
  while (index >= 0 && store_->record(index).handle != handle) index = entries_[index].next;
  return index < 0 ? BodyStore::kNone : static_cast<size_t>(index);
}

/// Adds a published record to the lists.
void Handles::Enter(size_t index) {
  const Record& record = store_->record(index);
  size_t blocks = BodyStore::BlocksFor(record.size);
  int32_t& bucket = BucketOf(record.handle);
  Owner& owner = owners_.try_emplace(record.owner, Owner{record.owner}).first->second;
  Entry& entry = entries_[index];
  entry.owner = &owner;
  entry.next = std::exchange(bucket, static_cast<int32_t>(index));
  entry.references = 1;
  Append(index);
  owner.blocks += blocks;
  blocks_ += blocks;
  count_.fetch_add(1, std::memory_order_relaxed);
}

/// Withdraws a record. Its blocks are freed after the last reply that uses them.
void Handles::Remove(size_t index) {
  const Record& record = store_->record(index);
  Owner* owner = entries_[index].owner;
  int32_t* link = &BucketOf(record.handle);
  while (*link != static_cast<int32_t>(index)) link = &entries_[*link].next;
  *link = entries_[index].next;
  Unlink(index);
  size_t blocks = BodyStore::BlocksFor(record.size);
  owner->blocks -= blocks;
  blocks_ -= blocks;
  if (owner->blocks == 0 && owners_.size() > kIdleOwners) owners_.erase(owner->id);
  count_.fetch_sub(1, std::memory_order_relaxed);
  store_->Withdraw(index);
  DropReference(index);
}

void Handles::Touch(size_t index) {
  if (entries_[index].newer == kNothing) return;
  Unlink(index);
  Append(index);
}

void Handles::Append(size_t index) {
  Owner& owner = *entries_[index].owner;
  auto self = static_cast<int32_t>(index);
  entries_[index].older = owner.newest;
  entries_[index].newer = kNothing;
  (owner.newest < 0 ? owner.oldest : entries_[owner.newest].newer) = self;
  owner.newest = self;
}

void Handles::Unlink(size_t index) {
  const Entry& entry = entries_[index];
  (entry.older < 0 ? entry.owner->oldest : entries_[entry.older].newer) = entry.newer;
  (entry.newer < 0 ? entry.owner->newest : entries_[entry.newer].older) = entry.older;
}

/// The owner with most blocks. There must be one.
Handles::Owner* Handles::Largest() {
  Owner* largest = &owners_.begin()->second;
  for (auto& [id, owner] : owners_) {
    if (owner.blocks > largest->blocks) largest = &owner;
  }
  return largest;
}

BodyReference Handles::Reference(size_t index) {
  entries_[index].references++;
  return {this, index, {store_->data(index), store_->record(index).size}};
}

void Handles::Unreference(size_t index) {
  std::lock_guard lock(mutex_);
  DropReference(index);
}

void Handles::DropReference(size_t index) {
  if (--entries_[index].references == 0) store_->Free(index, store_->record(index).size);
}

uint64_t FirstHandle() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000ULL + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace procview::fuse
