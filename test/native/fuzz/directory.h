// A directory for a fuzz target, removed at its end.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "fuzz.h"

namespace fuzz {

class Directory {
 public:
  Directory() {
    char name[] = "/tmp/procview-fuzz-XXXXXX";
    HOLDS(mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  void Make(const std::string& name) const { HOLDS(mkdir((path_ + "/" + name).c_str(), 0755) == 0); }
  void Link(const char* target, const std::string& name) const {
    HOLDS(symlink(target, (path_ + "/" + name).c_str()) == 0);
  }
  /// In place: a descriptor that is open sees the new text, as one of procfs does.
  void Write(const std::string& name, std::string_view text) const {
    int fd = open((path_ + "/" + name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    HOLDS(fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    close(fd);
  }

 private:
  std::string path_;
};

}  // namespace fuzz
