// Answers while the serving threads hang.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "guard/guarded-renderer.h"
#include "fuse/dispatch.h"
#include "persist/request-journal.h"
#include "guard/hang-detector.h"
#include "callers/identity.h"
#include "base/timed-reader.h"

namespace procview::fuse {

/**
 * A thread that looks at the desks of all serving threads, and takes over the request of one that hangs:
 * what is on its way in the kernel, such as a read of a cgroup's file, cannot be called back. The answer is
 * the last body of that file for that container, else the host's bytes; a reader that is being killed is let
 * go at once. While all threads hang it reads and answers new requests as well. It runs no JavaScript, and
 * no read of its own can make it hang.
 */
class StandIn : private Renderer, private Attendant {
 public:
  /// Which of the connection's descriptors it reads requests from, in every process that serves it.
  static constexpr uint32_t kDescriptor = 1;

  /// @param journal where what it reads outlives the process
  StandIn(Shared* shared, Journal* journal);

  /// From now on the calling thread is looked after. `device`: descriptor kDescriptor.
  void Enter(Desk* desk, int device);
  /// The desk is looked at no more when this returns.
  void Leave(Desk* desk);
  /// False if a request has waited for seconds, and nobody answers it: then this does not work.
  bool Attends();

 private:
  void Run();
  void Attend(Patience* patience);
  bool Dying(uint32_t pid);
  void Interrupt(Desk* desk, uint64_t call);
  void Claim(Desk* desk, uint64_t call);
  bool Covering() const;
  void Look();
  uint64_t Begun() const;
  bool Idle() const;
  void Doze(std::unique_lock<std::mutex>* lock);
  void Wake() override;
  void Cover(std::unique_lock<std::mutex>* lock);

  Rendered Render(uint64_t node, const Caller& caller) override;
  Found Lookup(uint64_t directory, std::string_view name, const Caller& caller) override;
  int MayWrite(uint64_t node, const Caller& caller) override;
  fuse::Written Write(uint64_t node, const Caller& caller, std::string_view text) override;
  bool Remember(uint64_t node, uint32_t pid);
  bool Recall(const callers::Identity& appearance, uint64_t node);
  Rendered Host(uint64_t node);

  Shared* shared_;
  Journal* journal_;
  /// Held while one enters or leaves: the thread has ended before another one begins.
  std::mutex changing_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Patience> desks_;
  /// Looks since the last call.
  int quiet_ = 0;
  /// Begun() at the last look.
  uint64_t begun_ = 0;
  bool ending_ = false;
  std::thread thread_;
  int device_ = -1;
  /// In the journal; -1 until it reads its first request.
  int slot_ = -1;
  base::TimedReader host_reader_;
  std::unique_ptr<callers::IdentityReader> appearances_;
  /// The last bytes of the host's files.
  std::unordered_map<uint64_t, std::string> host_;
  std::string body_;
};

}  // namespace procview::fuse
