// A file of bodies that anything may be in: of another version, of a daemon killed at any moment, or damaged.
// It is continued or set aside, whatever is served from it lies in it, and what we leave is readable.
#include "persist/body-store.h"

#include <map>

#include "directory.h"
#include "fixture.h"

using namespace procview;
using namespace procview::fuse;

namespace {

constexpr size_t kTable = 4096;
constexpr size_t kMost = 32;
constexpr Caller kSomebody{7, 0, 0};

using Bodies = std::map<uint64_t, std::string>;

void Put(const std::string& path, std::string_view bytes, size_t at) {
  int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  HOLDS(fd >= 0 && pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)) ==
                       static_cast<ssize_t>(bytes.size()));
  close(fd);
}

size_t Short(fuzz::Input* input) {
  size_t high = input->Byte();
  return high << 8 | input->Byte();
}

/// Never 0, which is none.
uint64_t HandleIn(fuzz::Input* input) { return input->Byte() % 255u + 1; }

/// As a daemon leaves it, but for what the input says: records anywhere, another header, another size.
void Fill(const std::string& path, fuzz::Input* input) {
  base::Error error;
  HOLDS(BodyStore::Create(path, &error) != nullptr && !error);
  uint8_t damage = input->Byte();
  for (size_t count = input->Byte() % kMost; count > 0; count--) {
    size_t index = Short(input) % BodyStore::kBlocks;
    Record record{input->Byte(), input->Byte(), input->Byte(), 0, kSomebody, input->Byte()};
    size_t bytes = Short(input);
    record.size = static_cast<uint32_t>(bytes << (input->Byte() % 17));
    Put(path, Bytes(record), kTable + index * sizeof(Record));
  }
  if ((damage & 1) != 0) Put(path, input->Take(24), 0);
  if ((damage & 2) != 0) HOLDS(truncate(path.c_str(), static_cast<off_t>(Short(input))) == 0);
}

std::unique_ptr<BodyStore> Continued(const std::string& path, std::string* problem) {
  base::Error error;
  std::unique_ptr<BodyStore> store = BodyStore::Continue(path, problem, &error);
  HOLDS(store != nullptr && !error);
  return store;
}

/// Reads behind the beginning, which takes what is kept. False: nothing is.
bool Kept(Handles& handles, uint64_t handle, std::string* body) {
  Caller caller{};
  BodyReference kept = handles.Read(handle, 1, &caller);
  if (kept) *body = kept.view();
  return static_cast<bool>(kept);
}

/// What readers do, of which `bodies` has what must be found.
void Serve(Handles& handles, fuzz::Input* input, Bodies* bodies) {
  std::string body;
  while (!input->empty()) {
    uint8_t what = input->Byte();
    uint64_t handle = HandleIn(input);
    std::string text(Short(input), static_cast<char>('a' + what % 26));
    switch (what % 4) {
      case 0: (*bodies)[handles.Open(kSomebody, handle, text)] = text; break;
      case 1:
        handles.Replace(handle, kSomebody, handle, text);
        (*bodies)[handle] = text;
        break;
      case 2:
        handles.Release(handle);
        bodies->erase(handle);
        break;
      default: Kept(handles, handle, &body);
    }
    HOLDS(handles.size() <= BodyStore::kBlocks);
  }
}

/// What may have given way is gone, never another's.
void Check(Handles& handles, const Bodies& bodies) {
  std::string body;
  for (const auto& [handle, wanted] : bodies)
    HOLDS(!Kept(handles, handle, &body) || body == wanted);
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fuzz::Directory directory;
  const std::string path = directory.path() + "/bodies";
  fuzz::Input input(data, size);
  Bodies bodies;
  Fill(path, &input);
  size_t left;
  {
    std::string problem;
    Handles handles(1000);
    handles.Begin(Continued(path, &problem));
    HOLDS(problem.empty() || handles.size() == 0);
    Serve(handles, &input, &bodies);
    Check(handles, bodies);
    left = handles.size();
  }
  std::string problem;
  Handles next(2000);
  next.Begin(Continued(path, &problem));
  HOLDS(problem.empty() && next.size() == left);
  Check(next, bodies);
  for (const auto& each : bodies) next.Release(each.first);
  for (uint64_t handle = 1; handle < 256; handle++) next.Release(handle);
  HOLDS(next.size() == 0);
  return 0;
}
