// Mounts changed in the namespaces of real processes, seen from inside. Needs root; skipped without.
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <sstream>

#include "fixture.h"
#include "mounts/mountinfo.h"
#include "mounts/change.h"
#include "mounts/mount-calls.h"

using namespace procview;
using namespace procview::mounts;

namespace {

const std::string kDirectory = "/tmp/pvtest-ns-" + std::to_string(getpid());
const std::string kFile = kDirectory + "/meminfo";
const std::string kTree = kDirectory + "/tree";

std::string Text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A process in a mount namespace of its own, with a procfs of its own.
class Container {
 public:
  explicit Container(const std::function<void()>& prepare = [] {}) {
    int up[2];
    if (pipe(up) != 0) abort();
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (unshare(CLONE_NEWNS) != 0 || mount("", "/", "", MS_REC | MS_PRIVATE, "") != 0) _exit(1);
      if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "") != 0) _exit(1);
      prepare();
      if (write(up[1], "", 1) != 1) _exit(1);
      for (;;) pause();
    }
    char byte;
    close(up[1]);
    OK(read(up[0], &byte, 1) == 1, "a container");
    close(up[0]);
  }
  ~Container() { End(); }

  void End() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  std::string Process() const { return "/proc/" + std::to_string(pid_); }
  std::string Mounts() const { return Text(Process() + "/mountinfo"); }
  std::string Read(const std::string& path) const { return Text(Process() + "/root" + path); }

  Place At(const std::string& root = "") const {
    const std::string stat = Text(Process() + "/stat");
    std::string_view rest(stat);
    rest.remove_prefix(rest.rfind(')') + 2);
    for (int field = 3; field < 22; field++) rest.remove_prefix(rest.find(' ') + 1);
    return {Process(), std::stoull(std::string(rest)), root};
  }

  /// Id of the last mount at a path, 0 if there is none, and its options.
  uint64_t MountAt(const std::string& point, std::string* line = nullptr) const {
    uint64_t id = 0;
    std::istringstream mounts(Mounts());
    for (std::string each; std::getline(mounts, each);) {
      mounts::MountLine entry;
      if (!mounts::ParseMountLine(each, &entry) || mounts::UnescapePath(entry.point) != point) continue;
      id = entry.id;
      if (line) *line = each;
    }
    return id;
  }

 private:
  pid_t pid_ = 0;
};

struct Outcome {
  std::vector<int> results;
  base::Error error;
};

Outcome Do(const Place& place, const std::vector<Removal>& removals,
           const std::vector<Cover>& covers) {
  Outcome outcome;
  Change(place, removals, covers, &outcome.results, &outcome.error);
  if (outcome.error) printf("# %s %s\n", outcome.error.syscall, outcome.error.what.c_str());
  return outcome;
}

Cover Meminfo(const Container& container) {
  return {kFile, "proc/meminfo", container.MountAt("/proc"), kReadOnly | kNoSuid | kNoDirAtime, "", 0};
}

int Descriptors() {
  int count = 0;
  DIR* directory = opendir("/proc/self/fd");
  while (readdir(directory)) count++;
  closedir(directory);
  return count;
}

void TestCover(bool old) {
  ForceMount(old);
  Container container;
  const std::string before = container.Mounts();
  const std::string host = Text("/proc/self/mountinfo");
  const int descriptors = Descriptors();
  Outcome put = Do(container.At(), {}, {Meminfo(container)});
  OK(!put.error && put.results == std::vector<int>{0}, "covered");
  IS(container.Read("/proc/meminfo"), "of its own\n", "inside it is what was cloned");
  OK(Text("/proc/meminfo").starts_with("MemTotal:"), "here it is not");
  std::string line;
  const uint64_t mount = container.MountAt("/proc/meminfo", &line);
  OK(line.find(" ro,nosuid,nodiratime,relatime - ") != std::string::npos, "flags, and private");
  OK(Do(container.At(), {{"proc/meminfo", mount + 1}}, {}).results == std::vector<int>{-EBUSY},
     "another mount is left alone");
  OK(Do(container.At(), {{"proc/meminfo", mount}}, {}).results == std::vector<int>{0}, "removed");
  IS(container.Mounts(), before, "nothing is left inside");
  IS(Text("/proc/self/mountinfo"), host, "nothing ever was outside");
  IS(Descriptors(), descriptors, "no descriptor stays open");
  ForceMount(false);
}

// The hidden clone is what may be written to: it must not be more than what it is a clone of.
void TestKept(bool old, bool read_only, uint64_t flags) {
  ForceMount(old);
  Container container([&] {
    mount("/proc/sys", "/proc/sys", "", MS_BIND | MS_REC, "");
    if (read_only) mount("", "/proc/sys", "", MS_BIND | MS_REMOUNT | MS_RDONLY, "");
  });
  const std::string before = container.Mounts();
  const Cover cover{kTree, "proc/sys/kernel", container.MountAt("/proc/sys"), 0, "kept", flags};
  OK(Do(container.At(), {}, {cover}).results == std::vector<int>{0}, "a directory covered");
  IS(container.Read("/proc/sys/kernel/kept/ostype"), "Linux\n", "what it covered is in it");
  IS(container.Read("/proc/sys/kernel/own"), "own\n", "beside what is its own");
  const std::string path = container.Process() + "/root/proc/sys/kernel/kept/core_pattern";
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const int error = errno;
  if (read_only || flags) OK(fd < 0 && error == EROFS, "read-only as it was, or as asked for");
  else OK(fd >= 0, "to be written to as it was");
  if (fd >= 0) close(fd);
  const uint64_t mount = container.MountAt("/proc/sys/kernel");
  OK(Do(container.At(), {{"proc/sys/kernel", mount}}, {}).results == std::vector<int>{0},
     "both removed at once");
  IS(container.Mounts(), before, "nothing is left");
  ForceMount(false);
}

// Anywhere but in /proc and /sys, and with fewer flags than the source has.
void TestExactFlags(bool old) {
  ForceMount(old);
  const std::string source = kDirectory + "/source", place = kDirectory + "/rootfs";
  OK(mount("tmpfs", source.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "") == 0, "a source");
  Container container([&] { mount("tmpfs", place.c_str(), "tmpfs", 0, ""); });
  Cover cover{source, place.substr(1), container.MountAt(place), kReadOnly, "", 0};
  cover.clear = kNoSuid | kNoDev | kNoExec;
  OK(Do(container.At(), {}, {cover}).results == std::vector<int>{0}, "covered");
  std::string line;
  container.MountAt(place, &line);
  OK(line.find(" ro,relatime - ") != std::string::npos, "as it is to be");
  umount2(source.c_str(), MNT_DETACH);
  ForceMount(false);
}

void TestPlaces() {
  Container container;
  Place place = container.At();
  place.started++;
  IS(Do(place, {}, {Meminfo(container)}).error.code, ESRCH, "another process of that pid");
  place = container.At();
  Cover missing = Meminfo(container);
  missing.target = "proc/nothing";
  Cover unserved = Meminfo(container);
  unserved.source = kDirectory + "/nothing";
  Cover changed = Meminfo(container);
  changed.on++;
  const std::vector<int> wanted{-ENOENT, -ENOENT, -EBUSY, 0};
  OK(Do(place, {}, {missing, unserved, changed, Meminfo(container)}).results == wanted,
     "each has its own result");
  const Cover covered = Meminfo(container);
  container.End();
  IS(Do(place, {}, {covered}).error.code, ESRCH, "a process that has ended");
  IS(Do({"/proc/0", 0, ""}, {}, {}).error.code, ESRCH, "no process");
}

// What a container may put in the way.
void TestObstacles() {
  const std::string rootfs = kDirectory + "/rootfs";
  Container container([&] {
    mount("tmpfs", rootfs.c_str(), "tmpfs", 0, "");
    for (const char* name : {"/proc", "/sys", "/other"}) mkdir((rootfs + name).c_str(), 0755);
    mount("proc", (rootfs + "/proc").c_str(), "proc", 0, "");
    mount("tmpfs", (rootfs + "/proc/sys").c_str(), "tmpfs", 0, "");
    mkdir((rootfs + "/proc/sys/kernel").c_str(), 0755);
    if (symlink("../proc", (rootfs + "/other/proc").c_str()) != 0) _exit(1);
  });
  const Place root = container.At(rootfs);
  Cover cover = Meminfo(container);
  cover.on = container.MountAt(rootfs + "/proc");
  OK(Do(root, {}, {cover}).results == std::vector<int>{0}, "a root to be, before it is the root");
  IS(container.Read(rootfs + "/proc/meminfo"), "of its own\n", "below it");
  OK(container.MountAt("/proc/meminfo") == 0, "and not in the root");
  const uint64_t tmpfs = container.MountAt(rootfs + "/proc/sys");
  Cover masked{kTree, "proc/sys/kernel", tmpfs, 0, "", 0};
  Cover unmounted{kTree, "sys/kernel", tmpfs, 0, "", 0};
  const std::vector<int> both{-EXDEV, -EXDEV};
  OK(Do(root, {}, {masked, unmounted}).results == both, "another file system in the way");
  cover.on = container.MountAt("/proc");
  OK(Do(container.At(rootfs + "/other"), {}, {cover}).results == std::vector<int>{-EXDEV},
     "a link in the way");
  IS(Do(container.At(rootfs + "/none"), {}, {cover}).error.code, ENOENT, "no such root");
}

// A file system whose process never replies: each request to it hangs.
void TestSilence() {
  const int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (device < 0) return void(OK(true, "a silent file system # SKIP no /dev/fuse"));
  const std::string data =
      "fd=" + std::to_string(device) + ",rootmode=40000,user_id=0,group_id=0";
  const std::string silent = kDirectory + "/silent";
  Container container([&] {
    mount("silent", silent.c_str(), "fuse", 0, data.c_str());
    mount(silent.c_str(), "/proc", "", MS_BIND, "");
  });
  const Cover cover{kFile, "proc/meminfo", container.MountAt("/proc"), 0, "", 0};
  OK(Do(container.At(), {}, {cover}).results == std::vector<int>{-EXDEV}, "a silent /proc");
  OK(Do(container.At(silent), {}, {cover}).results == std::vector<int>{-EAGAIN}, "a silent root");
  container.End();
  close(device);
}

}  // namespace

int main() {
  if (geteuid() != 0 || mkdir(kDirectory.c_str(), 0700) != 0) {
    printf("1..0 # SKIP not root\n");
    return 0;
  }
  alarm(60);
  setvbuf(stdout, nullptr, _IOLBF, 0);
  for (const char* name : {"", "/kept"}) mkdir((kTree + name).c_str(), 0755);
  for (const char* name : {"/rootfs", "/silent", "/source"}) mkdir((kDirectory + name).c_str(), 0755);
  std::ofstream(kFile) << "of its own\n" << std::flush;
  std::ofstream(kTree + "/own") << "own\n" << std::flush;
  const std::string space = Text("/proc/self/mountinfo");
  for (const bool old : {false, true}) {
    TestCover(old);
    TestKept(old, true, 0);
    TestKept(old, false, 0);
    TestKept(old, false, kReadOnly | kNoSuid | kNoDev | kNoExec);
    TestExactFlags(old);
  }
  TestPlaces();
  TestObstacles();
  TestSilence();
  IS(Text("/proc/self/mountinfo"), space, "our own namespace is as it was");
  const std::string remove = "rm -rf " + kDirectory;
  return system(remove.c_str()) != 0 ? 1 : tap::Finish();
}
