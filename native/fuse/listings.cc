// OPENDIR, READDIR, READDIRPLUS. The tree lists static directories. A dynamic directory is rendered at OPENDIR, so that
// a listing is of one moment and for one caller.
#include <algorithm>
#include <cerrno>
#include <charconv>

#include "fuse/dispatch.h"
#include "fuse/entry.h"

namespace procview::fuse {
namespace {

constexpr size_t kLargestListing = 65536;
constexpr uint32_t kDirentTypeShift = 12;

template <typename T>
void Append(std::string* out, const T& value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

/// One entry of a listing. `position` counts `.` and `..` as 0 and 1.
struct Line {
  Known known;
  std::string_view name;
  uint64_t position;
};

/// A directory being listed, from `position` on, into a reply of at most `limit` bytes.
class Listing {
 public:
  Listing(Dispatcher& dispatcher, const ReadIn& in, bool plus)
      : dispatcher_(dispatcher),
        out_(dispatcher.out()),
        limit_(std::min<size_t>(in.size, kLargestListing)),
        from_(in.offset),
        plus_(plus) {
    out_.clear();
  }

  /// Adds an entry, if it is not before the requested position. Returns false if the reply is full.
  bool Add(const Line& line) {
    if (line.position < from_) return true;
    if (out_.size() + SizeOf(line) > limit_) return false;
    size_t end = out_.size() + SizeOf(line);
    if (plus_) Append(&out_, NameOnly(line) ? EntryOut{} : EntryOf(dispatcher_, line.known));
    Append(&out_, Dirent{line.known.id, line.position + 1, static_cast<uint32_t>(line.name.size()),
                         line.known.mode >> kDirentTypeShift});
    out_.append(line.name);
    out_.resize(end, '\0');
    return true;
  }

  Answer answer() const { return {0, out_}; }

 private:
  size_t SizeOf(const Line& line) const {
    size_t size = (sizeof(Dirent) + line.name.size() + 7) & ~size_t{7};
    return size + (plus_ ? sizeof(EntryOut) : 0);
  }

  /// Whether the entry has node 0, so that the kernel caches no attributes: for `.` and `..` it needs none, `ls -l` must
  /// show size 0, and entries that depend on the caller must not be cached.
  bool NameOnly(const Line& line) const {
    return line.position < 2 || line.known.dynamic || SizeHidden(dispatcher_, line.known);
  }

  Dispatcher& dispatcher_;
  std::string& out_;
  size_t limit_;
  uint64_t from_;
  bool plus_;
};

/// Adds `.` and `..`. The parent of a node that is not in the tree is unknown; only getdents(2) uses it.
bool AddDots(const Tree& tree, const Known& directory, Listing* listing) {
  Known parent = directory.node == nullptr ? directory : tree.Describe(directory.node->parent);
  return listing->Add({directory, ".", 0}) && listing->Add({parent, "..", 1});
}

void AddChildren(const Tree& tree, const Node& directory, Listing* listing) {
  uint64_t position = 2;
  for (const Node* child : directory.children) {
    if (child->hidden) continue;
    if (!listing->Add({tree.Describe(child->id), child->name, position++})) return;
  }
}

/// Returns false if the body does not have the format of `Renderer::Render` for directories.
bool AddEntries(const Tree& tree, std::string_view body, Listing* listing) {
  for (uint64_t position = 2; !body.empty(); position++) {
    size_t end = body.find('\0');
    if (end == std::string_view::npos) return false;
    uint64_t id = 0;
    auto [blank, error] = std::from_chars(body.data(), body.data() + end, id);
    auto digits = static_cast<size_t>(blank - body.data());
    if (error != std::errc() || digits + 1 >= end || *blank != ' ') return false;
    std::string_view name = body.substr(digits + 1, end - digits - 1);
    if (!listing->Add({tree.Describe(id), name, position})) return true;
    body.remove_prefix(end + 1);
  }
  return true;
}

Answer List(Dispatcher& dispatcher, const Request& request, bool plus) {
  const Tree& tree = dispatcher.shared().tree;
  Known directory = tree.Describe(request.header.nodeid);
  if (directory.mode == 0) return {ESTALE, {}};
  if (!directory.directory()) return {ENOTDIR, {}};
  auto in = request.As<ReadIn>();
  std::string_view body;
  int problem = directory.dynamic ? dispatcher.BodyAt(request, in.fh, in.offset, &body) : 0;
  if (problem != 0) return {problem, {}};
  Listing listing(dispatcher, in, plus);
  if (!AddDots(tree, directory, &listing)) return listing.answer();
  if (!directory.dynamic) {
    AddChildren(tree, *directory.node, &listing);
  } else if (!AddEntries(tree, body, &listing)) {
    return {EIO, {}};
  }
  return listing.answer();
}

}  // namespace

Answer Opendir(Dispatcher& dispatcher, const Request& request) {
  Shared& shared = dispatcher.shared();
  Known known = shared.tree.Describe(request.header.nodeid);
  if (known.mode == 0) return {ESTALE, {}};
  if (!known.directory()) return {ENOTDIR, {}};
  if (!known.dynamic) return dispatcher.Struct(OpenOut{0, kOpenKeepCache | kOpenCacheDir, 0});
  Caller caller = CallerOf(request.header);
  Rendered rendered = dispatcher.Render(known.id, caller);
  if (rendered.error != 0) return {rendered.error, {}};
  uint64_t handle = shared.files.Open(caller, rendered.owner, rendered.bytes);
  return dispatcher.Struct(OpenOut{handle, 0, 0});
}

Answer Readdir(Dispatcher& dispatcher, const Request& request) {
  return List(dispatcher, request, false);
}

Answer Readdirplus(Dispatcher& dispatcher, const Request& request) {
  return List(dispatcher, request, true);
}

}  // namespace procview::fuse
