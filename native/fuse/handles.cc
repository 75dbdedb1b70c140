#include "fuse/handles.h"

#include <cstring>
#include <ctime>
#include <utility>

namespace procview::fuse {
namespace {

/// Remembered though they have nothing open: they will open something again.
constexpr size_t kIdleOwners = 256;

}  // namespace

Caller CallerOf(const InHeader& header) { return {header.pid, header.uid, header.gid}; }

BodyReference& BodyReference::operator=(BodyReference&& other) noexcept {
  if (this != &other) {
    Drop();
    handles_ = std::exchange(other.handles_, nullptr);
    index_ = other.index_;
    body_ = other.body_;
  }
  return *this;
}

void BodyReference::Drop() {
  if (handles_ == nullptr) return;
  std::lock_guard lock(handles_->mutex_);
  std::exchange(handles_, nullptr)->Unrefer(index_);
}

Handles::Handles(uint64_t first, Bounds bounds)
    : bounds_(bounds), next_(first == 0 ? 1 : first) {}

void Handles::Begin(std::unique_ptr<Store> store) {
  std::lock_guard lock(mutex_);
  store_ = std::move(store);
  entries_.assign(Store::kBlocks, {});
  buckets_.assign(Store::kBlocks, kNothing);
  owners_.clear();
  blocks_ = 0;
  count_ = 0;
  for (size_t index : store_->restored()) {
    stamp_ = store_->record(index).stamp;
    // Killed between publishing a body and withdrawing the one it replaces.
    size_t replaced = Find(store_->record(index).handle);
    if (replaced != Store::kNone) Remove(replaced);
    Enter(index);
  }
}

uint64_t Handles::Open(const Caller& opener, uint64_t owner, std::string_view body) {
  uint64_t handle = OpenForWriting();
  std::lock_guard lock(mutex_);
  Place({handle, owner, 0, 0, opener, false}, body);
  return handle;
}

BodyReference Handles::Read(uint64_t handle, uint64_t offset, Caller* caller) {
  std::lock_guard lock(mutex_);
  size_t index = Find(handle);
  if (index == Store::kNone) return {};
  Record& record = store_->record(index);
  bool again = offset == 0 && record.read != 0;
  if (offset == 0) record.read = true;
  Touch(index);
  if (!again) return Refer(index);
  if (caller->pid == 0) *caller = record.opener;
  return {};
}

void Handles::Keep(uint64_t handle, const Caller& caller, uint64_t owner, std::string_view body) {
  std::lock_guard lock(mutex_);
  size_t old = Find(handle);
  Record record{handle, owner, 0, 0, caller, true};
  if (old != Store::kNone) {
    record.opener = store_->record(old).opener;
    record.owner = store_->record(old).owner;
  }
  Place(record, body);
}

void Handles::Release(uint64_t handle) {
  std::lock_guard lock(mutex_);
  size_t index = Find(handle);
  if (index != Store::kNone) Remove(index);
}

/// Keeps a body, if there is room, in place of the one that its handle had.
void Handles::Place(const Record& wanted, std::string_view body) {
  size_t index = Store::kNone;
  size_t blocks = Store::BlocksFor(body.size());
  while (store_ != nullptr && MakeRoom(wanted.owner, blocks)) {
    index = store_->Take(body.size());
    if (index != Store::kNone || blocks_ == 0) break;
    Remove(static_cast<size_t>(Biggest()->oldest));
  }
  size_t old = Find(wanted.handle);
  if (index != Store::kNone) {
    if (!body.empty()) std::memcpy(store_->data(index), body.data(), body.size());
    Record record = wanted;
    record.size = static_cast<uint32_t>(body.size());
    record.stamp = ++stamp_;
    store_->Publish(index, record);
  }
  if (old != Store::kNone) Remove(old);
  if (index != Store::kNone) Enter(index);
}

/// Drops what is over the bounds with so many blocks more. False if they are over them alone.
bool Handles::MakeRoom(uint64_t id, size_t blocks) {
  if (blocks > bounds_.owner || blocks > bounds_.all) return false;
  for (auto owner = owners_.find(id);
       owner != owners_.end() && owner->second.blocks + blocks > bounds_.owner;
       owner = owners_.find(id)) {
    Remove(static_cast<size_t>(owner->second.oldest));
  }
  while (blocks_ + blocks > bounds_.all) Remove(static_cast<size_t>(Biggest()->oldest));
  return true;
}

size_t Handles::Find(uint64_t handle) {
  if (store_ == nullptr) return Store::kNone;
  int32_t index = BucketOf(handle);
  while (index >= 0 && store_->record(index).handle != handle) index = entries_[index].next;
  return index < 0 ? Store::kNone : static_cast<size_t>(index);
}

/// Takes in a published record.
void Handles::Enter(size_t index) {
  const Record& record = store_->record(index);
  size_t blocks = Store::BlocksFor(record.size);
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

/// Withdraws a record; its blocks are free once no reply is made of them.
void Handles::Remove(size_t index) {
  const Record& record = store_->record(index);
  Owner* owner = entries_[index].owner;
  int32_t* link = &BucketOf(record.handle);
  while (*link != static_cast<int32_t>(index)) link = &entries_[*link].next;
  *link = entries_[index].next;
  Unlink(index);
  size_t blocks = Store::BlocksFor(record.size);
  owner->blocks -= blocks;
  blocks_ -= blocks;
  if (owner->blocks == 0 && owners_.size() > kIdleOwners) owners_.erase(owner->id);
  count_.fetch_sub(1, std::memory_order_relaxed);
  store_->Withdraw(index);
  Unrefer(index);
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

/// Only asked when everything is full; there must be one.
Handles::Owner* Handles::Biggest() {
  Owner* biggest = &owners_.begin()->second;
  for (auto& [id, owner] : owners_) {
    if (owner.blocks > biggest->blocks) biggest = &owner;
  }
  return biggest;
}

BodyReference Handles::Refer(size_t index) {
  entries_[index].references++;
  return {this, index, {store_->data(index), store_->record(index).size}};
}

void Handles::Unrefer(size_t index) {
  if (--entries_[index].references == 0) store_->Give(index, store_->record(index).size);
}

uint64_t FirstHandle() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000ULL + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace procview::fuse
