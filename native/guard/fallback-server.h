// Answers requests while the serving threads hang.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/timed-reader.h"
#include "callers/identity.h"
#include "fuse/dispatch.h"
#include "guard/guarded-renderer.h"
#include "guard/hang-detector.h"
#include "persist/request-journal.h"

namespace procview::fuse {

/**
 * A thread that watches the renderers of all serving threads, and answers the request of one that hangs. A call in the
 * kernel, such as a read of a cgroup's file, cannot be interrupted. The answer is the last body of that file for that
 * container, else the host's bytes. A reader that is being killed gets an error at once. While all threads hang, it also
 * reads and answers new requests. It runs no JavaScript, and none of its own reads can make it hang.
 */
class FallbackServer : private Renderer, private Watchdog {
 public:
  /// Number of the connection's descriptor from which it reads requests, in every process that serves the connection.
  static constexpr uint32_t kDescriptor = 1;

  /// @param journal keeps the requests that it reads
  FallbackServer(Shared* shared, RequestJournal* journal);

  /// Starts watching the calling thread. `transport` reads descriptor kDescriptor; null: no new requests are read.
  void Add(GuardedRenderer* renderer, Transport* transport);
  /// Stops watching this renderer. It is not used any more when this returns.
  void Remove(GuardedRenderer* renderer);
  /// False if the thread should watch renderers, but has made no check between two calls of this that are seconds apart.
  /// Call it again and again. Does not wait for the thread.
  bool Works();

 private:
  using Clock = std::chrono::steady_clock;

  void Run();
  void CheckAll();
  void Check(HangDetector* detector);
  bool IsDying(uint32_t pid);
  void Interrupt(GuardedRenderer* renderer, uint64_t call);
  void Answer(GuardedRenderer* renderer, uint64_t call);
  bool AllHang() const;
  void ServeNext(std::unique_lock<std::mutex>* lock);
  uint64_t SumOfStates() const;
  bool Idle() const;
  void Sleep(std::unique_lock<std::mutex>* lock);
  void Wake() override;
  void SetWatches(bool watches);

  Rendered Render(uint64_t node, const Caller& caller) override;
  Found Lookup(uint64_t directory, std::string_view name, const Caller& caller) override;
  int MayWrite(uint64_t node, const Caller& caller) override;
  fuse::Written Write(uint64_t node, const Caller& caller, std::string_view text) override;
  bool FindLastBody(uint64_t node, uint32_t pid);
  Rendered HostBody(uint64_t node);

  Shared* shared_;
  RequestJournal* journal_;
  /// Held by Add and Remove: the thread has ended before another one starts.
  std::mutex changing_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<HangDetector> detectors_;
  /// Checks since the last call.
  int idle_checks_ = 0;
  /// SumOfStates at the last check.
  uint64_t last_sum_ = 0;
  bool ending_ = false;
  std::thread thread_;
  std::atomic<uint64_t> checks_ = 0;
  /// False while there is nothing to watch.
  std::atomic<bool> watches_ = false;
  /// What Works has seen: the number of checks, and when that number was new.
  std::mutex seen_mutex_;
  uint64_t seen_checks_ = 0;
  Clock::time_point seen_at_{};
  Transport* transport_ = nullptr;
  /// Its slot in the journal; -1 until it reads its first request.
  int slot_ = -1;
  base::TimedReader host_reader_;
  std::unique_ptr<callers::IdentityReader> identities_;
  /// The last bytes of the host's files.
  std::unordered_map<uint64_t, std::string> host_bodies_;
  std::string body_;
};

}  // namespace procview::fuse
