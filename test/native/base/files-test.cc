// Opening, reading, sampling and mapping on a temporary directory; every open is tried in both ways.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/buffer.h"
#include "callers/callers.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/mapped-file.h"
#include "base/release-pages.h"
#include "sample/sources.h"
#include "sample/thread-counter.h"
#include "base/threads.h"
#include "tap.h"

using namespace procview::base;
using namespace procview::callers;
using namespace procview::sample;
namespace fs = std::filesystem;

namespace {

class TempDir {
 public:
  TempDir() : path_("/tmp/pvtest-sample-XXXXXX") {
    if (!mkdtemp(path_.data())) abort();
  }
  ~TempDir() { fs::remove_all(path_); }
  const std::string& path() const { return path_; }
  void Write(const std::string& name, std::string_view bytes) const {
    fs::create_directories(fs::path(path_ + "/" + name).parent_path());
    std::ofstream(path_ + "/" + name, std::ios::binary) << bytes;
  }

 private:
  std::string path_;
};

int Try(const TempDir& dir, const char* path, int flags = O_RDONLY) {
  return Fd(Root::Of(dir.path())->Open(path, flags)).get();
}

int Closes(Fd fd) { return fcntl(fd.get(), F_GETFD) & FD_CLOEXEC; }

void TestOpen(bool walk) {
  ForceWalk(walk);
  const TempDir dir;
  dir.Write("a/b/file", "x");
  fs::create_symlink("b", dir.path() + "/a/link");
  fs::create_symlink("/etc/passwd", dir.path() + "/a/b/absolute");
  fs::create_symlink("file", dir.path() + "/a/b/inside");
  OK(Try(dir, "a/b/file") >= 0 && Try(dir, "///a//b/file") >= 0, "opens beneath, slashes ignored");
  OK(Try(dir, "", O_RDONLY | O_DIRECTORY) >= 0 && Try(dir, "/", O_RDONLY) >= 0, "the root itself");
  OK(Try(dir, "a/b/", O_RDONLY | O_DIRECTORY) >= 0, "trailing slash");
  OK(Try(dir, "a/b/file/") == -ENOTDIR && Try(dir, "a/b/inside/") == -ELOOP, "no directory");
  const std::string far = "./" + std::string(PATH_MAX, '/') + "a";
  OK(Try(dir, far.c_str()) == -ENAMETOOLONG, "longer than a path may be");
  OK(Try(dir, "a/link/file") == -ELOOP, "a link among the directories");
  OK(Try(dir, "a/b/absolute") == -ELOOP && Try(dir, "a/b/inside") == -ELOOP, "a link as the file");
  OK(Try(dir, "..") == -EXDEV && Try(dir, "a/../a/b/file") == -EXDEV && Try(dir, "a/..") == -EXDEV,
     ".. even inside");
  OK(Try(dir, "a/..b") == -ENOENT && Try(dir, "nope/file") == -ENOENT, "absent");
  OK(Try(dir, "a/b/file/c") == -ENOTDIR, "below a file");
  OK(Closes(Fd(Root::Of(dir.path())->Open("a/b/file", O_RDONLY))), "close on exec");
  ForceWalk(false);
}

void TestNoLeak(bool walk) {
  ForceWalk(walk);
  const TempDir dir;
  dir.Write("a/b/c", "x");
  const int before = Try(dir, "a/b/c");
  for (int i = 0; i < 100; i++) Try(dir, i % 2 ? "a/b/c" : "a/b/none/d");
  OK(Try(dir, "a/b/c") == before, "no descriptor left behind");
  ForceWalk(false);
}

void TestRootMadeAgain() {
  const TempDir dir;
  const std::string root = dir.path() + "/root";
  OK(Root::Of(root)->Open("file", O_RDONLY) == -ENOENT, "no root yet");
  dir.Write("root/file", "x");
  OK(Fd(Root::Of(root)->Open("file", O_RDONLY)).get() >= 0, "the root came");
  fs::remove_all(root);
  dir.Write("root/file", "y");
  OK(Fd(Root::Of(root)->Open("file", O_RDONLY)).get() >= 0, "the root was made again");
}

// Sizes around the buffer's own, which doubles from 64 KiB.
void TestSizes() {
  const TempDir dir;
  const size_t sizes[] = {0, 1, 65535, 65536, 65537, 131072, 1000000, 1 << 20};
  for (const size_t size : sizes) {
    dir.Write("file", std::string(size, 'x'));
    const std::string path = dir.path() + "/file";
    OK(ReadText(path.c_str()) == static_cast<long>(size), "whole text");
    std::string into(size, ' ');
    OK(ReadFile(path.c_str(), into.data(), size) == static_cast<long>(size), "whole file");
    OK(size == 0 || ReadFile(path.c_str(), into.data(), size - 1) == -EFBIG, "one byte too small");
  }
  dir.Write("file", std::string((1 << 20) + 1, 'x'));
  OK(ReadText((dir.path() + "/file").c_str()) == -EFBIG, "over 1 MiB");
}

SourceSpec Spec(const TempDir& dir, const char* path, Kind kind, uint32_t slot) {
  SourceSpec spec;
  spec.root = dir.path();
  spec.path = path;
  spec.kind = kind;
  spec.slot = slot;
  return spec;
}

void TestSources() {
  const TempDir dir;
  dir.Write("number", "5\n");
  dir.Write("text", "one");
  std::vector<SourceSpec> specs;
  specs.push_back(Spec(dir, "number", Kind::scalar, 1));
  specs.push_back(Spec(dir, "text", Kind::text, 2));
  specs.push_back(Spec(dir, "none", Kind::text, 3));
  specs[1].group = specs[2].group = 2;
  double slots[4] = {-7, -7, -7, -7};
  Sources sources(std::move(specs), slots);
  const int64_t now = sources.Sample(1);
  OK(now > 0 && BootTime() - now < 1000000, "the time");
  OK(slots[0] == -7 && slots[1] == 5 && slots[2] == -7, "only the group's slots");
  sources.Sample(2);
  OK(slots[2] == 1 && sources.Text(1) == "one" && std::isnan(slots[3]), "text");
  sources.Sample(3);
  OK(slots[2] == 1, "unchanged text");
  dir.Write("text", "");
  sources.Sample(3);
  OK(slots[2] == 2 && sources.Text(1).empty(), "emptied text is a change");
  dir.Write("number", "6 7\n");
  sources.Sample(1);
  OK(std::isnan(slots[1]), "malformed");
  sources.Close();
  dir.Write("number", "8\n");
  sources.Sample(3);
  OK(std::isnan(slots[1]) && std::isnan(slots[2]), "closed");
}

// 30000 rows: the buffer grows while sampling, and the file is read to its end.
void TestLongTable() {
  const TempDir dir;
  std::string bytes = "cpu user system\n";
  for (int i = 0; i < 30000; i++) bytes += std::to_string(i) + " 1234567 " + std::to_string(i) + "\n";
  dir.Write("table", bytes);
  std::vector<SourceSpec> specs{Spec(dir, "table", Kind::table, 0)};
  specs[0].count = 60000;
  specs[0].columns = 2;
  std::vector<double> slots(60000);
  Sources sources(std::move(specs), slots.data());
  sources.Sample(1);
  OK(slots[0] == 1234567 && slots[59999] == 29999, "long table");
}

void TestCallers() {
  const TempDir dir;
  for (const char* pid : {"1", "2", "3"}) dir.Write(std::string(pid) + "/cgroup", "0::/x\n");
  Callers callers(dir.path(), 2, 0);
  OK(callers.Lookup(1) == -1, "unknown");
  OK(callers.Open(1) == "0::/x\n" && callers.Lookup(1) == -1, "opened, not tagged");
  callers.SetTag(1, {11});
  callers.Open(2);
  callers.SetTag(2, {22});
  callers.SetTag(99, {1});
  OK(callers.Lookup(2) == 22 && callers.Lookup(1) == 11, "tagged");
  callers.Open(3);
  OK(callers.Lookup(2) == -1 && callers.Lookup(1) == 11 && callers.Length() == 2, "oldest dropped");
  callers.SetTag(3, {11});
  dir.Write("1/cgroup", "0::/y\n");
  OK(callers.Lookup(1) == -1 && callers.Length() == 1, "moved: forgotten");
  dir.Write("1/cgroup", "0::/x\n");
  OK(callers.Lookup(1) == -1, "not remembered");
  callers.Open(1);
  callers.SetTag(1, {12});
  dir.Write("1/cgroup", "0::/x\nmore\n");
  OK(callers.Lookup(1) == -1, "a longer text is another");
  callers.Forget(11);
  OK(callers.Length() == 0 && callers.Lookup(3) == -1, "tag forgotten");
  OK(!callers.Open(4).data() && !callers.Open(0).data() && !callers.Open(-1).data(), "no thread");
}

void TestLists() {
  const TempDir dir;
  std::string list;
  uint64_t expected = 0, sum = 0;
  for (uint64_t tid = 1; tid <= 20000; expected += tid++) list += std::to_string(tid) + "\n";
  dir.Write("tasks", list + "0\n99999999999999999999\n");
  OK(ListThreads(dir.path(), "tasks", [&sum](uint64_t tid) { sum += tid; }) == 0 && sum == expected,
     "ids cut by the pieces");
  dir.Write("7/stat", "7 (a) R) D 1 2 3");
  dir.Write("12/stat", "12 (b) R 1 2 3");
  dir.Write("13/stat", "");
  dir.Write("a/few", "7\n12\n13\n14");
  ThreadCounter counter(dir.path());
  const TaskCounts counts = counter.Count(dir.path(), "/a", "few", "spent", 9);
  OK(counts.running == 1 && counts.uninterruptible == 1 && counts.total == 2 && counts.highest == 12,
     "states");
  dir.Write("a/b/few", "7");
  dir.Write("a/b/c/few", "12");
  OK(counter.Count(dir.path(), "a", "few", "spent", 9).total == 4, "and of those below");
  OK(counter.Count(dir.path(), "a", "few", "spent", 2).total == 3, "as many as may be");
  OK(counter.Count(dir.path(), "none", "few", "spent", 9).total == 0, "of a cgroup that is gone");
  OK(ListThreads(dir.path(), "none", [](uint64_t) {}) == -ENOENT, "no list");
}

void TestDirectory() {
  const TempDir dir;
  dir.Write("a/file", "");
  dir.Write("a/\xff\x80/x", "");
  fs::create_symlink("/", dir.path() + "/a/link");
  std::vector<DirectoryEntry> names, folders;
  OK(ReadDirectory(dir.path(), "a", false, names) == 0 && names.size() == 3, "all names");
  OK(ReadDirectory(dir.path(), "/a/", true, folders) == 0, "directories");
  OK(folders.size() == 1 && folders[0].name == "\xff\x80", "any bytes; a link is no directory");
  struct stat info;
  OK(stat((dir.path() + "/a/\xff\x80").c_str(), &info) == 0, "stat");
  OK(folders[0].inode == info.st_ino, "its inode number");
  OK(ReadDirectory(dir.path(), "a/link", true, names) < 0, "a link is not followed");
  OK(ReadDirectory(dir.path(), "a/file", true, names) == -ENOTDIR, "a file");
}

int MapError(const char* path, size_t bytes, MapMode mode) {
  Error error;
  MapFile(path, bytes, mode, &error);
  return error.code;
}

void TestMap() {
  Error error;
  const TempDir dir;
  const std::string path = dir.path() + "/map";
  OK(MapError(path.c_str(), 4096, MapMode::copy) == ENOENT, "a copy of nothing");
  MappedFile mine = MapFile(path.c_str(), 8192, MapMode::exclusive, &error);
  OK(!error && mine, "exclusive");
  OK(MapError(path.c_str(), 8192, MapMode::exclusive) == EWOULDBLOCK, "only once");
  MappedFile other = MapFile(path.c_str(), 8192, MapMode::shared, &error);
  MappedFile copy = MapFile(path.c_str(), 1 << 20, MapMode::copy, &error);
  char *const a = mine.data(), *const b = other.data(), *const c = copy.data();
  a[0] = 'x';
  c[1] = 'y';
  OK(b[0] == 'x' && b[1] == 0, "shared is seen, a copy is not");
  OK(c[(1 << 20) - 1] == 0 && fs::file_size(path) == 8192, "zeros behind the end; never shrunk");
  struct stat info;
  OK(stat(path.c_str(), &info) == 0 && (info.st_mode & 0777) == 0600, "mode");
  OK(MapError(path.c_str(), 4096, MapMode::shared) == ERANGE, "another size");
  OK(MapError(dir.path().c_str(), 4096, MapMode::shared) == EISDIR, "no directories");
  fs::create_symlink(path, path + "-link");
  OK(MapError((path + "-link").c_str(), 4096, MapMode::shared) == ELOOP, "no links");
  const std::string pipe = path + "-pipe", hard = path + "-hard";
  OK(mkfifo(pipe.c_str(), 0600) == 0, "a pipe");
  OK(MapError(pipe.c_str(), 4096, MapMode::shared) == ENOTSUP, "no pipes");
  fs::create_hard_link(path, hard);
  OK(MapError(path.c_str(), 8192, MapMode::shared) == EPERM, "nothing that others have a link to");
  fs::remove(hard);
  fs::permissions(path, fs::perms::group_write, fs::perm_options::add);
  OK(MapError(path.c_str(), 8192, MapMode::shared) == EPERM, "nothing that others may write");
  mine = MappedFile();
  OK(MapError(path.c_str(), 8192, MapMode::exclusive) == EWOULDBLOCK, "locked for good");
}

void TestProgram() {
  const std::string head = "00b72000-025fe000 r-xp 00772000 fe:00 260689      /usr/bin/node";
  const std::string rest = "\nRss:   20856 kB\nAnonymous:             0 kB\nLazyFree: 0 kB";
  OK(OnlyRepeats(head + rest, "/usr/bin/node"), "a mapping that only repeats its file");
  OK(!OnlyRepeats(head + rest, "bin/node"), "of another file");
  OK(!OnlyRepeats(head + "\nRss: 8 kB\nAnonymous:             8 kB", "/usr/bin/node"), "changed when it was loaded");
  OK(!OnlyRepeats(head + "\nRss: 8 kB", "/usr/bin/node"), "who knows");
  const std::string data = "0563e000-0565d000 rw-p 0523d000 fe:00 260689      /usr/bin/node";
  OK(!OnlyRepeats(data + rest, "/usr/bin/node"), "may still be changed");
  OK(ReleaseStart() == 0, "a program goes on without its pages");
}

}  // namespace

int main() {
  TestProgram();
  for (const bool walk : {false, true}) {
    TestOpen(walk);
    TestNoLeak(walk);
  }
  TestRootMadeAgain();
  TestSizes();
  TestSources();
  TestLongTable();
  TestCallers();
  TestLists();
  TestDirectory();
  TestMap();
  return tap::Finish();
}
