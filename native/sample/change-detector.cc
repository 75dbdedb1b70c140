#include "sample/change-detector.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace procview::sample {

namespace {

base::Fd OpenOf(base::Root* root, const std::string& cgroup, const std::string& name) {
  return base::Fd(root->Open((cgroup + "/" + name).c_str(), O_RDONLY | O_NONBLOCK));
}

}  // namespace

bool ChangeDetector::File::HasChanged() {
  char now[kHead] = {};
  if (pread(fd.get(), now, kHead, 0) <= 0) return true;
  if (std::memcmp(now, head, kHead) == 0) return false;
  std::memcpy(head, now, kHead);
  return true;
}

int ChangeDetector::Add(const std::string& root_path, const std::string& cgroup, const std::string& name) {
  base::Root* const root = base::Root::Of(root_path);
  File file{OpenOf(root, cgroup, name)};
  if (!file.fd) return file.fd.get();
  file.HasChanged();
  file.above = Above(root, cgroup, name);
  auto place = std::find_if(files_.begin(), files_.end(), [](const File& each) { return !each.fd; });
  if (place == files_.end()) place = files_.emplace(place);
  *place = std::move(file);
  const int number = static_cast<int>(place - files_.begin());
  place->above->files.push_back(number);
  return number;
}

// The group of the nearest cgroup above that has such a file. Creates the groups on the way, from the top downwards.
ChangeDetector::Group* ChangeDetector::Above(base::Root* root, const std::string& cgroup, const std::string& name) {
  Group* group = &top_;
  for (size_t end = cgroup.find('/', 1); end != cgroup.npos; end = cgroup.find('/', end + 1))
    group = Enter(group, root, cgroup.substr(0, end), name);
  return group;
}

ChangeDetector::Group* ChangeDetector::Enter(Group* group, base::Root* root, const std::string& cgroup, const std::string& name) {
  base::Fd fd = OpenOf(root, cgroup, name);
  struct stat info;
  if (!fd || fstat(fd.get(), &info) != 0) return group;
  const auto is = [&](const auto& each) { return each->inode == info.st_ino && each->path == cgroup; };
  const auto known = std::find_if(group->groups.begin(), group->groups.end(), is);
  if (known == group->groups.end()) {
    auto made = std::make_unique<Group>();
    made->path = cgroup;
    made->inode = info.st_ino;
    made->own.above = group;
    return group->groups.emplace_back(std::move(made)).get();
  }
  // This is the second member at least. The file of the group is newer than those of its members, so the next call
  // must find it changed.
  if (!(*known)->own.fd) (*known)->own.fd = std::move(fd);
  return known->get();
}

void ChangeDetector::Remove(int number) {
  if (number < 0 || static_cast<size_t>(number) >= files_.size()) return;
  File& file = files_[static_cast<size_t>(number)];
  if (!file.fd) return;
  file.fd.Reset();
  std::erase(file.above->files, number);
  Drop(file.above);
}

// Removes a group without members, and the groups above that have none then.
void ChangeDetector::Drop(Group* group) {
  while (group != &top_ && group->members() == 0) {
    Group* const above = group->own.above;
    std::erase_if(above->groups, [group](const auto& each) { return each.get() == group; });
    group = above;
  }
}

void ChangeDetector::Changed(std::vector<int>& numbers) { Changed(&top_, numbers); }

void ChangeDetector::Changed(Group* group, std::vector<int>& numbers) {
  if (group->own.fd && group->members() > 1 && !group->own.HasChanged()) return;
  for (const int number : group->files)
    if (files_[static_cast<size_t>(number)].HasChanged()) numbers.push_back(number);
  for (const auto& each : group->groups) Changed(each.get(), numbers);
}

}  // namespace procview::sample
