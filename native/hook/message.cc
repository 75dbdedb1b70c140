#include "hook/message.h"

#include <climits>
#include <cstdlib>

namespace procview::hook {
namespace {

constexpr long kMaxTimeout = 60'000;

/// The first line, with control characters as `?`: they could command a terminal.
std::string OneLine(std::string_view text) {
  std::string line(text.substr(0, text.find_first_of("\r\n")));
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  return line;
}

}  // namespace

Options ParseArguments(int count, const char* const* arguments) {
  Options options;
  const long usual = options.timeout_ms;
  for (int i = 1; i < count; i++) {
    std::string_view name = arguments[i];
    if (name == "--lxc") options.lxc = true;
    if (i + 1 == count) break;
    if (name == "--socket") options.socket = arguments[++i];
    else if (name == "--timeout") options.timeout_ms = strtol(arguments[++i], nullptr, 10);
  }
  if (options.timeout_ms < 1 || options.timeout_ms > kMaxTimeout) options.timeout_ms = usual;
  return options;
}

std::string StateOfPid(const char* text) {
  long pid = text ? strtol(text, nullptr, 10) : 0;
  return pid > 0 && pid <= INT_MAX ? "{\"pid\":" + std::to_string(pid) + "}" : "";
}

std::string AttachRequest(std::string_view state) {
  std::string request =
      "POST /attach HTTP/1.1\r\nHost: procview\r\nConnection: close\r\nContent-Length: " +
      std::to_string(state.size()) + "\r\n\r\n";
  return request.append(state);
}

bool Succeeded(std::string_view answer, std::string_view* body) {
  size_t end = answer.find("\r\n\r\n");
  *body = end == answer.npos ? answer : answer.substr(end + 4);
  return answer.starts_with("HTTP/1.1 200 ");
}

std::string FailureLine(std::string_view socket, std::string_view what, std::string_view why) {
  std::string line = "procview-hook: " + OneLine(socket) + ": ";
  if (!what.empty()) line.append(what).append(": ");
  return line + OneLine(why) + "; the container starts with the host's figures\n";
}

}  // namespace procview::hook
