#include "fuse/handles.h"

#include <cstring>
#include <ctime>

namespace procview::fuse {

Caller CallerOf(const InHeader& header) { return {header.pid, header.uid, header.gid}; }

BodyReference& BodyReference::operator=(BodyReference&& other) noexcept {
  if (this != &other) {
    Drop();
    owner_ = other.owner_;
    body_ = other.body_;
    other.body_ = nullptr;
  }
  return *this;
}

void BodyReference::Drop() {
  if (body_ != nullptr) owner_->Put(body_);
  body_ = nullptr;
}

Handles::Handles(uint64_t first, size_t budget)
    : buckets_(64, -1), next_(first == 0 ? 1 : first), budget_(budget) {}

Handles::~Handles() {
  for (Slot& slot : slots_) {
    if (slot.body != nullptr) pool_.Put(slot.body);
  }
}

uint64_t Handles::Open(const Caller& opener, std::string_view bytes) {
  Body* body = Copy(bytes);
  if (body == nullptr) return 0;
  std::lock_guard lock(mutex_);
  Slot* slot = Insert(next_++, opener);
  Replace(slot, body);
  pool_.Put(body);
  return slot->handle;
}

BodyReference Handles::Read(uint64_t handle, uint64_t offset, Caller* caller) {
  std::lock_guard lock(mutex_);
  Slot* slot = Find(handle);
  if (slot == nullptr) return {};
  bool again = offset == 0 && slot->read;
  if (offset == 0) slot->read = true;
  if (!again && slot->body != nullptr) {
    slot->body->references++;
    return {this, slot->body};
  }
  if (caller->pid == 0) *caller = slot->opener;
  return {};
}

BodyReference Handles::Keep(uint64_t handle, const Caller& caller, std::string_view bytes) {
  Body* body = Copy(bytes);
  if (body == nullptr) return {};
  std::lock_guard lock(mutex_);
  Slot* slot = Find(handle);
  if (slot == nullptr) slot = Insert(handle, caller);
  slot->read = true;
  Replace(slot, body);
  return {this, body};
}

void Handles::Release(uint64_t handle) {
  std::lock_guard lock(mutex_);
  int32_t* link = &buckets_[handle & (buckets_.size() - 1)];
  while (*link >= 0 && slots_[*link].handle != handle) link = &slots_[*link].next;
  if (*link < 0) return;
  int32_t index = *link;
  Slot& slot = slots_[index];
  Replace(&slot, nullptr);
  *link = slot.next;
  slot.next = free_;
  free_ = index;
  count_.fetch_sub(1, std::memory_order_relaxed);
}

Body* Handles::Copy(std::string_view bytes) {
  Body* body;
  {
    std::lock_guard lock(mutex_);
    body = pool_.Get(bytes.size());
  }
  if (body != nullptr && !bytes.empty()) std::memcpy(body->data, bytes.data(), bytes.size());
  return body;
}

void Handles::Put(Body* body) {
  std::lock_guard lock(mutex_);
  pool_.Put(body);
}

Handles::Slot* Handles::Find(uint64_t handle) {
  int32_t index = buckets_[handle & (buckets_.size() - 1)];
  while (index >= 0 && slots_[index].handle != handle) index = slots_[index].next;
  return index < 0 ? nullptr : &slots_[index];
}

Handles::Slot* Handles::Insert(uint64_t handle, const Caller& opener) {
  if (free_ < 0) Grow();
  int32_t index = free_;
  Slot& slot = slots_[index];
  free_ = slot.next;
  int32_t& bucket = buckets_[handle & (buckets_.size() - 1)];
  slot = {handle, nullptr, opener, false, bucket};
  bucket = index;
  count_.fetch_add(1, std::memory_order_relaxed);
  return &slot;
}

/// Takes a reference of its own if the budget allows it to keep the body.
void Handles::Replace(Slot* slot, Body* body) {
  if (slot->body != nullptr) {
    kept_ -= slot->body->capacity;
    pool_.Put(slot->body);
  }
  slot->body = nullptr;
  if (body == nullptr || kept_ + body->capacity > budget_) return;
  slot->body = body;
  body->references++;
  kept_ += body->capacity;
}

/// Doubles the table: only called when every slot is in use.
void Handles::Grow() {
  size_t used = slots_.size();
  size_t size = used == 0 ? buckets_.size() : used * 2;
  slots_.resize(size);
  buckets_.assign(size, -1);
  for (size_t i = 0; i < size; i++) {
    int32_t& head = i < used ? buckets_[slots_[i].handle & (size - 1)] : free_;
    slots_[i].next = head;
    head = static_cast<int32_t>(i);
  }
}

uint64_t FirstHandle() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000ULL + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace procview::fuse
