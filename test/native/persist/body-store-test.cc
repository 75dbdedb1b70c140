// Bodies of open files outlive the process, whenever it is killed.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <set>

#include "fixture.h"

using namespace procview;
using namespace procview::fuse;

namespace {

constexpr Caller kOpener{11, 1, 2};
constexpr uint64_t kTenant = 5;

/// A directory that is gone at the end.
struct Directory {
  std::string path;
  Directory() {
    char name[] = "/tmp/store-test-XXXXXX";
    path = mkdtemp(name);
  }
  ~Directory() {
    for (const char* name : {"/bodies", "/bodies.unreadable", "/copy"}) unlink((path + name).c_str());
    rmdir(path.c_str());
  }
  std::string bodies() const { return path + "/bodies"; }
};

std::unique_ptr<BodyStore> New(const std::string& path) {
  base::Error error;
  return BodyStore::Create(path, &error);
}

std::unique_ptr<BodyStore> Old(const std::string& path, std::string* problem) {
  base::Error error;
  return BodyStore::Continue(path, problem, &error);
}

std::string BodyOf(Handles& handles, uint64_t handle, uint64_t offset = 1) {
  Caller caller{};
  BodyReference body = handles.Read(handle, offset, &caller);
  return body ? std::string(body.view()) : "";
}

void TestContinued() {
  Directory directory;
  std::string large(100000, 'x');
  uint64_t small, big;
  {
    Kept handles(100, New(directory.bodies()));
    uint64_t closed = handles.Open(kOpener, kTenant, "closed");
    small = handles.Open(kOpener, kTenant, "small");
    big = handles.Open(kOpener, kTenant, large);
    handles.Release(closed);
    BodyOf(handles, small, 0);
  }
  std::string problem;
  Kept handles(1000, Old(directory.bodies(), &problem), {BodyStore::kBlocks, 27});
  IS(problem, "", "a successor continues the file");
  IS(handles.size(), 2u, "what was closed is gone");
  OK(BodyOf(handles, small) == "small" && BodyOf(handles, big) == large, "old handles, old bodies");
  Caller caller{};
  OK(!handles.Read(small, 0, &caller), "what was read at 0 is rendered again");
  IS(caller.pid, kOpener.pid, "for its opener");
  handles.Replace(small, caller, kHost, "second");
  IS(BodyOf(handles, small), "second", "and kept");
  uint64_t fresh = handles.Open(kOpener, kTenant, "new");
  IS(BodyOf(handles, fresh), "new", "a new one besides");
  handles.Open(kOpener, kTenant, "more");
  IS(BodyOf(handles, big), "", "they count to the bound of their owner");
  handles.Release(small);
  IS(handles.size(), 2u, "and can be closed");
}

void TestNewMount() {
  Directory directory;
  Kept before(100, New(directory.bodies()));
  uint64_t handle = before.Open(kOpener, kTenant, "of a dead connection");
  Kept after(1000, New(directory.bodies()));
  IS(BodyOf(after, handle), "", "a new mount starts with nothing");
  IS(BodyOf(before, handle), "of a dead connection", "and a process with the old file still open is not disturbed");
}

void Overwrite(const std::string& path, off_t offset, std::string_view bytes) {
  int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (pwrite(fd, bytes.data(), bytes.size(), offset) < 0) std::abort();
  close(fd);
}

void TestSetAside() {
  Directory directory;
  const std::string path = directory.bodies();
  std::string huge(4, '\xff');
  std::string twice = Bytes(Record{7, 1, 1, BodyStore::kBlock + 1, kOpener, 0}) +
                      Bytes(Record{8, 1, 2, 1, kOpener, 0});
  const std::map<std::string, std::function<void()>> damages = {
      {"another version", [&] { Overwrite(path, 8, "\2"); }},
      {"too short", [&] { OK(truncate(path.c_str(), 5000) == 0, "truncated"); }},
      {"empty", [&] { OK(truncate(path.c_str(), 0) == 0, "truncated"); }},
      {"a body beyond the end", [&] { Overwrite(path, 4096 + 24, huge); }},
      {"two bodies in one place", [&] { Overwrite(path, 4096, twice); }}};
  for (const auto& [what, damage] : damages) {
    uint64_t handle = Kept(100, New(path)).Open(kOpener, kTenant, "body");
    damage();
    std::string problem;
    Kept handles(1000, Old(path, &problem));
    OK(problem.find("set aside as " + path + ".unreadable") != std::string::npos, what.c_str());
    OK(access((path + ".unreadable").c_str(), F_OK) == 0, "is set aside");
    IS(BodyOf(handles, handle), "", "and nothing of it believed");
    IS(BodyOf(handles, handles.Open(kOpener, kTenant, "new")), "new", "a new one is begun");
  }
  unlink(path.c_str());
  std::string problem;
  OK(Old(path, &problem) != nullptr && !problem.empty(), "a missing file is reported");
  base::Error error;
  OK(BodyStore::Create(directory.path + "/no/such", &error) == nullptr, "no such directory: no store");
  IS(error.code, ENOENT, "and why");
}

off_t MemoryOf(const std::string& path) {
  struct stat info {};
  stat(path.c_str(), &info);
  return info.st_blocks * 512;
}

void TestMemoryIsGivenBack() {
  Directory directory;
  Kept handles(1, New(directory.bodies()));
  for (int i = 0; i < 4000; i++) handles.Open(kOpener, kTenant, std::string(5000, 'x'));
  OK(MemoryOf(directory.bodies()) > 15 << 20, "full: takes memory");
  for (uint64_t i = 1; i <= 4000; i++) handles.Release(i);
  OK(MemoryOf(directory.bodies()) < 5 << 20, "empty: gives it back");
}

/// On a file system of its own with 2 MiB.
void TestFullFileSystem() {
  Directory directory;
  if (mount("tmpfs", directory.path.c_str(), "tmpfs", 0, "size=2m") != 0) {
    std::printf("# skipped: cannot mount\n");
    return;
  }
  {
    Kept handles(1, New(directory.bodies()));
    uint64_t last = 0;
    for (int i = 0; i < 1000; i++) last = handles.Open(kOpener, kTenant, std::string(4096, 'x'));
    IS(BodyOf(handles, last), std::string(4096, 'x'), "a full file system: new bodies replace old ones");
    OK(handles.size() > 200 && handles.size() < 512, "as many as there is room for");
  }
  umount2(directory.path.c_str(), MNT_DETACH);
}

/// What a handle may show at one moment of a step; a handle that is not named must have no body.
using Allowed = std::map<uint64_t, std::set<std::string>>;

struct Step {
  const char* what;
  std::function<void(Handles&)> run;
  Allowed allowed;
};

/// "" if a successor that begins with this copy of the file shows nothing but what is allowed.
std::string Wrong(const std::string& copy, const Allowed& allowed) {
  std::string problem;
  Kept handles(1000000, Old(copy, &problem));
  if (!problem.empty()) return problem;
  size_t found = 0;
  for (const auto& [handle, bodies] : allowed) {
    std::string body = BodyOf(handles, handle);
    if (!bodies.contains(body)) return "handle " + std::to_string(handle) + ": " + body.substr(0, 80);
    found += !body.empty();
  }
  return found == handles.size() ? "" : "a handle that nobody opened";
}

/// The header, and those records and blocks that the steps use: they are the first.
class Window {
 public:
  explicit Window(const std::string& path) {
    int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    memory_ = static_cast<char*>(mmap(nullptr, kBodies + kBlocks, PROT_READ, MAP_SHARED, fd, 0));
    close(fd);
  }
  ~Window() { munmap(memory_, kBodies + kBlocks); }

  /// Whether anything has changed since the last check.
  bool Changed() {
    if (table_ == Now(0, kTable) && blocks_ == Now(kBodies, kBlocks)) return false;
    table_ = Now(0, kTable);
    blocks_ = Now(kBodies, kBlocks);
    return true;
  }
  /// The file as it was then.
  void Copy(const std::string& path) const {
    Overwrite(path, 0, table_);
    Overwrite(path, kBodies, blocks_);
  }

 private:
  static constexpr size_t kTable = 6144;
  static constexpr size_t kBodies = 4096 + BodyStore::kBlocks * sizeof(Record);
  static constexpr size_t kBlocks = 8 * BodyStore::kBlock;
  std::string_view Now(size_t at, size_t size) const { return {memory_ + at, size}; }

  char* memory_;
  std::string table_, blocks_;
};

/// Runs a step in a child, one instruction after the other, and looks at what a kill after it would
/// leave. Returns the number of different files seen, 0 if one was wrong.
int SingleStep(const std::string& path, const std::string& copy, const Step& step) {
  pid_t child = fork();
  if (child == 0) {
    std::string problem;
    Kept handles(2000, Old(path, &problem));
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
    step.run(handles);
    raise(SIGSTOP);
    _exit(0);
  }
  Window window(path);
  int status = 0, files = 0;
  waitpid(child, &status, 0);
  do {
    if (window.Changed()) {
      files++;
      New(copy);
      window.Copy(copy);
      std::string wrong = Wrong(copy, step.allowed);
      if (!wrong.empty()) {
        std::printf("# %s\n", wrong.c_str());
        files = 0;
        break;
      }
    }
    ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr);
    waitpid(child, &status, 0);
  } while (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return files;
}

void TestKilledAnywhere() {
  Directory directory;
  const std::string a(300, 'a'), b(4200, 'b'), c(100, 'c'), d(200, 'd');
  const std::vector<Step> steps = {
      {"open", [&](Handles& handles) { handles.Open(kOpener, kTenant, c); },
       {{1, {a}}, {2, {b}}, {2000, {"", c}}}},
      {"read at 0", [](Handles& handles) { BodyOf(handles, 1, 0); }, {{1, {a}}, {2, {b}}}},
      {"keep", [&](Handles& handles) { handles.Replace(1, kOpener, kTenant, d); },
       {{1, {a, d}}, {2, {b}}}},
      {"release", [](Handles& handles) { handles.Release(1); }, {{1, {a, ""}}, {2, {b}}}},
      {"release, and open in its place",
       [&](Handles& handles) {
         handles.Release(1);
         handles.Open(kOpener, kTenant, d);
       },
       {{1, {a, ""}}, {2, {b}}, {2000, {"", d}}}},
      {"keep twice, so that the first place is used again",
       [&](Handles& handles) {
         handles.Replace(1, kOpener, kTenant, d);
         handles.Replace(1, kOpener, kTenant, c);
       },
       {{1, {a, d, c}}, {2, {b}}}}};
  for (const Step& step : steps) {
    {
      Kept handles(1, New(directory.bodies()));
      handles.Open(kOpener, kTenant, a);
      handles.Open(kOpener, kTenant, b);
    }
    int files = SingleStep(directory.bodies(), directory.path + "/copy", step);
    OK(files > 1, (std::string("killed anywhere: ") + step.what).c_str());
    std::printf("# %d different files\n", files);
  }
}

}  // namespace

int main() {
  TestContinued();
  TestNewMount();
  TestSetAside();
  TestMemoryIsGivenBack();
  TestFullFileSystem();
  TestKilledAnywhere();
  return tap::Finish();
}
