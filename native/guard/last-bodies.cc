#include "guard/last-bodies.h"

#include <atomic>

namespace procview::fuse {
namespace {

/// Ranks of all threads are one order: a reader must not be given what is older than what it has seen.
std::atomic<uint64_t> next_rank = 1;

}  // namespace

size_t Snapshots::Cost(const Snapshot& snapshot) {
  constexpr size_t kBookkeeping = 128;
  return snapshot.body.capacity() + kBookkeeping;
}

void Snapshots::Keep(int tag, uint64_t node, std::string_view body) {
  std::lock_guard lock(mutex_);
  auto [found, added] = by_key_.try_emplace({tag, node});
  if (added) {
    snapshots_.push_front({{tag, node}, 0, {}});
    found->second = snapshots_.begin();
  } else {
    kept_ -= Cost(*found->second);
    snapshots_.splice(snapshots_.begin(), snapshots_, found->second);
  }
  Snapshot& snapshot = snapshots_.front();
  snapshot.rank = next_rank.fetch_add(1, std::memory_order_relaxed);
  snapshot.body.assign(body);
  kept_ += Cost(snapshot);
  Shrink();
}

void Snapshots::Shrink() {
  while (kept_ > budget_) {
    kept_ -= Cost(snapshots_.back());
    by_key_.erase(snapshots_.back().key);
    snapshots_.pop_back();
  }
}

uint64_t Snapshots::Find(int tag, uint64_t node, std::string* body) const {
  std::lock_guard lock(mutex_);
  auto found = by_key_.find({tag, node});
  if (found == by_key_.end()) return 0;
  *body = found->second->body;
  return found->second->rank;
}

bool Snapshots::Has(int tag, uint64_t node) const {
  std::lock_guard lock(mutex_);
  return by_key_.contains({tag, node});
}

}  // namespace procview::fuse
