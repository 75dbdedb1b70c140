#include "guard/guarded-renderer.h"

#include <cerrno>

namespace procview::fuse {

int GuardedRenderer::Handle(std::string_view request) {
  request_ = request;
  return dispatcher_.Handle(request);
}

void GuardedRenderer::BeginCall(uint64_t node, const Caller& caller) {
  node_.store(node, std::memory_order_relaxed);
  pid_.store(caller.pid, std::memory_order_relaxed);
  state_.store(state_.load(std::memory_order_relaxed) + 1);
  if (watchdog_ != nullptr) watchdog_->Notify();
}

/// Returns false if the fallback server has answered the request.
bool GuardedRenderer::EndCall() {
  uint64_t call = state_.load(std::memory_order_relaxed) & ~kClaimed;
  uint64_t expected = call;
  if (state_.compare_exchange_strong(expected, call + 1, std::memory_order_acq_rel)) return true;
  // It may still be using the request.
  std::lock_guard lock(claiming_);
  state_.store(call + 1, std::memory_order_release);
  late_ = true;
  return false;
}

Rendered GuardedRenderer::Render(uint64_t node, const Caller& caller) {
  BeginCall(node, caller);
  Rendered rendered = renderer_->Render(node, caller);
  // The renderer has looked the caller up.
  const callers::Tag tag = TagOf(caller);
  if (rendered.error == 0) KeepLastBody(node, tag.number, rendered.bytes);
  if (rendered.error == kLastBody) rendered = LastBody(node, caller, tag.number);
  rendered.owner = tag.owner;
  return EndCall() ? rendered : Rendered{ECANCELED, {}};
}

Found GuardedRenderer::Lookup(uint64_t directory, std::string_view name, const Caller& caller) {
  BeginCall(0, caller);
  Found found = renderer_->Lookup(directory, name, caller);
  return EndCall() ? found : Found{ECANCELED, 0};
}

int GuardedRenderer::MayWrite(uint64_t node, const Caller& caller) {
  BeginCall(0, caller);
  int error = renderer_->MayWrite(node, caller);
  return EndCall() ? error : ECANCELED;
}

Written GuardedRenderer::Write(uint64_t node, const Caller& caller, std::string_view text) {
  BeginCall(0, caller);
  fuse::Written written = renderer_->Write(node, caller, text);
  return EndCall() ? written : fuse::Written{ECANCELED, 0};
}

void GuardedRenderer::Send(const OutHeader& header, std::string_view data) {
  if (!late_) replies_->Send(header, data);
  late_ = false;
}

void GuardedRenderer::Notify(const OutHeader& header, std::string_view data) {
  replies_->Notify(header, data);
}

/// Keeps bodies only of files with the container's own figures. Other files show settings of the caller, which the
/// tag does not identify.
void GuardedRenderer::KeepLastBody(uint64_t node, int tag, std::string_view body) {
  Known known = shared_->tree.Describe(node);
  if (!known.dynamic && known.host().empty()) return;
  if (tag != callers::Callers::kUnknown) state_of_callers_->last_bodies.Keep(tag, node, body);
}

/// The last body of the container, else the body for a caller in no container.
Rendered GuardedRenderer::LastBody(uint64_t node, const Caller& caller, int tag) {
  shared_->counters.fallbacks.fetch_add(1, std::memory_order_relaxed);
  if (state_of_callers_->last_bodies.Find(tag, node, &last_body_) != 0) return {0, last_body_};
  return renderer_->Render(node, {0, caller.uid, caller.gid});
}

callers::Tag GuardedRenderer::TagOf(const Caller& caller) const {
  const callers::Callers* callers = state_of_callers_->callers;
  return callers == nullptr ? callers::Tag{} : callers->Known(static_cast<pid_t>(caller.pid));
}

uint64_t GuardedRenderer::Call() const {
  uint64_t state = state_.load();
  return (state & 1) != 0 ? state & ~kClaimed : 0;
}

void GuardedRenderer::Claim(uint64_t call, const std::function<void(std::string_view, Replies*)>& answer) {
  std::lock_guard lock(claiming_);
  if (!state_.compare_exchange_strong(call, call | kClaimed, std::memory_order_acq_rel)) return;
  answer(request_, replies_);
}

}  // namespace procview::fuse
