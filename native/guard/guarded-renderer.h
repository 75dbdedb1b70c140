// What a serving thread lays open, so that the stand-in can answer in its place while it hangs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "fuse/dispatch.h"
#include "guard/last-bodies.h"
#include "callers/callers.h"

namespace procview::fuse {

/// Who readers are, as one renderer finds out and numbers them, and what each container saw last: it lives as long as
/// that renderer, however often its thread begins to serve.
struct Readers {
  /// Null: nothing is remembered.
  const callers::Callers* callers = nullptr;
  Snapshots snapshots{};
};

/// Who looks after serving threads, and sleeps while there is nothing to look after.
class Attendant {
 public:
  virtual ~Attendant() = default;
  /// A call has begun.
  void Heed() {
    if (dozing_.load()) Wake();
  }

 protected:
  virtual void Wake() = 0;

  /// Set before it looks for the last time, and read after a call has begun: one of both sees the other.
  std::atomic<bool> dozing_ = false;
};

/**
 * Stands between a dispatcher and its renderer, the only place where a request can hang: in a read of the
 * kernel's files, or in JavaScript. Each call of the renderer has a number; whoever ends that number
 * first, this thread or the stand-in, answers the request. So each request gets exactly one answer, and
 * no late call changes anything that the answer was made from.
 */
class Desk : public Renderer, public Replies {
 public:
  Desk(Shared* shared, Renderer* renderer, Replies* replies, Readers* readers)
      : shared_(shared), renderer_(renderer), replies_(replies), readers_(readers) {}

  /// The request that is handled next; its bytes stay until it is done.
  void Lay(std::string_view frame) { frame_ = frame; }

  Rendered Render(uint64_t node, const Caller& caller) override;
  Found Lookup(uint64_t directory, std::string_view name, const Caller& caller) override;
  int MayWrite(uint64_t node, const Caller& caller) override;
  fuse::Written Write(uint64_t node, const Caller& caller, std::string_view text) override;
  bool Finished() override { return renderer_->Finished(); }
  void Send(const OutHeader& header, std::string_view data) override;
  void Notify(const OutHeader& header, std::string_view data) override;

  // For the stand-in, in its thread.

  /// Before the first call.
  void AttendedBy(Attendant* attendant) { attendant_ = attendant; }
  /// Changes with each call.
  uint64_t state() const { return state_.load(); }
  /// The number of the call that the renderer is in, 0 if it is in none.
  uint64_t Call() const;
  /// Whether the stand-in has answered the request that this thread is in.
  bool claimed() const { return (state_.load(std::memory_order_acquire) & kClaimed) != 0; }
  /// The file whose body the call is for, 0 if it is for none, and who asks.
  uint64_t node() const { return node_.load(std::memory_order_relaxed); }
  uint32_t pid() const { return pid_.load(std::memory_order_relaxed); }
  /// Takes the request over, unless its thread is back: `answer` is given the request and where to reply.
  void Claim(uint64_t call, const std::function<void(std::string_view, Replies*)>& answer);
  const Readers& readers() const { return *readers_; }

 private:
  static constexpr uint64_t kClaimed = uint64_t{1} << 63;

  void Begin(uint64_t node, const Caller& caller);
  bool End();
  callers::Tag TagOf(const Caller& caller) const;
  void Keep(uint64_t node, int tag, std::string_view body);
  Rendered Instead(uint64_t node, const Caller& caller, int tag);

  Shared* shared_;
  Renderer* renderer_;
  Replies* replies_;
  Readers* readers_;
  Attendant* attendant_ = nullptr;
  std::string instead_;
  std::string_view frame_;
  std::atomic<uint64_t> node_ = 0;
  std::atomic<uint32_t> pid_ = 0;
  /// Number of the last call, odd while it lasts.
  std::atomic<uint64_t> state_ = 0;
  /// Held by the stand-in while it uses the request.
  std::mutex claiming_;
  /// The reply of the request in work is not wanted any more.
  bool late_ = false;
};

}  // namespace procview::fuse
