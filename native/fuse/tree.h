// The served tree: a table of nodes that never changes during a mount.
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
  std::vector<const Node*> children;  // sorted by name

  bool directory() const;
};

class Tree {
 public:
  Tree(Tree&&) = default;
  /// Builds the table. `problem` says what is wrong with the nodes, and is empty if nothing is.
  static Tree Build(std::vector<Node> nodes, std::string* problem);

  /// The node of this id, or null.
  const Node* Find(uint64_t id) const;
  /// The entry of a directory, or null.
  const Node* Child(const Node& directory, std::string_view name) const;
  /// What stat shows: size 0, root's, as old as the mount.
  Attr Attributes(const Node& node) const;
  size_t size() const { return nodes_.size(); }
  /// A number below `size()`.
  size_t Index(const Node& node) const { return static_cast<size_t>(&node - nodes_.data()); }

 private:
  Tree() = default;
  std::string Enter();
  std::string Connect();

  std::vector<Node> nodes_;
  std::unordered_map<uint64_t, Node*> by_id_;
  timespec born_{};
};

}  // namespace procview::fuse
