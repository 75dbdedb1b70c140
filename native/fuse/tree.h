// The served tree: a table of nodes that never changes during a mount, and the decoding of ids that are in no table.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fuse/abi.h"

namespace procview::fuse {

/// One entry of the tree. Ids stay the same over restarts of the daemon.
struct Node {
  uint64_t id;
  uint64_t parent;
  std::string name;
  uint32_t mode;
  /// Directory: it has more entries than its children, which depend on the caller. File: it is in such a directory, as
  /// all files below /sys/devices/system/cpu are.
  bool dynamic;
  /// A lookup finds it, but no listing shows it.
  bool hidden = false;
  /// Path of the host's own file. Its bytes are served if no body can be rendered in time; empty if there is none.
  std::string host = {};
  std::vector<const Node*> children = {};  // sorted by name

  bool directory() const;
};

/// A node by its id. If the id is in no table, it is an entry of a dynamic directory that this process or a predecessor
/// has looked up.
struct Known {
  uint64_t id;
  /// 0: no such node.
  uint32_t mode;
  bool dynamic;
  /// Null if it is not in the table.
  const Node* node;

  bool directory() const;
  bool file() const;
  bool link() const;
  /// A file of the table that has a permission to write.
  bool writable() const;
  /// `Node::host`.
  std::string_view host() const;
};

/// The mode that an id contains, 0 if none (docs/decisions/0005-node-ids.md).
uint32_t ModeOf(uint64_t id);

class Tree {
 public:
  Tree(Tree&&) = default;
  /// Builds the table. `problem` describes an invalid node; it is empty if all are valid.
  static Tree Build(std::vector<Node> nodes, std::string* problem);

  /// The node of this id, or null.
  const Node* Find(uint64_t id) const;
  /// The node of this id, also if it is in no table.
  Known Describe(uint64_t id) const;
  /// The entry of a directory, or null.
  const Node* Child(const Node& directory, std::string_view name) const;
  /// Attributes for stat: size 0, owned by root, as old as the mount.
  Attr Attributes(const Known& known) const;
  size_t size() const { return nodes_.size(); }
  /// A number below `size()`.
  size_t Index(const Node& node) const { return static_cast<size_t>(&node - nodes_.data()); }

 private:
  Tree() = default;
  std::string Enter();
  std::string Connect();
  std::string SortChildren();

  std::vector<Node> nodes_;
  std::unordered_map<uint64_t, Node*> by_id_;
  timespec born_{};
};

}  // namespace procview::fuse
