// One small file of each of many cgroups, of which only one thing is asked, again and again: has it changed?
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/beneath.h"

namespace procview::sample {

/// Files kept open, each with the first bytes that it had. One that has not changed costs one system call, and no more
/// memory is touched than its line in a table: most containers of a full node are idle. The file of a cgroup must change
/// whenever that of one below does, as CPU time does: where several have a cgroup above them in common, that one is asked
/// first, and if nothing ran below it, for all of them.
class StillFiles {
 public:
  /// Opens the file `name` of a cgroup beneath `root` and remembers what it says. Its number, or a negative errno.
  int Add(const std::string& root, const std::string& cgroup, const std::string& name);

  /// Closes one; its number may be given to another.
  void Remove(int number);

  /// Adds the numbers of those whose first 32 bytes are not what they were at the last call, and of those that cannot
  /// be read any more.
  void Changed(std::vector<int>& numbers);

 private:
  // The first line of v2's cpu.stat with its longest number; v1's cpuacct.usage is shorter.
  static constexpr size_t kSays = 32;

  struct Group;

  struct File {
    base::Fd fd;
    char says[kSays] = {};
    Group* above = nullptr;

    bool HasChanged();
  };

  // What is right below one cgroup: files, and groups where only those further below are asked for. Cgroups can be removed
  // and made again, and renamed on v1, but never get another parent: who is in a group stays below it.
  struct Group {
    std::string path;
    // Of its file: another cgroup of the same path has another.
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
