// Names and attributes: answered from the static tree.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "fuse/dispatch.h"

namespace procview::fuse {
namespace {

/// The tree never changes: the kernel may keep names for an hour, and attributes for ever (100
/// years; a bind mount of a file is never looked up again, and open(2) asks for attributes once
/// they expired).
constexpr uint64_t kEntryValidSeconds = 3600;
constexpr uint64_t kAttrValidSeconds = 100ULL * 365 * 24 * 3600;
constexpr uint64_t kMissingSeconds = 1;
constexpr size_t kLargestListing = 65536;
constexpr uint32_t kDirentTypeShift = 12;

template <typename T>
void Append(std::string* out, const T& value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

/// One line of a listing. `position` counts `.` and `..` as 0 and 1.
struct Line {
  const Node* node;
  std::string_view name;
  uint64_t position;
};

Line LineAt(const Tree& tree, const Node& directory, uint64_t position) {
  if (position == 0) return {&directory, ".", position};
  const Node* parent = tree.Find(directory.parent);
  if (position == 1) return {parent == nullptr ? &directory : parent, "..", position};
  const Node* child = directory.children[position - 2];
  return {child, child->name, position};
}

size_t LineSize(const Line& line, bool plus) {
  size_t size = (sizeof(Dirent) + line.name.size() + 7) & ~size_t{7};
  return size + (plus ? sizeof(EntryOut) : 0);
}

EntryOut EntryOf(Dispatcher& dispatcher, const Node& node) {
  EntryOut entry{};
  entry.nodeid = node.id;
  entry.entry_valid = kEntryValidSeconds;
  entry.attr_valid = kAttrValidSeconds;
  entry.attr = dispatcher.shared().tree.Attributes(node);
  entry.attr.size = SplicedSize(dispatcher, node);
  return entry;
}

void AppendLine(Dispatcher& dispatcher, const Line& line, bool plus, std::string* out) {
  size_t end = out->size() + LineSize(line, plus);
  // Node 0, a name only: for `.` and `..` the kernel wants no more, and `ls -l` shall show size 0.
  bool name_only = line.position < 2 || SizeHidden(dispatcher, *line.node);
  if (plus) Append(out, name_only ? EntryOut{} : EntryOf(dispatcher, *line.node));
  Append(out, Dirent{line.node->id, line.position + 1, static_cast<uint32_t>(line.name.size()),
                     line.node->mode >> kDirentTypeShift});
  out->append(line.name);
  out->resize(end, '\0');
}

Answer List(Dispatcher& dispatcher, const Request& request, bool plus) {
  const Tree& tree = dispatcher.shared().tree;
  const Node* directory = tree.Find(request.header.nodeid);
  if (directory == nullptr) return {ESTALE, {}};
  if (!directory->directory()) return {ENOTDIR, {}};
  auto in = request.As<ReadIn>();
  size_t limit = std::min<size_t>(in.size, kLargestListing);
  std::string& out = dispatcher.out();
  out.clear();
  uint64_t count = directory->children.size() + 2;
  for (uint64_t position = in.offset; position < count; position++) {
    Line line = LineAt(tree, *directory, position);
    if (out.size() + LineSize(line, plus) > limit) break;
    AppendLine(dispatcher, line, plus, &out);
  }
  return {0, out};
}

Answer Attributes(Dispatcher& dispatcher, const Node& node, uint64_t size) {
  AttrOut out{};
  out.attr_valid = kAttrValidSeconds;
  out.attr = dispatcher.shared().tree.Attributes(node);
  out.attr.size = size;
  return dispatcher.Struct(out);
}

}  // namespace

Answer Lookup(Dispatcher& dispatcher, const Request& request) {
  const Tree& tree = dispatcher.shared().tree;
  const Node* directory = tree.Find(request.header.nodeid);
  if (directory == nullptr) return {ESTALE, {}};
  const Node* node = tree.Child(*directory, request.names[0]);
  if (node != nullptr) return dispatcher.Struct(EntryOf(dispatcher, *node));
  // Node 0 is ENOENT that the kernel may remember.
  EntryOut missing{};
  missing.entry_valid = kMissingSeconds;
  return dispatcher.Struct(missing);
}

Answer Getattr(Dispatcher& dispatcher, const Request& request) {
  const Node* node = dispatcher.shared().tree.Find(request.header.nodeid);
  if (node == nullptr) return {ESTALE, {}};
  // lseek(SEEK_END) on a file of /proc.
  if ((request.As<GetattrIn>().flags & kGetattrHandle) != 0) return {EINVAL, {}};
  HideSize(dispatcher, *node);
  return Attributes(dispatcher, *node, 0);
}

/// Truncating (`> file`) and setting times succeed and change nothing, as in /proc. A mode or owner
/// that differs is refused: /proc would take it, but from one container and for all of them.
Answer Setattr(Dispatcher& dispatcher, const Request& request) {
  const Node* node = dispatcher.shared().tree.Find(request.header.nodeid);
  if (node == nullptr) return {ESTALE, {}};
  auto in = request.As<SetattrIn>();
  constexpr uint32_t kPermissions = 07777;
  bool mode = (in.valid & kSetMode) != 0 && ((in.mode ^ node->mode) & kPermissions) != 0;
  bool owner =
      ((in.valid & kSetUid) != 0 && in.uid != 0) || ((in.valid & kSetGid) != 0 && in.gid != 0);
  if (mode || owner) return {EPERM, {}};
  return Attributes(dispatcher, *node, SplicedSize(dispatcher, *node));
}

/// ENOSYS: the kernel lists directories without opening them (since 5.1), and caches the listing.
Answer Opendir(Dispatcher& dispatcher, const Request& request) {
  const Node* node = dispatcher.shared().tree.Find(request.header.nodeid);
  if (node == nullptr) return {ESTALE, {}};
  return {node->directory() ? ENOSYS : ENOTDIR, {}};
}

Answer Readdir(Dispatcher& dispatcher, const Request& request) {
  return List(dispatcher, request, false);
}

Answer Readdirplus(Dispatcher& dispatcher, const Request& request) {
  return List(dispatcher, request, true);
}

Answer Statfs(Dispatcher& dispatcher, const Request&) {
  StatfsOut out{};
  out.bsize = out.frsize = 4096;
  out.namelen = 255;
  return dispatcher.Struct(out);
}

/// An empty list: of size 0 if its size was asked for, else no bytes.
Answer Listxattr(Dispatcher& dispatcher, const Request& request) {
  return request.As<GetxattrIn>().size == 0 ? dispatcher.Struct(GetxattrOut{}) : Answer{};
}

/// As in /proc: a new name cannot exist, an old one cannot be replaced.
Answer Rename(Dispatcher& dispatcher, const Request& request) {
  const Tree& tree = dispatcher.shared().tree;
  const Node* target = tree.Find(request.As<RenameIn>().newdir);
  if (target == nullptr) return {ESTALE, {}};
  return {tree.Child(*target, request.names[1]) == nullptr ? ENOENT : EPERM, {}};
}

}  // namespace procview::fuse
