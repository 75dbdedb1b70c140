// OPEN, READ, WRITE, RELEASE of files.
#include <fcntl.h>

#include <cerrno>

#include "fuse/dispatch.h"

namespace procview::fuse {
namespace {

/// 0, or an errno if this node has no body.
int NotFile(const Known& known) {
  if (known.file()) return 0;
  if (known.link()) return ELOOP;
  return known.directory() ? EISDIR : ESTALE;
}

/// 0, or an errno if no process may open the file with these flags. The kernel has checked the caller's permissions by
/// the mode (default_permissions); in /sys they apply to root too. A write to a file of /proc fails, as there. A file of
/// a dynamic directory cannot be opened for writing, as in a /sys that is mounted read-only.
int NotAllowed(const Known& known, uint32_t flags) {
  constexpr uint32_t kReadable = 0444;
  if (known.writable()) return 0;
  if (known.dynamic && (flags & O_ACCMODE) != O_RDONLY) return EROFS;
  return (known.mode & kReadable) == 0 ? EACCES : 0;
}

/// Whether this opens a writable file for writing.
bool ForWriting(const Known& known, uint32_t flags) {
  return known.writable() && (flags & O_ACCMODE) != O_RDONLY;
}

/// A handle, or an errno.
struct Opened {
  int error;
  uint64_t handle;
};

/// A handle with its body; without one if the file is opened only for writing.
Opened HandleFor(Dispatcher& dispatcher, const Known& known, uint32_t flags, const Caller& caller) {
  OpenFiles& files = dispatcher.shared().files;
  if (ForWriting(known, flags)) {
    int problem = dispatcher.MayWrite(known.id, caller);
    if (problem != 0) return {problem, 0};
    if ((flags & O_ACCMODE) == O_WRONLY) return {0, files.OpenForWriting()};
  }
  Rendered rendered = dispatcher.Render(known.id, caller);
  if (rendered.error != 0) return {rendered.error, 0};
  return {0, files.Open(caller, rendered.owner, rendered.bytes)};
}

std::string_view Slice(std::string_view body, uint64_t offset, uint32_t size) {
  return offset >= body.size() ? std::string_view() : body.substr(offset, size);
}

}  // namespace

Answer Open(Dispatcher& dispatcher, const Request& request) {
  Shared& shared = dispatcher.shared();
  Known known = shared.tree.Describe(request.header.nodeid);
  int problem = NotFile(known);
  if (problem != 0) return {problem, {}};
  uint32_t flags = request.As<OpenIn>().flags;
  if ((flags & O_DIRECT) != 0) return {EINVAL, {}};  // as /proc
  problem = NotAllowed(known, flags);
  if (problem != 0) return {problem, {}};
  Caller caller = CallerOf(request.header);
  shared.counters.opens.fetch_add(1, std::memory_order_relaxed);
  Opened opened = HandleFor(dispatcher, known, flags, caller);
  if (opened.error != 0) return {opened.error, {}};
  HideSizeOnOpen(dispatcher, known);
  bool noflush = shared.negotiated.minor >= kNoflushMinor;
  return dispatcher.Struct(OpenOut{opened.handle, kOpenDirectIo | (noflush ? kOpenNoflush : 0), 0});
}

Answer Read(Dispatcher& dispatcher, const Request& request) {
  Shared& shared = dispatcher.shared();
  auto in = request.As<ReadIn>();
  // CallerState see different bodies, so none may reach the page cache. EINVAL makes programs that use splice or sendfile
  // (busybox's cat, uutils) fall back to read.
  if ((in.read_flags & kReadLockOwner) == 0) return {EINVAL, {}};
  int problem = NotFile(shared.tree.Describe(request.header.nodeid));
  if (problem != 0) return {problem, {}};
  std::string_view body;
  problem = dispatcher.BodyAt(request, in.fh, in.offset, &body);
  if (problem != 0) return {problem, {}};
  std::string_view data = Slice(body, in.offset, in.size);
  shared.counters.bytes.fetch_add(data.size(), std::memory_order_relaxed);
  return {0, data};
}

/// Follows the rules of sysctl files (proc_first_pos_non_zero_ignore and sysctl_writes_strict of kernel/sysctl.c): a
/// write after the beginning is ignored, and an appending one goes to the beginning. Other files refuse as /proc does.
Answer Write(Dispatcher& dispatcher, const Request& request) {
  Known known = dispatcher.shared().tree.Describe(request.header.nodeid);
  int problem = NotFile(known);
  if (problem != 0) return {problem, {}};
  if (!known.writable()) return {EIO, {}};
  auto in = request.As<WriteIn>();
  std::string_view text = request.body.substr(sizeof(WriteIn));
  if (text.size() != in.size) return {EINVAL, {}};
  if (in.offset > 0 && (in.flags & O_APPEND) == 0) {
    return dispatcher.Struct(WriteOut{in.size, 0});
  }
  Written written = dispatcher.Write(known.id, CallerOf(request.header), text);
  if (written.error != 0) return {written.error, {}};
  return dispatcher.Struct(WriteOut{static_cast<uint32_t>(written.size), 0});
}

Answer Release(Dispatcher& dispatcher, const Request& request) {
  dispatcher.shared().files.Release(request.As<ReleaseIn>().fh);
  return {};
}

}  // namespace procview::fuse
