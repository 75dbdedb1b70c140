// What the hook understands of its arguments and its input, and what it says: text in, text out.
#pragma once

#include <string>
#include <string_view>

namespace procview::hook {

struct Options {
  std::string socket = "/run/procview/control";
  long timeout_ms = 2000;
  bool lxc = false;
};

/// Mistakes in the arguments are not worth a container: what is not understood is left out.
Options ParseArguments(int count, const char* const* arguments);

/// The state of a container that LXC tells by a pid in the environment. Empty if it is none.
std::string StateOfPid(const char* pid);

/// The request to attach, with a container's state as its body, whatever is in it.
std::string AttachRequest(std::string_view state);

/// What follows the headers, and whether the status says that it went well.
bool Succeeded(std::string_view answer, std::string_view* body);

/// Why nothing was attached: one line, of what can be shown.
std::string Complaint(std::string_view socket, std::string_view what, std::string_view why);

}  // namespace procview::hook
