// The caller cache: threads start, move to other cgroups, and are looked up in any order. A tag is valid only while
// the thread is in the cgroups that it was given for.
#include <map>

#include "directory.h"
#include "callers/callers.h"

using namespace procview::base;
using namespace procview::callers;

namespace {

constexpr pid_t kThreads = 6;
constexpr size_t kCapacity = 4;

const fuzz::Directory& Proc() {
  static const fuzz::Directory proc;
  static const bool made = [] {
    for (pid_t pid = 1; pid <= kThreads; pid++) proc.Make(std::to_string(pid));
    return true;
  }();
  HOLDS(made);
  return proc;
}

struct Known {
  std::string text;
  int tag;
};

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  Callers callers(Proc().path(), kCapacity, 0);
  std::map<pid_t, std::string> now;
  std::map<pid_t, Known> tagged;
  for (pid_t pid = 1; pid <= kThreads; pid++) Proc().Write(std::to_string(pid) + "/cgroup", "");
  while (!input.empty()) {
    uint8_t step = input.Byte();
    pid_t pid = input.Byte() % (kThreads + 2);
    int tag = input.Byte();
    if (step % 5 == 0 && pid >= 1 && pid <= kThreads) {
      now[pid] = input.Until('\0');
      Proc().Write(std::to_string(pid) + "/cgroup", now[pid]);
    } else if (step % 5 == 1) {
      HOLDS(callers.Open(pid) == now[pid]);
      tagged[pid] = {now[pid], Callers::kUnknown};
    } else if (step % 5 == 2) {
      callers.SetTag(pid, {tag});
      tagged[pid].tag = tag;
    } else if (step % 5 == 3) {
      callers.Forget(tag);
    } else {
      int found = callers.Lookup(pid);
      HOLDS(found == Callers::kUnknown || (found == tagged[pid].tag && now[pid] == tagged[pid].text));
    }
    HOLDS(callers.Length() <= kCapacity);
  }
  return 0;
}
