// Answers FUSE requests, without transport and without Node: one frame in, at most one reply out.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuse/decode.h"
#include "fuse/negotiated.h"
#include "fuse/open-files.h"
#include "fuse/size.h"
#include "fuse/tree.h"

namespace procview::fuse {

/// Receives the replies: the kernel, or a test.
class Replies {
 public:
  virtual ~Replies() = default;
  /// Sends header and data, which form one message and must be written in one call.
  virtual void Send(const OutHeader& header, std::string_view data) = 0;
  /// Sends a notification. The kernel may refuse it.
  virtual void Notify(const OutHeader& header, std::string_view data) = 0;
};

/// A source of requests, to which the replies go back.
class Transport : public Replies {
 public:
  /// Reads a request. Returns its length, or a negative errno: -EAGAIN if there is none after all (a signal came,
  /// or the kernel took the request back), -ENODEV if the file system is unmounted.
  virtual int Receive(char* buffer, size_t size) = 0;
  /// Waits up to so long until Receive has a request, or an error.
  virtual bool Wait(std::chrono::milliseconds limit) = 0;
};

/// In place of an errno: the renderer has no body for this caller now, but an earlier one will do.
constexpr int kLastBody = 4096;

/// A rendered body, valid until the next call, or an errno, or kLastBody.
struct Rendered {
  int error;
  std::string_view bytes;
  /// The container to which the body is counted, or kHost or kUnseen. It stays the same over restarts.
  uint64_t owner = kHost;
};

/// A node id, or an errno.
struct Found {
  int error;
  uint64_t node;
};

/// How many bytes were accepted, or an errno.
struct Written {
  int error;
  size_t size;
};

/// Renders what depends on the caller: JavaScript, or a test.
class Renderer {
 public:
  virtual ~Renderer() = default;
  /// The body of a file, the target of a link, or the entries of a dynamic directory without `.` and `..`: for each
  /// its id in decimal, a space, its name, NUL.
  virtual Rendered Render(uint64_t node, const Caller& caller) = 0;
  /// An entry of a dynamic directory that is not in the tree.
  virtual Found Lookup(uint64_t directory, std::string_view name, const Caller& caller) = 0;
  /// 0 if the caller may write to this file of the tree, or an errno.
  virtual int MayWrite(uint64_t node, const Caller& caller) = 0;
  /// Accepts a write at the beginning of such a file. Checks again whether the caller may write.
  virtual Written Write(uint64_t node, const Caller& caller, std::string_view text) = 0;
  /// True if it cannot render any more: its thread then stops serving.
  virtual bool Finished() { return false; }
};

struct Counters {
  std::atomic<uint64_t> requests = 0;
  std::atomic<uint64_t> opens = 0;
  std::atomic<uint64_t> renders = 0;
  std::atomic<uint64_t> failures = 0;
  std::atomic<uint64_t> bytes = 0;
  /// Requests that the serving thread did not answer in time.
  std::atomic<uint64_t> late = 0;
  /// Node of the last of them, 0 if it had none.
  std::atomic<uint64_t> late_node = 0;
  /// Last bodies and host's bytes that were sent because no body could be rendered, or not in time.
  std::atomic<uint64_t> fallbacks = 0;
};

/// Shared by all threads that serve one connection.
struct Shared {
  Shared(Tree nodes, OpenFiles* open_files, Negotiated* result_of_init)
      : tree(std::move(nodes)), files(*open_files), sizes(tree.size()), negotiated(*result_of_init) {}

  Tree tree;
  OpenFiles& files;
  Sizes sizes;
  Counters counters;
  Negotiated& negotiated;
};

/// A handler's result: an errno, or data that stays valid until it is sent.
struct Answer {
  int error = 0;
  std::string_view data;
};

/// One per serving thread.
class Dispatcher {
 public:
  Dispatcher(Shared* shared, Renderer* renderer, Replies* replies);

  /// Answers one frame. Returns 0, or the errno that makes serving this kernel impossible.
  int Handle(std::string_view frame);

  // The handlers below use these.
  Shared& shared() { return *shared_; }
  Replies& replies() { return *replies_; }
  Rendered Render(uint64_t node, const Caller& caller);
  Found Find(uint64_t directory, std::string_view name, const Caller& caller);
  /// 0, or an errno if the caller may not write to this file of the tree.
  int MayWrite(uint64_t node, const Caller& caller);
  Written Write(uint64_t node, const Caller& caller, std::string_view text);
  /// The body for a READ or READDIR at `offset`: the one kept under the handle, or one rendered now. It stays valid
  /// until the reply is sent. Returns 0 or an errno.
  int BodyAt(const Request& request, uint64_t handle, uint64_t offset, std::string_view* body);
  /// Copies a reply into this thread's buffer.
  template <typename T>
  Answer Struct(const T& value) {
    out_.assign(reinterpret_cast<const char*>(&value), sizeof(T));
    return {0, out_};
  }
  /// The buffer for replies that are put together piece by piece.
  std::string& out() { return out_; }
  /// Ends serving after the reply is sent.
  void Fail(int error) { fatal_ = error; }

 private:
  Answer Answered(Request* request);
  void Reply(const InHeader& header, const Answer& answer);

  Shared* shared_;
  Renderer* renderer_;
  Replies* replies_;
  std::string out_;
  BodyReference held_;
  int fatal_ = 0;
};

/// Handlers. opcodes.cc assigns them to opcodes.
Answer Init(Dispatcher& dispatcher, const Request& request);
Answer Lookup(Dispatcher& dispatcher, const Request& request);
Answer Getattr(Dispatcher& dispatcher, const Request& request);
Answer Readlink(Dispatcher& dispatcher, const Request& request);
Answer Setattr(Dispatcher& dispatcher, const Request& request);
Answer Opendir(Dispatcher& dispatcher, const Request& request);
Answer Readdir(Dispatcher& dispatcher, const Request& request);
Answer Readdirplus(Dispatcher& dispatcher, const Request& request);
Answer Statfs(Dispatcher& dispatcher, const Request& request);
Answer Listxattr(Dispatcher& dispatcher, const Request& request);
Answer Rename(Dispatcher& dispatcher, const Request& request);
Answer Open(Dispatcher& dispatcher, const Request& request);
Answer Read(Dispatcher& dispatcher, const Request& request);
Answer Write(Dispatcher& dispatcher, const Request& request);
Answer Release(Dispatcher& dispatcher, const Request& request);

}  // namespace procview::fuse
