// What a daemon tells its keeper, in the words of sd_notify(3), and the descriptors it gives to keep.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace procview::keeper {

class Store {
 public:
  /// Takes in one message. Its descriptors are kept or closed.
  void Hear(std::string_view text, std::vector<int> descriptors);

  /// In the order in which they were given.
  const std::vector<std::pair<std::string, int>>& kept() const { return kept_; }
  /// Their names, as LISTEN_FDNAMES has them.
  std::string Names() const;

  /// A daemon serves (READY=1). Set to false when another one is started.
  bool ready = false;
  /// Set whenever a daemon says that it is alive (WATCHDOG=1), or begins to serve.
  bool alive = false;
  /// Another process serves the connection from now on.
  bool handed_over = false;
  /// Where the connection is mounted.
  std::string mount;

 private:
  void Keep(const std::string& name, int descriptor);
  void Drop(const std::string& name);

  std::vector<std::pair<std::string, int>> kept_;
};

}  // namespace procview::keeper
