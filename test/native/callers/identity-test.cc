// Who a thread is, from what can be seen of it without waiting.
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <string>

#include "callers/identity.h"
#include "callers/callers.h"
#include "base/clock.h"
#include "tap.h"

using namespace procview::base;
using namespace procview::callers;

namespace {

void TestReader() {
  char path[] = "/tmp/procview-appearance-XXXXXX";
  std::string directory = mkdtemp(path), fifo = directory + "/fifo", file = directory + "/file";
  std::ofstream(file) << "text";
  BoundedReader reader(std::chrono::milliseconds(50));
  std::string text;
  OK(reader.Read(file, &text) == 0 && text == "text", "a file is read");
  OK(reader.Read(directory + "/none", &text) == -ENOENT, "an error is told");
  OK(reader.Read(file, &text) == 0 && text == "text", "more than once");
  unlink(file.c_str());
  rmdir(directory.c_str());
}

void TestRecall() {
  Callers callers("/proc", 4, 0);
  Appearances appearances("/proc");
  Appearance own = appearances.Of(gettid());
  OK(own.cgroups && own.pid_namespace != 0, "a thread's cgroups and pid namespace");
  OK(callers.Recall(own) == Callers::kUnknown, "nobody is known");
  callers.Open(getpid());
  OK(callers.Recall(own) == Callers::kUnknown, "nor who has no tag");
  callers.SetTag(getpid(), {3});
  OK(callers.Recall(own) == 3, "then by its cgroups");
  Appearance other = own;
  other.pid = 1;
  OK(callers.Recall(other) == 3, "another in the same ones as well");
  other.pid_namespace++;
  OK(callers.Recall(other) == Callers::kUnknown, "but not in another pid namespace");
  other = own;
  *other.cgroups += "below";
  OK(callers.Recall(other) == Callers::kUnknown, "nor in another cgroup");
}

/// The fake: /proc/<tid>/cgroup that cannot be read in time, as while cgroup_mutex is held.
void TestUnreadable() {
  Callers callers("/proc", 4, 0);
  callers.Open(getpid());
  callers.SetTag(getpid(), {3});
  int64_t now = BootTime();
  Appearance seen{getpid(), {}, 0, now - 1000000};
  OK(callers.Recall(seen) == 3, "who was there before it was looked at is the one that was seen");
  seen.started = now + 10000;
  OK(callers.Recall(seen) == Callers::kUnknown, "who began later has the number of one that is gone");
  callers.Lookup(getpid());
  OK(callers.Recall(seen) == Callers::kUnknown, "also if the number was looked up since");
  seen = {1, {}, 0, 0};
  OK(callers.Recall(seen) == Callers::kUnknown, "who was never seen is not known");
}

}  // namespace

int main() {
  TestReader();
  TestRecall();
  TestUnreadable();
  return tap::Finish();
}
