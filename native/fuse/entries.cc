// Requests for names and attributes. The static tree answers them; below dynamic directories the id that the renderer
// found does.
#include <climits>

#include <cerrno>

#include "fuse/dispatch.h"
#include "fuse/entry.h"

namespace procview::fuse {
namespace {

/// The tree never changes, so the kernel may cache names for an hour and attributes for ever (100 years). The id of a
/// node contains its attributes. A bind mount of a file is never looked up again, and open(2) would request expired
/// attributes each time.
constexpr uint64_t kEntryValidSeconds = 3600;
constexpr uint64_t kAttrValidSeconds = 100ULL * 365 * 24 * 3600;
constexpr uint64_t kMissingSeconds = 1;

Answer Attributes(Dispatcher& dispatcher, const Known& known, uint64_t size) {
  AttrOut out{};
  out.attr_valid = kAttrValidSeconds;
  out.attr = dispatcher.shared().tree.Attributes(known);
  out.attr.size = size;
  return dispatcher.Struct(out);
}

/// Looks up a name that depends on the caller: the kernel must not cache it.
Answer LookupDynamic(Dispatcher& dispatcher, const Request& request) {
  Caller caller = CallerOf(request.header);
  Found found = dispatcher.Find(request.header.nodeid, request.names[0], caller);
  if (found.error != 0) return {found.error, {}};
  EntryOut entry = EntryOf(dispatcher, dispatcher.shared().tree.Describe(found.node));
  entry.entry_valid = 0;
  return dispatcher.Struct(entry);
}

}  // namespace

EntryOut EntryOf(Dispatcher& dispatcher, const Known& known) {
  EntryOut entry{};
  entry.nodeid = known.id;
  entry.entry_valid = kEntryValidSeconds;
  entry.attr_valid = kAttrValidSeconds;
  entry.attr = dispatcher.shared().tree.Attributes(known);
  entry.attr.size = SplicedSize(dispatcher, known);
  return entry;
}

Answer Lookup(Dispatcher& dispatcher, const Request& request) {
  const Tree& tree = dispatcher.shared().tree;
  Known directory = tree.Describe(request.header.nodeid);
  if (directory.mode == 0) return {ESTALE, {}};
  if (!directory.directory()) return {ENOTDIR, {}};
  const Node* node =
      directory.node == nullptr ? nullptr : tree.Child(*directory.node, request.names[0]);
  if (node != nullptr) return dispatcher.Struct(EntryOf(dispatcher, tree.Describe(node->id)));
  if (directory.dynamic) return LookupDynamic(dispatcher, request);
  // Node 0 is an ENOENT that the kernel may cache.
  EntryOut missing{};
  missing.entry_valid = kMissingSeconds;
  return dispatcher.Struct(missing);
}

Answer Getattr(Dispatcher& dispatcher, const Request& request) {
  Known known = dispatcher.shared().tree.Describe(request.header.nodeid);
  if (known.mode == 0) return {ESTALE, {}};
  // lseek(SEEK_END) on a file of /proc or /sys.
  if ((request.As<GetattrIn>().flags & kGetattrHandle) != 0) return {EINVAL, {}};
  HideSize(dispatcher, known);
  return Attributes(dispatcher, known, ShownSize(known));
}

Answer Readlink(Dispatcher& dispatcher, const Request& request) {
  Known known = dispatcher.shared().tree.Describe(request.header.nodeid);
  if (known.mode == 0) return {ESTALE, {}};
  if (!known.link()) return {EINVAL, {}};
  Rendered target = dispatcher.Render(known.id, CallerOf(request.header));
  if (target.error != 0) return {target.error, {}};
  // The kernel appends a NUL to the target, and both must fit in one page.
  bool fits = !target.bytes.empty() && target.bytes.size() < PATH_MAX;
  return fits ? Answer{0, target.bytes} : Answer{EIO, {}};
}

/// Truncating (`> file`) and setting times succeed and change nothing, as in /proc. A mode or owner
/// that differs is refused: /proc would accept it, but here one container would change it for all.
Answer Setattr(Dispatcher& dispatcher, const Request& request) {
  Known known = dispatcher.shared().tree.Describe(request.header.nodeid);
  if (known.mode == 0) return {ESTALE, {}};
  auto in = request.As<SetattrIn>();
  constexpr uint32_t kPermissions = 07777;
  bool mode = (in.valid & kSetMode) != 0 && ((in.mode ^ known.mode) & kPermissions) != 0;
  bool owner =
      ((in.valid & kSetUid) != 0 && in.uid != 0) || ((in.valid & kSetGid) != 0 && in.gid != 0);
  if (mode || owner) return {EPERM, {}};
  return Attributes(dispatcher, known, SplicedSize(dispatcher, known));
}

Answer Statfs(Dispatcher& dispatcher, const Request&) {
  StatfsOut out{};
  out.bsize = out.frsize = 4096;
  out.namelen = 255;
  return dispatcher.Struct(out);
}

/// An empty list: its size, 0, if the caller requests the size, else no bytes.
Answer Listxattr(Dispatcher& dispatcher, const Request& request) {
  return request.As<GetxattrIn>().size == 0 ? dispatcher.Struct(GetxattrOut{}) : Answer{};
}

/// As in /proc: a new name cannot exist, an old one cannot be replaced.
Answer Rename(Dispatcher& dispatcher, const Request& request) {
  const Tree& tree = dispatcher.shared().tree;
  Known target = tree.Describe(request.As<RenameIn>().newdir);
  if (target.mode == 0) return {ESTALE, {}};
  bool taken = target.node != nullptr && tree.Child(*target.node, request.names[1]) != nullptr;
  return {taken ? EPERM : ENOENT, {}};
}

}  // namespace procview::fuse
