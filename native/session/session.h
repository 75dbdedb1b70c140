// One mounted connection. All threads of the process share it, and the next process takes it over.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "fuse/dispatch.h"
#include "guard/fallback-server.h"
#include "persist/handles.h"
#include "persist/request-journal.h"
#include "session/adopt.h"
#include "session/channel.h"
#include "session/mount.h"
#include "session/threads.h"

namespace procview::fuse {

struct Options {
  std::string mountpoint;
  /// Source of the mount, as findmnt shows it.
  std::string fsname;
  std::vector<Node> nodes;
  /// Most threads that serve.
  uint32_t workers = 1;
  /// File of the journal; empty: no process can take over the connection.
  std::string journal;
  /// Descriptors from a store or a predecessor.
  std::vector<Inherited> inherited;
  /// Fails instead of mounting a new connection.
  bool adopt = false;
  /// File that keeps the bodies of open files over a restart; empty: none does.
  std::string bodies;
  /// Every bind of the mount shows this number, in any mount namespace, as max_read; 0: not shown. It is larger than
  /// any read, which the kernel limits by max_read.
  uint32_t owner = 0;
};

enum class End { kStopped, kUnmounted, kFailed };

class Session {
 public:
  /// Takes over the inherited connection or mounts a new one, and registers the session for other threads. Returns null
  /// and an error on failure.
  static std::shared_ptr<Session> Create(Options options, base::Error* error);
  /// The session of this number, or null if there is none or it was unmounted.
  static std::shared_ptr<Session> Attach(uint32_t id);

  Session(std::vector<Node> nodes, std::unique_ptr<RequestJournal> journal, std::string* problem);

  uint32_t id() const { return id_; }
  /// True if the connection was taken over from another process.
  bool adopted() const { return adopted_; }
  /// The descriptors of the workers and of the fallback server. The session owns them.
  const std::vector<base::Fd>& descriptors() const { return devices_; }
  /// The name of a descriptor in a descriptor store.
  std::string NameOf(uint32_t number) const;
  /// Answers pending requests of a predecessor, then new requests, in the calling thread. Worker 0 reads the connection's
  /// own descriptor, each other worker a clone of it, which has its own queue of requests in progress.
  /// @param state keeps the last bodies of containers
  End Serve(uint32_t worker, Renderer* renderer, CallerState* state, base::Error* error);
  /// Makes every serving thread return, until Resume. Returns false if one has not within 5 s.
  bool Stop();
  /// Lets this many threads serve again, after another process may have served.
  void Resume(uint32_t workers, base::Error* error);
  /// FallbackServer::Works.
  bool Progresses() { return fallback_server_.Works(); }
  /// Detaches the mount if it is still ours, and removes the session from the register. Idempotent.
  void Unmount(base::Error* error);
  /// Mount::Restore.
  bool Restore(base::Error* error);
  const Shared& shared() const { return shared_; }
  /// Why the bodies of a predecessor were lost; empty if they were not.
  const std::string& problem() const { return problem_; }

 private:
  bool Adopt(Options* options);
  void Mount(const Options& options, base::Error* error);
  void Clone(uint32_t workers, base::Error* error);
  void FindPending();
  void ContinueBodies();
  int NextPending();
  void AnswerPending(Renderer* renderer, CallerState* state);
  void Answer(int slot, GuardedRenderer* renderer);
  End Loop(uint32_t number, GuardedRenderer* renderer, Channel* channel, base::Error* error);

  std::unique_ptr<RequestJournal> journal_;
  std::string bodies_;
  std::string problem_;
  Handles handles_;
  Shared shared_;
  FallbackServer fallback_server_{&shared_, journal_.get()};
  std::optional<Channel> fallback_channel_;
  Threads threads_;
  std::vector<base::Fd> devices_;
  std::mutex pending_mutex_;
  /// Slots of the pending requests.
  std::vector<int> pending_;
  std::mutex unmounting_;
  fuse::Mount mount_;
  uint32_t id_ = 0;
  bool adopted_ = false;
};

}  // namespace procview::fuse
