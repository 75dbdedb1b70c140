// Arguments, input and output of the hook: text in, text out.
#pragma once

#include <string>
#include <string_view>

namespace procview::hook {

struct Options {
  std::string socket = "/run/procview/control";
  long timeout_ms = 2000;
  bool lxc = false;
};

/// Ignores unknown arguments: a mistake in them must not keep a container from starting.
Options ParseArguments(int count, const char* const* arguments);

/// The state of a container from the pid that LXC passes in the environment. Empty if it is no pid.
std::string StateOfPid(const char* pid);

/// The request to attach, with a container's state as its body. The daemon checks the state.
std::string AttachRequest(std::string_view state);

/// Whether the status is 200; `body` is set to the text after the headers.
bool Succeeded(std::string_view answer, std::string_view* body);

/// Why nothing was attached: one line without control characters.
std::string FailureLine(std::string_view socket, std::string_view what, std::string_view why);

}  // namespace procview::hook
