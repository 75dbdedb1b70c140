// The served tree: a table of nodes that never changes during a mount, and what the ids of nodes say
// that are in no table.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fuse/abi.h"

namespace procview::fuse {

/// One entry of the tree. Ids mean the same in every incarnation of the daemon.
struct Node {
  uint64_t id;
  uint64_t parent;
  std::string name;
  uint32_t mode;
  /// Of a directory: other entries than its children depend on who looks. Of a file: it is in such
  /// a directory, as all below /sys/devices/system/cpu.
  bool dynamic;
  /// Found by its name, but not listed.
  bool hidden = false;
  /// Path of the host's own file, whose bytes are served when a container cannot be told; empty if
  /// there is none.
  std::string host = {};
  std::vector<const Node*> children = {};  // sorted by name

  bool directory() const;
};

/// What an id stands for, also if it is in no table: then it was found in a dynamic directory, by
/// this incarnation of the daemon or by an earlier one, which the kernel does not tell.
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
  /// Writing to it means something: a file of the table that has a permission to write.
  bool writable() const;
  /// `Node::host`.
  std::string_view host() const;
};

/// The mode that an id was made with, 0 if none (docs/decisions/0005-node-ids.md).
uint32_t ModeOf(uint64_t id);

class Tree {
 public:
  Tree(Tree&&) = default;
  /// Builds the table. `problem` says what is wrong with the nodes, and is empty if nothing is.
  static Tree Build(std::vector<Node> nodes, std::string* problem);

  /// The node of this id, or null.
  const Node* Find(uint64_t id) const;
  /// What this id stands for.
  Known Describe(uint64_t id) const;
  /// The entry of a directory, or null.
  const Node* Child(const Node& directory, std::string_view name) const;
  /// What stat shows: size 0, root's, as old as the mount.
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
