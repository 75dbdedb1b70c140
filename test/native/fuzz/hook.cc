// What the hook is given: a runtime's state on stdin, LXC's environment, the daemon's answer, arguments.
// One request with that body and no other, and one line for people.
#include "hook/message.h"
#include "fuzz.h"

#include <algorithm>
#include <vector>

using namespace procview::hook;

namespace {

void CheckRequest(std::string_view state) {
  std::string request = AttachRequest(state);
  size_t end = request.find("\r\n\r\n");
  HOLDS(end != request.npos && request.substr(end + 4) == state);
  std::string_view head(request.data(), end);
  HOLDS(head.ends_with("\r\nContent-Length: " + std::to_string(state.size())));
}

void CheckLine(std::string_view line) {
  HOLDS(line.ends_with("\n") && std::count(line.begin(), line.end(), '\n') == 1);
  auto obeyed = [](unsigned char c) { return (c < ' ' && c != '\n') || c == 0x7f; };
  HOLDS(std::none_of(line.begin(), line.end(), obeyed));
}

void CheckArguments(std::string_view text) {
  std::vector<std::string> words;
  for (fuzz::Input input(reinterpret_cast<const uint8_t*>(text.data()), text.size()); !input.empty();)
    words.emplace_back(input.Until('\n'));
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  Options options = ParseArguments(static_cast<int>(arguments.size()), arguments.data());
  HOLDS(options.timeout_ms >= 1 && options.timeout_ms <= 60'000);
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckRequest(text);
  std::string_view body;
  Succeeded(text, &body);
  HOLDS(text.ends_with(body));
  CheckLine(FailureLine(text, "", body));
  CheckLine(FailureLine("/run/procview/control", "no answer from the daemon", body));
  CheckArguments(text);
  std::string state = StateOfPid(std::string(text).c_str());
  HOLDS(state.empty() || (state.starts_with("{\"pid\":") && state.ends_with("}")));
  return 0;
}
