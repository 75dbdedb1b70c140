// One mounted connection, shared by all threads of the process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fuse/channel.h"
#include "fuse/dispatch.h"
#include "fuse/error.h"
#include "fuse/mount.h"
#include "fuse/threads.h"

namespace procview::fuse {

struct Options {
  std::string mountpoint;
  /// Source of the mount, as findmnt shows it.
  std::string fsname;
  std::vector<Node> nodes;
};

enum class End { kStopped, kUnmounted, kFailed };

class Session {
 public:
  /// Mounts, and registers the session for other threads. Null and an error if that fails.
  static std::shared_ptr<Session> Create(Options options, Error* error);
  /// The session of this number, or null if there is none or it was unmounted.
  static std::shared_ptr<Session> Attach(uint32_t id);

  Session(Tree tree, uint64_t first_handle);

  uint32_t id() const { return id_; }
  /// Answers requests in the calling thread. Worker 0 reads the connection's own descriptor, the
  /// others a clone of it, which has its own queue of requests in work.
  End Serve(uint32_t worker, Renderer* renderer, Error* error);
  /// Makes every serving thread return, for good. False if one has not within 5 s.
  bool Stop();
  /// Detaches the mount if it is still ours, and takes the session off the register. Idempotent.
  void Unmount(Error* error);
  const Shared& shared() const { return shared_; }

 private:
  End Loop(int fd, Renderer* renderer, Error* error);

  Shared shared_;
  Threads threads_;
  Descriptor device_;
  std::mutex unmounting_;
  Mount mount_;
  uint32_t id_ = 0;
};

}  // namespace procview::fuse
