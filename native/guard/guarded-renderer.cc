#include "guard/guarded-renderer.h"

#include <cerrno>

namespace procview::fuse {

void Desk::Begin(uint64_t node, const Caller& caller) {
  node_.store(node, std::memory_order_relaxed);
  pid_.store(caller.pid, std::memory_order_relaxed);
  state_.store(state_.load(std::memory_order_relaxed) + 1);
  if (attendant_ != nullptr) attendant_->Heed();
}

/// False: the stand-in has answered.
bool Desk::End() {
  uint64_t call = state_.load(std::memory_order_relaxed) & ~kClaimed;
  uint64_t expected = call;
  if (state_.compare_exchange_strong(expected, call + 1, std::memory_order_acq_rel)) return true;
  // It may still be about it.
  std::lock_guard lock(claiming_);
  state_.store(call + 1, std::memory_order_release);
  late_ = true;
  return false;
}

Rendered Desk::Render(uint64_t node, const Caller& caller) {
  Begin(node, caller);
  Rendered rendered = renderer_->Render(node, caller);
  // The renderer has looked the caller up.
  const callers::Tag tag = TagOf(caller);
  if (rendered.error == 0) Keep(node, tag.number, rendered.bytes);
  if (rendered.error == kLastBody) rendered = Instead(node, caller, tag.number);
  rendered.owner = tag.owner;
  return End() ? rendered : Rendered{ECANCELED, {}};
}

Found Desk::Lookup(uint64_t directory, std::string_view name, const Caller& caller) {
  Begin(0, caller);
  Found found = renderer_->Lookup(directory, name, caller);
  return End() ? found : Found{ECANCELED, 0};
}

int Desk::MayWrite(uint64_t node, const Caller& caller) {
  Begin(0, caller);
  int error = renderer_->MayWrite(node, caller);
  return End() ? error : ECANCELED;
}

Written Desk::Write(uint64_t node, const Caller& caller, std::string_view text) {
  Begin(0, caller);
  fuse::Written written = renderer_->Write(node, caller, text);
  return End() ? written : fuse::Written{ECANCELED, 0};
}

void Desk::Send(const OutHeader& header, std::string_view data) {
  if (!late_) replies_->Send(header, data);
  late_ = false;
}

void Desk::Notify(const OutHeader& header, std::string_view data) {
  replies_->Notify(header, data);
}

/// Bodies of files that every container sees its own figures in. Others tell the caller's settings, for
/// which its container is asked in other ways.
void Desk::Keep(uint64_t node, int tag, std::string_view body) {
  Known known = shared_->tree.Describe(node);
  if (!known.dynamic && known.host().empty()) return;
  if (tag != callers::Callers::kUnknown) readers_->snapshots.Keep(tag, node, body);
}

/// The renderer has failed with this container: what it saw last, else what one sees who is in none.
Rendered Desk::Instead(uint64_t node, const Caller& caller, int tag) {
  shared_->counters.instead.fetch_add(1, std::memory_order_relaxed);
  if (readers_->snapshots.Find(tag, node, &instead_) != 0) return {0, instead_};
  return renderer_->Render(node, {0, caller.uid, caller.gid});
}

callers::Tag Desk::TagOf(const Caller& caller) const {
  const callers::Callers* callers = readers_->callers;
  return callers == nullptr ? callers::Tag{} : callers->Known(static_cast<pid_t>(caller.pid));
}

uint64_t Desk::Call() const {
  uint64_t state = state_.load();
  return (state & 1) != 0 ? state & ~kClaimed : 0;
}

void Desk::Claim(uint64_t call, const std::function<void(std::string_view, Replies*)>& answer) {
  std::lock_guard lock(claiming_);
  if (!state_.compare_exchange_strong(call, call | kClaimed, std::memory_order_acq_rel)) return;
  answer(frame_, replies_);
}

}  // namespace procview::fuse
