// Workloads whose machine instructions instructions.sh counts: `instructions NAME`, run under callgrind, which
// counts what Measured calls.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "fixture.h"
#include "mounts/mountinfo.h"
#include "sample/parse.h"
#include "base/threads.h"

using namespace procview;

namespace {

constexpr int kRounds = 100;

using Workload = std::function<void()>;

std::string ReadFile(const std::string& path) {
  std::ifstream file("../fixtures/build/" + path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) std::fprintf(stderr, "instructions: %s: cannot read\n", path.c_str());
  return text;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0, end; (end = text.find('\n', at)) != text.npos; at = end + 1)
    lines.push_back(text.substr(at, end - at));
  return lines;
}

std::vector<std::string> FirstWords(const std::string& text) {
  std::vector<std::string> words;
  for (const std::string& line : Lines(text)) words.push_back(line.substr(0, line.find_first_of(": ")));
  return words;
}

// A body of the usual size that costs nothing to render.
class Constant : public fuse::SampleRenderer {
 public:
  fuse::Rendered Render(uint64_t, const fuse::Caller&) override { return {0, body_}; }

 private:
  const std::string body_ = std::string(1500, 'x');
};

class NoReplies : public fuse::Replies {
 public:
  void Send(const fuse::OutHeader&, std::string_view data) override {
    last.assign(data.data(), std::min(data.size(), sizeof(fuse::OpenOut)));
  }
  void Notify(const fuse::OutHeader&, std::string_view) override {}
  std::string last;
};

struct Session {
  fuse::Negotiated negotiated;
  fuse::Handles handles{1000};
  fuse::Shared shared{fuse::SampleTree(), &handles, &negotiated};
  Constant renderer;
  NoReplies replies;
  fuse::Dispatcher dispatcher{&shared, &renderer, &replies};

  Session() { handles.Begin(fuse::InMemory()); }
};

// Lines known from the time before, and lines met for the first time.
Workload Keyed(const std::string& path, bool known) {
  const std::string text = ReadFile(path);
  const auto keys = sample::Keys::Compile(FirstWords(text));
  std::vector<double> slots(keys ? keys->Length() : 0);
  sample::LineMemo memo;
  return [=]() mutable {
    if (!known) memo.clear();
    const sample::Format format{static_cast<uint32_t>(slots.size()), 1, 1, keys.get()};
    sample::ParseKeyed(text, format, memo, slots.data());
  };
}

Workload Numbers(sample::Kind kind, uint32_t count, uint32_t columns, const std::string& path) {
  const std::string text = ReadFile(path);
  std::vector<double> slots(count);
  sample::LineMemo memo;
  return [=]() mutable { sample::Parse(kind, text, {count, columns, 1, nullptr}, memo, slots.data()); };
}

Workload CompileKeys() {
  const auto words = FirstWords(ReadFile("v2/proc/vmstat"));
  return [=] { sample::Keys::Compile(words); };
}

Workload States() {
  const std::string stat =
      "4321 (a name) S 1 4321 4321 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 100 1000000 200 184467";
  return [=] {
    if (base::StateOf(stat) != 'S') std::abort();
  };
}

Workload Mounts() {
  const auto lines = Lines(ReadFile("v2/proc/self/mountinfo"));
  return [=] {
    mounts::MountLine entry;
    for (const std::string& line : lines) mounts::ParseMountLine(line, &entry);
  };
}

// What the kernel sends for one `cat`.
Workload Cat() {
  auto session = std::make_shared<Session>();
  const std::string open = fuse::ReadFrame("open");
  return [=] {
    session->dispatcher.Handle(open);
    const uint64_t handle = fuse::From<fuse::OpenOut>(session->replies.last).fh;
    for (const uint64_t offset : {0, 1500})
      session->dispatcher.Handle(fuse::Frame(
          fuse::kRead, fuse::kMeminfo, fuse::Bytes(fuse::ReadIn{handle, offset, 8192, 0, 0, 0, 0})));
    session->dispatcher.Handle(
        fuse::Frame(fuse::kRelease, fuse::kMeminfo, fuse::Bytes(fuse::ReleaseIn{handle, 0, 0, 0})));
  };
}

// Every recorded request, most of which are refused.
Workload Frames() {
  auto session = std::make_shared<Session>();
  std::vector<std::string> frames;
  for (const char* name : {"lookup", "getattr", "setattr", "opendir", "readdir", "readdirplus", "releasedir",
                           "statfs", "create", "mkdir", "symlink", "link", "rename", "unlink", "write", "fsync",
                           "ioctl", "lseek", "getxattr", "listxattr", "forget", "op40"})
    frames.push_back(fuse::ReadFrame(name));
  return [=] {
    for (const std::string& frame : frames) session->dispatcher.Handle(frame);
  };
}

// Many files open at once.
Workload Handles() {
  auto handles = std::make_shared<fuse::Kept>(1000, fuse::InMemory());
  const std::string body(1500, 'x');
  const fuse::Caller caller{7, 0, 0};
  return [=] {
    std::vector<uint64_t> open;
    for (int i = 0; i < 64; i++) open.push_back(handles->Open(caller, fuse::kHost, body));
    for (const uint64_t handle : open) {
      fuse::Caller reader = caller;
      handles->Read(handle, 0, &reader);
    }
    for (const uint64_t handle : open) handles->Release(handle);
  };
}

const std::map<std::string, std::function<Workload()>> kWorkloads{
    {"meminfo", [] { return Keyed("v2/proc/meminfo", true); }},
    {"memory.stat", [] { return Keyed("v2/cgroup/pod/memory.stat", true); }},
    {"memory.stat-first", [] { return Keyed("v2/cgroup/pod/memory.stat", false); }},
    {"keys", CompileKeys},
    {"list", [] { return Numbers(sample::Kind::list, 3, 1, "v2/proc/loadavg"); }},
    {"scalar", [] { return Numbers(sample::Kind::scalar, 1, 1, "v2/cgroup/pod/memory.current"); }},
    {"table", [] { return Numbers(sample::Kind::table, 8, 2, "v1/cgroup/cpu,cpuacct/pod/lxc.payload.child/cpuacct.usage_all"); }},
    {"state", States},
    {"mountinfo", Mounts},
    {"cat", Cat},
    {"frames", Frames},
    {"handles", Handles},
};

}  // namespace

extern "C" __attribute__((noinline)) void Measured(const Workload& workload) {
  for (int i = 0; i < kRounds; i++) workload();
}

int main(int argc, char** argv) {
  const auto found = argc == 2 ? kWorkloads.find(argv[1]) : kWorkloads.end();
  if (found == kWorkloads.end()) {
    for (const auto& [name, make] : kWorkloads) std::puts(name.c_str());
    return argc == 1 ? 0 : 2;
  }
  const Workload workload = found->second();
  workload();  // what is only done once is done now
  Measured(workload);
  return 0;
}
