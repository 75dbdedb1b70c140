// State of the daemon from its messages to the keeper, which are those of sd_notify(3), and its stored descriptors.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace procview::keeper {

class Store {
 public:
  /// Handles one message. Its descriptors are stored or closed.
  void Receive(std::string_view text, std::vector<int> descriptors);

  /// In the order in which the daemon stored them.
  const std::vector<std::pair<std::string, int>>& kept() const { return kept_; }
  /// Their names, in the form of LISTEN_FDNAMES.
  std::string Names() const;

  /// A daemon serves (READY=1). Set to false when another one is started.
  bool ready = false;
  /// Set when a daemon reports that it is alive (WATCHDOG=1), or begins to serve.
  bool alive = false;
  /// The daemon has handed the connection over to another process.
  bool handed_over = false;
  /// Where the connection is mounted.
  std::string mount;

 private:
  void Keep(const std::string& name, int descriptor);
  void Drop(const std::string& name);

  std::vector<std::pair<std::string, int>> kept_;
};

}  // namespace procview::keeper
