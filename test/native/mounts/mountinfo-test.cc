// Lines of mountinfo as kernels write them.
#include "mounts/mountinfo.h"
#include "fixture.h"

using namespace procview;
using namespace procview::mounts;

namespace {

void TestUnescape() {
  IS(UnescapePath("/plain"), "/plain", "nothing to do");
  IS(UnescapePath("/a\\040b\\011c\\012d\\134e"), "/a b\tc\nd\\e", "all four escapes");
  IS(UnescapePath("/a\\04"), "/a\\04", "half an escape at the end");
  IS(UnescapePath("/a\\089"), "/a\\089", "no octal digits");
  IS(UnescapePath("\\303\\251"), "\303\251", "bytes above 127");
}

void TestLines() {
  MountLine entry;
  bool ok = ParseMountLine(
      "71 28 0:53 / /run/proc\\040view rw,nosuid,nodev shared:7 master:2 - fuse.procview procview "
      "rw",
      &entry);
  OK(ok && entry.id == 71 && entry.device == "0:53", "id and device");
  IS(UnescapePath(entry.point), "/run/proc view", "where, unescaped");
  OK(entry.parent == 28 && entry.root == "/" && entry.options == "rw,nosuid,nodev", "parent, root, options");
  IS(entry.propagation, "shared:7 master:2", "optional fields");
  IS(entry.super_options, "rw", "options of the file system");
  IS(entry.type, "fuse.procview", "type, behind optional fields");
  OK(ParseMountLine("1 1 8:1 / / rw - ext4 /dev/sda1 rw", &entry), "no optional fields");
  IS(entry.propagation, "", "no propagation");
  IS(ParseMountinfo("x\n1 1 8:1 / / rw - ext4 /dev/sda1 rw\n\n2 1 8:2 / /a rw - ext4 /dev/sdb1 rw").size(), size_t{2}, "malformed lines are left out");
  for (const char* line : {"", "x", "71", "71 28 0:53 / /p rw shared:7", "71 28 0:53 / /p rw -"}) {
    OK(!ParseMountLine(line, &entry), (std::string("malformed: ") + line).c_str());
  }
}

void TestLive() {
  base::Error error;
  std::string path;
  MountEntry entry = MountAt("/proc/self/../sys", &path, &error);
  OK(!error && entry.type == "proc" && path == "/proc/sys", "the mount that holds a directory");
  MountAt("/proc/meminfo", &path, &error);
  IS(error.code, ENOTDIR, "not a directory");
  error = {};
  MountAt("/nowhere", &path, &error);
  OK(error.code == ENOENT && error.what == "'/nowhere'", "nothing there");
}

}  // namespace

int main() {
  TestUnescape();
  TestLines();
  TestLive();
  return tap::Finish();
}
