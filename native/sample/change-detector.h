// Finds which of many small cgroup files have changed since the last call.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/beneath.h"

namespace procview::sample {

/// Keeps the files open, each with its first bytes. An unchanged file costs one system call and touches one line of a
/// table: most containers of a full node are idle. The file of a cgroup must change whenever a file below it does, as CPU
/// time does: where several cgroups have a parent in common, the parent is read first, and if it has not changed, none
/// of them is read.
class ChangeDetector {
 public:
  /// Opens the file `name` of a cgroup beneath `root` and stores its first bytes. Returns its number, or a negative errno.
  int Add(const std::string& root, const std::string& cgroup, const std::string& name);

  /// Closes one; its number may be given to another.
  void Remove(int number);

  /// Appends the numbers of the files whose first 32 bytes differ from the last call, and of those that cannot be read.
  void Changed(std::vector<int>& numbers);

 private:
  // The first line of v2's cpu.stat with its longest number; v1's cpuacct.usage is shorter.
  static constexpr size_t kHead = 32;

  struct Group;

  struct File {
    base::Fd fd;
    char head[kHead] = {};
    Group* above = nullptr;

    bool HasChanged();
  };

  // The members below one cgroup: files, and groups for members further below. A cgroup can be removed and created again,
  // and renamed on v1, but never gets another parent: a member of a group stays below it.
  struct Group {
    std::string path;
    // Of its file: a new cgroup of the same path has another.
    uint64_t inode = 0;
    // Opened when there are two members.
    File own;
    std::vector<int> files;
    std::vector<std::unique_ptr<Group>> groups;

    size_t members() const { return files.size() + groups.size(); }
  };

  Group* Above(base::Root* root, const std::string& cgroup, const std::string& name);
  Group* Enter(Group* group, base::Root* root, const std::string& cgroup, const std::string& name);
  void Drop(Group* group);
  void Changed(Group* group, std::vector<int>& numbers);

  std::vector<File> files_;
  Group top_;
};

}  // namespace procview::sample
