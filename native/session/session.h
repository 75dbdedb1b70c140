// One mounted connection, shared by all threads of the process, and taken over by the next one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "session/adopt.h"
#include "session/channel.h"
#include "fuse/dispatch.h"
#include "base/error.h"
#include "persist/request-journal.h"
#include "session/mount.h"
#include "guard/fallback-server.h"
#include "session/threads.h"

namespace procview::fuse {

struct Options {
  std::string mountpoint;
  /// Source of the mount, as findmnt shows it.
  std::string fsname;
  std::vector<Node> nodes;
  /// How many threads serve at most.
  uint32_t workers = 1;
  /// File of the journal; empty: nobody can take over.
  std::string journal;
  /// What a store or a predecessor has given us.
  std::vector<Inherited> inherited;
  /// Fails rather than mount a new connection.
  bool adopt = false;
  /// File in which the bodies of open files outlive the process; empty: they do not.
  std::string bodies;
  /// Whose the mount is, shown with every bind of it, in any mount namespace; 0: not shown. It is
  /// more than any read asks for, which the kernel limits by it (max_read).
  uint32_t owner = 0;
};

enum class End { kStopped, kUnmounted, kFailed };

class Session {
 public:
  /// Takes over the connection that is inherited or mounts a new one, and registers the session for other
  /// threads. Null and an error if that fails.
  static std::shared_ptr<Session> Create(Options options, base::Error* error);
  /// The session of this number, or null if there is none or it was unmounted.
  static std::shared_ptr<Session> Attach(uint32_t id);

  Session(Tree tree, std::unique_ptr<Journal> journal);

  uint32_t id() const { return id_; }
  /// True if the connection is another process's.
  bool adopted() const { return adopted_; }
  /// Each worker's and the stand-in's, with the names to keep them under. They stay ours.
  const std::vector<base::Fd>& descriptors() const { return devices_; }
  std::string NameOf(uint32_t number) const;
  /// Answers what a predecessor has left, then requests, in the calling thread. Worker 0 reads the
  /// connection's own descriptor, the others a clone of it each, which has its own queue of requests in work.
  /// What each container saw last is kept in `readers`, for when the thread hangs.
  End Serve(uint32_t worker, Renderer* renderer, Readers* readers, base::Error* error);
  /// Makes every serving thread return, until Resume. False if one has not within 5 s.
  bool Stop();
  /// Lets so many threads serve again, after whoever served meanwhile.
  void Resume(uint32_t workers, base::Error* error);
  /// False if a request waits for seconds, and neither its thread nor the stand-in answers it.
  bool Progresses();
  /// Detaches the mount if it is still ours, and takes the session off the register. Idempotent.
  void Unmount(base::Error* error);
  /// Mount::Restore.
  bool Restore(base::Error* error);
  const Shared& shared() const { return shared_; }
  /// What was wrong with the file of bodies that a predecessor left; empty if nothing was.
  const std::string& problem() const { return problem_; }

 private:
  bool Adopt(Options* options);
  void Mount(const Options& options, base::Error* error);
  void Clone(uint32_t workers, base::Error* error);
  void FindLeftovers();
  /// Goes on with the bodies of open files that another process has left.
  void ContinueBodies();
  /// Slot of the next leftover, -1 if there is none.
  int NextLeftover();
  void AnswerLeftovers(Renderer* renderer, Readers* readers);
  void AnswerLeftover(int slot, Desk* desk);
  End Loop(uint32_t number, Desk* desk, Channel* channel, base::Error* error);

  std::unique_ptr<Journal> journal_;
  std::string bodies_;
  std::string problem_;
  Shared shared_;
  StandIn stand_in_{&shared_, journal_.get()};
  Threads threads_;
  std::vector<base::Fd> devices_;
  std::mutex leftover_;
  std::vector<int> leftovers_;
  std::mutex unmounting_;
  fuse::Mount mount_;
  uint32_t id_ = 0;
  bool adopted_ = false;
};

}  // namespace procview::fuse
