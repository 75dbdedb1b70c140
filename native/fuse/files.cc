// OPEN, READ, RELEASE: the only operations that meet a renderer.
#include <fcntl.h>

#include <cerrno>

#include "fuse/dispatch.h"

namespace procview::fuse {
namespace {

Caller CallerOf(const InHeader& header) { return {header.pid, header.uid, header.gid}; }

/// 0, or why this node has no body.
int NotFile(const Node* node) {
  if (node == nullptr) return ESTALE;
  return node->directory() ? EISDIR : 0;
}

std::string_view Slice(std::string_view body, uint64_t offset, uint32_t size) {
  return offset >= body.size() ? std::string_view() : body.substr(offset, size);
}

/// The body for a READ that found none: rendered for its caller, kept under its handle.
int RenderAgain(Dispatcher& dispatcher, uint64_t node, uint64_t handle, const Caller& caller,
                BodyReference* body) {
  int problem = NotFile(dispatcher.shared().tree.Find(node));
  if (problem != 0) return problem;
  Rendered rendered = dispatcher.Render(node, caller);
  if (rendered.error != 0) return rendered.error;
  *body = dispatcher.shared().handles.Keep(handle, caller, rendered.bytes);
  return *body ? 0 : ENOMEM;
}

}  // namespace

Answer Open(Dispatcher& dispatcher, const Request& request) {
  Shared& shared = dispatcher.shared();
  const Node* node = shared.tree.Find(request.header.nodeid);
  int problem = NotFile(node);
  if (problem != 0) return {problem, {}};
  if ((request.As<OpenIn>().flags & O_DIRECT) != 0) return {EINVAL, {}};  // as /proc
  shared.counters.opens.fetch_add(1, std::memory_order_relaxed);
  Caller caller = CallerOf(request.header);
  Rendered rendered = dispatcher.Render(request.header.nodeid, caller);
  if (rendered.error != 0) return {rendered.error, {}};
  uint64_t handle = shared.handles.Open(caller, rendered.bytes);
  if (handle == 0) return {ENOMEM, {}};
  HideSizeOnOpen(dispatcher, *node);
  bool noflush = shared.minor >= kNoflushMinor;
  return dispatcher.Struct(OpenOut{handle, kOpenDirectIo | (noflush ? kOpenNoflush : 0), 0});
}

Answer Read(Dispatcher& dispatcher, const Request& request) {
  Shared& shared = dispatcher.shared();
  auto in = request.As<ReadIn>();
  // One page cache cannot hold what each reader shall see. EINVAL makes who used splice or sendfile
  // (busybox's cat, uutils) fall back to read.
  if ((in.read_flags & kReadLockOwner) == 0) return {EINVAL, {}};
  Caller caller = CallerOf(request.header);
  BodyReference body = shared.handles.Read(in.fh, in.offset, &caller);
  if (!body) {
    int problem = RenderAgain(dispatcher, request.header.nodeid, in.fh, caller, &body);
    if (problem != 0) return {problem, {}};
  }
  std::string_view data = Slice(body.view(), in.offset, in.size);
  shared.counters.bytes.fetch_add(data.size(), std::memory_order_relaxed);
  dispatcher.Hold(std::move(body));
  return {0, data};
}

Answer Release(Dispatcher& dispatcher, const Request& request) {
  dispatcher.shared().handles.Release(request.As<ReleaseIn>().fh);
  return {};
}

}  // namespace procview::fuse
