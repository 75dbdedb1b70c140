// Records the first request of each kind that this kernel sends, and makes INIT frames of other
// kernels.
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "fixture.h"
#include "session/channel.h"
#include "session/mount.h"
#include "fuse/opcodes.h"

using namespace procview;
using namespace procview::fuse;

namespace {

/// What a child does in the mount: at least one request of each kind a kernel sends to us.
constexpr const char* kDo = R"(
import os, fcntl, ctypes
def go(call):
    try: call()
    except OSError: pass
p, d = 'meminfo', 'sys'
fd = os.open(p, os.O_RDWR); os.read(fd, 8192)
go(lambda: os.write(fd, b'x')); go(lambda: os.fsync(fd)); go(lambda: os.lseek(fd, 0, os.SEEK_DATA))
go(lambda: fcntl.ioctl(fd, 0x5401, b'\0' * 64)); go(lambda: os.posix_fallocate(fd, 0, 10))
__import__('select').poll().register(fd); q = __import__('select').poll(); q.register(fd); q.poll(0)
os.close(fd)
go(lambda: os.stat(p)); go(lambda: os.statvfs(p)); go(lambda: os.listdir('.'))
go(lambda: os.listdir(d)); go(lambda: os.access(p, 4)); go(lambda: os.chdir(d)); os.chdir('..')
go(lambda: os.truncate(p, 0)); go(lambda: os.unlink(p)); go(lambda: os.rmdir(d))
go(lambda: os.mkdir('new')); go(lambda: os.mknod('new', 0o100644)); go(lambda: os.symlink('x', 'new'))
go(lambda: os.link(p, 'new')); go(lambda: os.rename(p, 'new'))
go(lambda: os.open('new', os.O_CREAT | os.O_WRONLY)); go(lambda: os.open('.', os.O_TMPFILE | os.O_RDWR))
go(lambda: os.setxattr(p, 'user.x', b'1')); go(lambda: os.getxattr(p, 'user.x'))
go(lambda: os.listxattr(p)); go(lambda: os.removexattr(p, 'user.x'))
libc = ctypes.CDLL(None)
go(lambda: libc.renameat2(-100, b'meminfo', -100, b'new', 1))
go(lambda: os.fsync(os.open('.', os.O_RDONLY)))
cpu = 'sys/cpu'
go(lambda: os.listdir(cpu)); go(lambda: os.readlink(cpu + '/cpu0/subsystem'))
go(lambda: os.stat(cpu + '/cpu0/core_id')); go(lambda: open(cpu + '/cpu0/core_id').read())
)";

void Save(const std::string& path, std::string_view frame) {
  std::ofstream(path, std::ios::binary)
      .write(frame.data(), static_cast<std::streamsize>(frame.size()));
}

std::string NameOf(const InHeader& header) {
  const Operation* operation = FindOperation(header.opcode);
  std::string name = operation == nullptr ? "op" + std::to_string(header.opcode) : operation->name;
  for (char& c : name) c = c == '_' ? '-' : static_cast<char>(std::tolower(c));
  return name;
}

void Synthesise(const std::string& directory, std::string_view live) {
  struct Version {
    uint32_t major, minor;
  };
  for (Version version : {Version{7, 30},
                          {7, 31},
                          {7, 34},
                          {7, 36},
                          {7, 38},
                          {7, 40},
                          {7, 45},
                          {7, 46},
                          {6, 45},
                          {8, 0}}) {
    std::string frame(live);
    bool extended = version.minor >= 36;
    if (!extended) frame.resize(sizeof(InHeader) + sizeof(InitIn));
    InitIn in{};
    std::memcpy(&in, frame.data() + sizeof(InHeader), sizeof(in));
    in.major = version.major;
    in.minor = version.minor;
    if (!extended) in.flags &= static_cast<uint32_t>(kInitExt) - 1;
    std::memcpy(frame.data() + sizeof(InHeader), &in, sizeof(in));
    auto length = static_cast<uint32_t>(frame.size());
    std::memcpy(frame.data(), &length, sizeof(length));
    Save(directory + "/init-" + std::to_string(version.major) + "." +
             std::to_string(version.minor) + ".bin",
         frame);
  }
}

void Record(const std::string& directory, std::string_view frame) {
  InHeader header{};
  std::memcpy(&header, frame.data(), sizeof(header));
  std::string path = directory + "/" + NameOf(header) + ".bin";
  if (header.opcode == kInit) {
    Synthesise(directory, frame);
  } else if (access(path.c_str(), F_OK) < 0) {
    Save(path, frame);
  }
}

void Serve(int device, const std::string& directory) {
  Negotiated negotiated;
  Handles handles{1000};
  handles.Begin(InMemory());
  Shared shared(SampleTree(), &handles, &negotiated);
  SampleRenderer renderer;
  Channel channel(device);
  Dispatcher dispatcher(&shared, &renderer, &channel);
  static char buffer[kRequestSize];
  for (int length = 0; length != -ENODEV;) {
    length = channel.Receive(buffer, sizeof(buffer));
    if (length <= 0) continue;
    std::string_view frame(buffer, static_cast<size_t>(length));
    Record(directory, frame);
    dispatcher.Handle(frame);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  base::Error error;
  char point[] = "/tmp/procview-record-XXXXXX";
  base::Fd device = OpenDevice(&error);
  Mount mount;
  if (!error && mkdtemp(point) != nullptr) mount.Make(device.get(), point, "record", 0, &error);
  if (error) return std::fprintf(stderr, "%s: %d\n", error.syscall, error.code), 1;
  std::thread server([&] { Serve(device.get(), arguments[1]); });
  std::ofstream(std::string(point) + ".py") << kDo;
  std::string command = "cd " + std::string(point) + " && python3 " + point + ".py";
  int status = std::system(command.c_str());
  umount2(point, 0);
  server.join();
  rmdir(point);
  unlink((std::string(point) + ".py").c_str());
  return status == 0 ? 0 : 1;
}
