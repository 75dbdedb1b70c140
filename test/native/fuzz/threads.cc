// Lists of thread ids, and the stat of a thread, whose name its container chooses.
#include <algorithm>
#include <vector>

#include "directory.h"
#include "sample/thread-counter.h"
#include "base/threads.h"

using namespace procview::base;
using namespace procview::sample;

namespace {

constexpr uint64_t kHighestPid = 1 << 22;

std::vector<uint64_t> Expected(std::string_view text) {
  std::vector<uint64_t> ids;
  uint64_t id = 0;
  for (char c : std::string(text) + '\n') {
    if (c >= '0' && c <= '9') {
      id = std::min<uint64_t>(id * 10 + static_cast<uint64_t>(c - '0'), kHighestPid + 1);
      continue;
    }
    if (id > 0 && id <= kHighestPid) ids.push_back(id);
    id = 0;
  }
  return ids;
}

/// A name of up to 15 bytes cannot hide the state that follows it.
void CheckState(std::string_view text) {
  StateOf(text);
  std::string name(text.substr(0, 15));
  HOLDS(StateOf("7 (" + name + ") S 1 7 7 0 -1 4194560") == 'S');
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fuzz::Directory directory;
  static const bool made = [] {
    for (const char* tid : {"1", "2", "33"}) directory.Make(tid);
    return true;
  }();
  HOLDS(made);
  fuzz::Input input(data, size);
  CheckState(input.rest());
  std::string_view stat = input.Until('\0');
  std::string_view list = input.rest();
  directory.Write("1/stat", stat);
  directory.Write("tasks", list);
  std::vector<uint64_t> seen;
  HOLDS(ListThreads(directory.path(), "tasks", [&](uint64_t id) { seen.push_back(id); }) == 0);
  HOLDS(seen == Expected(list));
  const TaskCounts counts = ThreadCounter(directory.path()).Count(directory.path(), "", "tasks", "tasks", 1);
  HOLDS(counts.running + counts.uninterruptible <= counts.total && counts.total <= seen.size());
  return 0;
}
