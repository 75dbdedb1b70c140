// Asking a running daemon for its connection.
#pragma once

#include <string>
#include <vector>

namespace procview::service {

struct Handed {
  /// 0, or the errno and the name of the call that failed.
  int error = 0;
  const char* syscall = "";
  /// The conversation. The other side goes on by itself when it is closed before anything was said.
  int socket = -1;
  /// What it has answered: HTTP.
  std::string answer;
  std::vector<int> descriptors;
};

/// Sends a request to a control socket and waits for the answer: up to the end, or, if the protocol was
/// switched, one line after the headers.
Handed TakeOver(const std::string& path, const std::string& request, int timeout_ms);

}  // namespace procview::service
