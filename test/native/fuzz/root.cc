// Paths that containers choose, opened beneath a root: nothing outside it is reached, and openat2 and the
// walk of kernels before 5.6 agree on what is.
#include <climits>

#include "directory.h"
#include "base/beneath.h"

using namespace procview::base;

namespace {

/// inside/ is the root; next to it is what must not be reached.
const fuzz::Directory& Tree() {
  static const fuzz::Directory tree;
  static const bool made = [] {
    for (const char* name : {"inside", "inside/a", "inside/a/b", "outside"}) tree.Make(name);
    tree.Write("outside/secret", "secret");
    for (const char* name : {"inside/f", "inside/a/f", "inside/a/b/f"}) tree.Write(name, "f");
    tree.Link("../outside", "inside/o");
    tree.Link("/", "inside/r");
    tree.Link("l", "inside/l");
    tree.Link("a", "inside/d");
    tree.Link("..", "inside/a/u");
    tree.Link("../f", "inside/a/x");
    return true;
  }();
  HOLDS(made);
  return tree;
}

std::string PathOf(int fd) {
  char target[PATH_MAX] = {};
  HOLDS(readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target, sizeof(target) - 1) > 0);
  return target;
}

/// What a path leads to, or the error.
std::string Reached(const std::string& inside, const char* path, int flags, bool walk) {
  ForceWalk(walk);
  int fd = Root::Of(inside)->Open(path, flags);
  if (fd < 0) return "error " + std::to_string(-fd);
  std::string found = PathOf(fd);
  close(fd);
  HOLDS(found == inside || found.starts_with(inside + "/"));
  return found;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  constexpr int kFlags[] = {O_RDONLY | O_NONBLOCK, O_RDONLY | O_DIRECTORY, O_PATH | O_NOFOLLOW};
  int flags = kFlags[input.Byte() % 3];
  std::string path(input.rest());
  std::string inside = Tree().path() + "/inside";
  std::string at_once = Reached(inside, path.c_str(), flags, false);
  std::string walked = Reached(inside, path.c_str(), flags, true);
  if (at_once != walked) std::fprintf(stderr, "%s, by walking %s\n", at_once.c_str(), walked.c_str());
  HOLDS(at_once == walked);
  return 0;
}
