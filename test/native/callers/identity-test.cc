// Identities of threads, read in bounded time, and what the caller cache finds for them.
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
  char path[] = "/tmp/procview-identity-XXXXXX";
  std::string directory = mkdtemp(path), fifo = directory + "/fifo", file = directory + "/file";
  std::ofstream(file) << "text";
  TimedReader reader(std::chrono::milliseconds(50));
  std::string text;
  OK(reader.Read(file, &text) == 0 && text == "text", "a file is read");
  OK(reader.Read(directory + "/none", &text) == -ENOENT, "an error is returned");
  OK(reader.Read(file, &text) == 0 && text == "text", "more than once");
  unlink(file.c_str());
  rmdir(directory.c_str());
}

void TestRecall() {
  Callers callers("/proc", 4, 0);
  IdentityReader reader("/proc");
  Identity own = reader.Of(gettid());
  OK(own.cgroups && own.pid_namespace != 0, "a thread's cgroups and pid namespace");
  OK(callers.Recall(own) == Callers::kUnknown, "no thread is known");
  callers.Open(getpid());
  OK(callers.Recall(own) == Callers::kUnknown, "nor a thread without a tag");
  callers.SetTag(getpid(), {3});
  OK(callers.Recall(own) == 3, "then by its cgroups");
  Identity other = own;
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
  Identity seen{getpid(), {}, 0, now - 1000000};
  OK(callers.Recall(seen) == 3, "a thread that started before it was checked is the same");
  seen.started = now + 10000;
  OK(callers.Recall(seen) == Callers::kUnknown, "a thread that started later has a reused id");
  callers.Lookup(getpid());
  OK(callers.Recall(seen) == Callers::kUnknown, "also if the id was looked up since");
  seen = {1, {}, 0, 0};
  OK(callers.Recall(seen) == Callers::kUnknown, "a thread that was never opened is not known");
}

}  // namespace

int main() {
  TestReader();
  TestRecall();
  TestUnreadable();
  return tap::Finish();
}
