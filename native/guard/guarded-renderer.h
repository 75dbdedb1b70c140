// Guards a renderer against hangs: the fallback server can answer a request while its thread hangs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "callers/callers.h"
#include "fuse/dispatch.h"
#include "guard/last-bodies.h"

namespace procview::fuse {

/// The callers that a renderer has looked up, and the last bodies of their containers. It lives as long as the renderer,
/// even if the renderer's thread stops and serves again.
struct CallerState {
  /// Null: no last body is kept.
  const callers::Callers* callers = nullptr;
  LastBodies last_bodies{};
};

/// Watches serving threads. It sleeps while no thread is in a call.
class Watchdog {
 public:
  virtual ~Watchdog() = default;
  /// A thread calls this when a call has begun.
  void Notify() {
    if (asleep_.load()) Wake();
  }

 protected:
  virtual void Wake() = 0;

  /// The watchdog sets it before its last check for calls; a thread reads it after it has begun a call. So at least one
  /// of both sees the other.
  std::atomic<bool> asleep_ = false;
};

/**
 * Stands between a dispatcher and its renderer, the only place where a request can hang: in a read of the kernel's files,
 * or in JavaScript. Each call of the renderer has a number. The first of both threads (this one or the fallback server)
 * that ends this number answers the request, so each request gets exactly one reply, and a late call changes nothing.
 */
class GuardedRenderer : public Renderer, public Replies {
 public:
  GuardedRenderer(Shared* shared, Renderer* renderer, Replies* replies, CallerState* state)
      : shared_(shared), renderer_(renderer), replies_(replies), state_of_callers_(state), dispatcher_(shared, this, this) {}

  /// Answers a request. Its bytes must stay until this returns. Returns 0, or the errno that makes serving impossible.
  int Handle(std::string_view request);

  Rendered Render(uint64_t node, const Caller& caller) override;
  Found Lookup(uint64_t directory, std::string_view name, const Caller& caller) override;
  int MayWrite(uint64_t node, const Caller& caller) override;
  fuse::Written Write(uint64_t node, const Caller& caller, std::string_view text) override;
  bool Finished() override { return renderer_->Finished(); }
  void Send(const OutHeader& header, std::string_view data) override;
  void Notify(const OutHeader& header, std::string_view data) override;

  // The fallback server calls these in its thread.

  /// Call it before the first request.
  void SetWatchdog(Watchdog* watchdog) { watchdog_ = watchdog; }
  /// Changes with each call.
  uint64_t state() const { return state_.load(); }
  /// The number of the call in progress, 0 if there is none.
  uint64_t Call() const;
  /// Whether the fallback server has answered the request in progress.
  bool claimed() const { return (state_.load(std::memory_order_acquire) & kClaimed) != 0; }
  /// The file whose body the call renders, 0 if it renders none.
  uint64_t node() const { return node_.load(std::memory_order_relaxed); }
  /// The caller of the request in progress.
  uint32_t pid() const { return pid_.load(std::memory_order_relaxed); }
  /// Claims the request of this call, unless the call has ended. Then runs `answer` with the request and its replies.
  void Claim(uint64_t call, const std::function<void(std::string_view, Replies*)>& answer);
  const CallerState& caller_state() const { return *state_of_callers_; }

 private:
  static constexpr uint64_t kClaimed = uint64_t{1} << 63;

  void BeginCall(uint64_t node, const Caller& caller);
  bool EndCall();
  callers::Tag TagOf(const Caller& caller) const;
  void KeepLastBody(uint64_t node, int tag, std::string_view body);
  Rendered LastBody(uint64_t node, const Caller& caller, int tag);

  Shared* shared_;
  Renderer* renderer_;
  Replies* replies_;
  CallerState* state_of_callers_;
  Dispatcher dispatcher_;
  Watchdog* watchdog_ = nullptr;
  std::string last_body_;
  std::string_view request_;
  std::atomic<uint64_t> node_ = 0;
  std::atomic<uint32_t> pid_ = 0;
  /// Number of the last call. It is odd while the call lasts.
  std::atomic<uint64_t> state_ = 0;
  /// The fallback server holds it while it uses the request.
  std::mutex claiming_;
  /// The request in progress has been answered: its reply is dropped.
  bool late_ = false;
};

}  // namespace procview::fuse
