#include "fuse/tree.h"

#include <sys/stat.h>

#include <algorithm>

namespace procview::fuse {
namespace {

/// Buffer size of stdio (at most 8 KiB) and Python. Every read is a round trip, so it is larger than procfs's 1024.
constexpr uint32_t kBlockSize = 65536;

bool ValidName(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

/// Layout of an id, from its lowest bit: hash of the path, permission bits, type.
constexpr unsigned kHashBits = 40;
constexpr unsigned kPermissionBits = 9;
constexpr unsigned kTypeShift = 12;

bool NameLess(const Node* a, const Node* b) { return a->name < b->name; }

}  // namespace

bool Node::directory() const { return S_ISDIR(mode); }

bool Known::directory() const { return S_ISDIR(mode); }
bool Known::file() const { return S_ISREG(mode); }
bool Known::link() const { return S_ISLNK(mode); }
bool Known::writable() const { return file() && node != nullptr && (mode & 0222) != 0; }

std::string_view Known::host() const { return node == nullptr ? std::string_view() : node->host; }

uint32_t ModeOf(uint64_t id) {
  uint64_t type = id >> (kHashBits + kPermissionBits);
  if (type << kTypeShift > S_IFMT) return 0;
  auto mode = static_cast<uint32_t>(type << kTypeShift | (id >> kHashBits & 0777));
  return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode) ? mode : 0;
}

Tree Tree::Build(std::vector<Node> nodes, std::string* problem) {
  Tree tree;
  clock_gettime(CLOCK_REALTIME, &tree.born_);
  tree.nodes_ = std::move(nodes);
  *problem = tree.Enter();
  if (problem->empty()) *problem = tree.Connect();
  return tree;
}

std::string Tree::Enter() {
  for (Node& node : nodes_) {
    std::string id = "node " + std::to_string(node.id);
    if (node.id == 0) return id + ": ids start at 1";
    bool known = S_ISDIR(node.mode) || S_ISREG(node.mode) || S_ISLNK(node.mode);
    if (!known) return id + ": not a file, directory or link";
    if (node.id != kRootNode && !ValidName(node.name)) return id + ": not a file name";
    if (!by_id_.emplace(node.id, &node).second) return id + ": used twice";
  }
  const Node* root = Find(kRootNode);
  return root != nullptr && root->directory() ? "" : "node 1: no root directory";
}

std::string Tree::Connect() {
  for (Node& node : nodes_) {
    if (node.id == kRootNode) continue;
    auto parent = by_id_.find(node.parent);
    bool ok = parent != by_id_.end() && parent->second->directory();
    if (!ok) return "node " + std::to_string(node.id) + ": its parent is not a directory";
    parent->second->children.push_back(&node);
    if (!node.directory()) node.dynamic = parent->second->dynamic;
  }
  return SortChildren();
}

std::string Tree::SortChildren() {
  for (Node& node : nodes_) {
    auto& list = node.children;
    std::sort(list.begin(), list.end(), NameLess);
    auto same = [](const Node* a, const Node* b) { return a->name == b->name; };
    auto twin = std::adjacent_find(list.begin(), list.end(), same);
    if (twin != list.end()) return "node " + std::to_string((*twin)->id) + ": its name is taken";
  }
  return "";
}

const Node* Tree::Find(uint64_t id) const {
  auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

Known Tree::Describe(uint64_t id) const {
  const Node* node = Find(id);
  if (node != nullptr) return {id, node->mode, node->dynamic, node};
  return {id, ModeOf(id), true, nullptr};
}

const Node* Tree::Child(const Node& directory, std::string_view name) const {
  const auto& list = directory.children;
  auto before = [](const Node* node, std::string_view key) { return node->name < key; };
  auto found = std::lower_bound(list.begin(), list.end(), name, before);
  return found != list.end() && (*found)->name == name ? *found : nullptr;
}

Attr Tree::Attributes(const Known& known) const {
  Attr attr{};
  attr.ino = known.id;
  attr.atime = attr.mtime = attr.ctime = static_cast<uint64_t>(born_.tv_sec);
  attr.atimensec = attr.mtimensec = attr.ctimensec = static_cast<uint32_t>(born_.tv_nsec);
  attr.mode = known.mode;
  attr.nlink = known.directory() ? 2 : 1;
  attr.blksize = kBlockSize;
  return attr;
}

}  // namespace procview::fuse
