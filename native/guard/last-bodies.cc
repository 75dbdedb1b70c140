#include "guard/last-bodies.h"

#include <atomic>

namespace procview::fuse {
namespace {

/// All threads share one order: a reader must not get an older body than before.
std::atomic<uint64_t> next_rank = 1;

}  // namespace

size_t LastBodies::Cost(const Entry& entry) {
  constexpr size_t kBookkeeping = 128;
  return entry.body.capacity() + kBookkeeping;
}

void LastBodies::Keep(int tag, uint64_t node, std::string_view body) {
  std::lock_guard lock(mutex_);
  auto [found, added] = by_key_.try_emplace({tag, node});
  if (added) {
    entries_.push_front({{tag, node}, 0, {}});
    found->second = entries_.begin();
  } else {
    kept_ -= Cost(*found->second);
    entries_.splice(entries_.begin(), entries_, found->second);
  }
  Entry& entry = entries_.front();
  entry.rank = next_rank.fetch_add(1, std::memory_order_relaxed);
  entry.body.assign(body);
  kept_ += Cost(entry);
  Shrink();
}

void LastBodies::Shrink() {
  while (kept_ > budget_) {
    kept_ -= Cost(entries_.back());
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

uint64_t LastBodies::Find(int tag, uint64_t node, std::string* body) const {
  std::lock_guard lock(mutex_);
  auto found = by_key_.find({tag, node});
  if (found == by_key_.end()) return 0;
  *body = found->second->body;
  return found->second->rank;
}

bool LastBodies::Has(int tag, uint64_t node) const {
  std::lock_guard lock(mutex_);
  return by_key_.contains({tag, node});
}

}  // namespace procview::fuse
