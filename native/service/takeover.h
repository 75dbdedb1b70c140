// Request for the connection of a running daemon.
#pragma once

#include <string>
#include <vector>

namespace procview::service {

struct Handover {
  /// 0, or the errno and the name of the call that failed.
  int error = 0;
  const char* syscall = "";
  /// The connection to the other daemon, which continues to serve if it is closed before anything is sent.
  int socket = -1;
  /// The HTTP response.
  std::string answer;
  std::vector<int> descriptors;
};

/// Sends a request to a control socket and waits for the response: to its end, or, with status 101, to the end of the
/// line after the headers.
Handover TakeOver(const std::string& path, const std::string& request, int timeout_ms);

}  // namespace procview::service
