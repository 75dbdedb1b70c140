// The core of the session, without transport and without Node: a frame in, at most one reply out.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuse/decode.h"
#include "fuse/handles.h"
#include "persist/request-journal.h"
#include "fuse/size.h"
#include "fuse/tree.h"

namespace procview::fuse {

/// Takes replies to the kernel, or to a test.
class Replies {
 public:
  virtual ~Replies() = default;
  /// Header and data form one message and must be written as one.
  virtual void Send(const OutHeader& header, std::string_view data) = 0;
  /// Tells the kernel something it has not asked for. It may not want to know.
  virtual void Notify(const OutHeader& header, std::string_view data) = 0;
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

/// An id, or an errno.
struct Found {
  int error;
  uint64_t node;
};

/// How many bytes were taken, or an errno.
struct Written {
  int error;
  size_t size;
};

/// Knows what depends on who looks: JavaScript, or a test.
class Renderer {
 public:
  virtual ~Renderer() = default;
  /// The body of a file, the target of a link, or the entries of a dynamic directory without `.` and
  /// `..`: each its id in decimal, a blank, its name, NUL.
  virtual Rendered Render(uint64_t node, const Caller& caller) = 0;
  /// The entry of a dynamic directory that is not in the tree.
  virtual Found Lookup(uint64_t directory, std::string_view name, const Caller& caller) = 0;
  /// 0 if the caller may write to this file of the tree, or an errno.
  virtual int MayWrite(uint64_t node, const Caller& caller) = 0;
  /// Takes what the caller, who is asked about again, writes at the beginning of such a file.
  virtual Written Write(uint64_t node, const Caller& caller, std::string_view text) = 0;
  /// True if it can render nothing any more: its thread then stops serving.
  virtual bool Finished() { return false; }
};

struct Counters {
  std::atomic<uint64_t> requests = 0;
  std::atomic<uint64_t> opens = 0;
  std::atomic<uint64_t> renders = 0;
  std::atomic<uint64_t> failures = 0;
  std::atomic<uint64_t> bytes = 0;
  /// Requests that their serving thread did not answer in time.
  std::atomic<uint64_t> late = 0;
  /// The file that the last of them was for, 0 if for none.
  std::atomic<uint64_t> late_node = 0;
  /// Bodies given instead of what could not be rendered, or not in time: the last one, the host's.
  std::atomic<uint64_t> instead = 0;
};

/// What all threads that serve one connection share.
struct Shared {
  Shared(Tree nodes, uint64_t first_handle, Negotiated* settled)
      : tree(std::move(nodes)), handles(first_handle), sizes(tree.size()), negotiated(*settled) {}

  Tree tree;
  Handles handles;
  Sizes sizes;
  Counters counters;
  Negotiated& negotiated;
};

/// What a handler says: an errno, or data that stays valid until it has been sent.
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

  // For the handlers below.
  Shared& shared() { return *shared_; }
  Replies& replies() { return *replies_; }
  Rendered Render(uint64_t node, const Caller& caller);
  Found Find(uint64_t directory, std::string_view name, const Caller& caller);
  /// 0, or why the caller may not write to this file of the tree.
  int MayWrite(uint64_t node, const Caller& caller);
  Written Write(uint64_t node, const Caller& caller, std::string_view text);
  /// The body that a READ or READDIR at `offset` must see: the one kept under the handle, or one
  /// rendered now. It is held until the reply has been sent. Returns 0 or an errno.
  int BodyAt(const Request& request, uint64_t handle, uint64_t offset, std::string_view* body);
  /// Copies a reply into this thread's buffer.
  template <typename T>
  Answer Struct(const T& value) {
    out_.assign(reinterpret_cast<const char*>(&value), sizeof(T));
    return {0, out_};
  }
  /// The buffer for replies that are put together piece by piece.
  std::string& out() { return out_; }
  /// Ends serving once the reply has been sent.
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

/// Handlers, by subject; opcodes.cc says which opcode has which.
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
