#include "sample/still-files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "sample/root.h"

namespace procview::sample {

bool StillFiles::File::HasChanged() {
  char now[kSays] = {};
  if (pread(fd.get(), now, kSays, 0) <= 0) return true;
  if (std::memcmp(now, says, kSays) == 0) return false;
  std::memcpy(says, now, kSays);
  return true;
}

int StillFiles::Add(const std::string& root, const char* path) {
  File file{Fd(Root::Of(root)->Open(path, O_RDONLY | O_NONBLOCK))};
  if (!file.fd) return file.fd.get();
  file.HasChanged();
  auto place = std::find_if(files_.begin(), files_.end(), [](const File& each) { return !each.fd; });
  if (place == files_.end()) place = files_.emplace(place);
  *place = std::move(file);
  return static_cast<int>(place - files_.begin());
}

void StillFiles::Remove(int number) {
  if (number >= 0 && static_cast<size_t>(number) < files_.size()) files_[static_cast<size_t>(number)].fd.Reset();
}

void StillFiles::Changed(std::vector<int>& numbers) {
  for (size_t i = 0; i < files_.size(); i++)
    if (files_[i].fd && files_[i].HasChanged()) numbers.push_back(static_cast<int>(i));
}

}  // namespace procview::sample
