// Recorded requests of Linux 6.18, and the replies they must get, byte for byte where they are
// fixed.
#include <fcntl.h>
#include <sys/stat.h>

#include "fixture.h"
#include "session/channel.h"

using namespace procview;
using namespace procview::fuse;

namespace {

struct Wanted {
  const char* frame;
  int error;
};

// As /proc answers root; see opcodes.cc.
constexpr Wanted kErrors[] = {
    {"create", ENOENT},      {"mkdir", ENOENT},   {"mknod", ENOENT},    {"symlink", ENOENT},
    {"link", ENOENT},        {"rename", ENOENT},  {"rename2", ENOENT},  {"unlink", EPERM},
    {"rmdir", EPERM},        {"write", EIO},      {"fsync", EINVAL},    {"fsyncdir", EINVAL},
    {"lseek", EINVAL},       {"ioctl", ENOTTY},   {"setxattr", ENOSYS}, {"getxattr", ENOSYS},
    {"removexattr", ENOSYS}, {"op40", ENOSYS},    {"op43", ENOSYS},     {"op51", ENOSYS},
};

void TestErrors() {
  for (const Wanted& wanted : kErrors) {
    Fixture fixture;
    std::string frame = ReadFrame(wanted.frame);
    Message reply = fixture.Ask(frame);
    std::string name = wanted.frame;
    IS(-reply.header.error, wanted.error, name + ": errno");
    IS(reply.header.len, sizeof(OutHeader), name + ": no data");
    IS(reply.header.unique, From<InHeader>(frame).unique, name + ": unique");
  }
}

void TestOpen() {
  Fixture fixture;
  Message reply = fixture.Ask(ReadFrame("open"));
  auto out = From<OpenOut>(reply.data);
  IS(reply.header.len, sizeof(OutHeader) + sizeof(OpenOut), "open: length");
  IS(out.fh, 1000u, "open: first handle");
  IS(out.open_flags, 33u, "open: DIRECT_IO and NOFLUSH");
  fixture.negotiated.minor = 34;
  reply = fixture.Ask(ReadFrame("open"));
  IS(From<OpenOut>(reply.data).open_flags, 1u, "open: no NOFLUSH before 7.35");
  std::string direct = Frame(kOpen, kMeminfo, Bytes(OpenIn{O_DIRECT, 0}));
  IS(-fixture.Ask(direct).header.error, EINVAL, "open: O_DIRECT");
  IS(-fixture.Ask(Frame(kOpen, kSys, Bytes(OpenIn{}))).header.error, EISDIR, "open: a directory");
  IS(-fixture.Ask(Frame(kOpen, 99, Bytes(OpenIn{}))).header.error, ESTALE, "open: unknown node");
  IS(-fixture.Ask(Frame(kFlush, kMeminfo, Bytes(FlushIn{}))).header.error, ENOSYS, "flush");
}

void TestLookup() {
  Fixture fixture;
  Message reply = fixture.Ask(Frame(kLookup, kRootNode, std::string("meminfo\0", 8)));
  auto entry = From<EntryOut>(reply.data);
  IS(reply.data.size(), sizeof(EntryOut), "lookup: length");
  IS(entry.nodeid, kMeminfo, "lookup: node");
  IS(entry.attr.mode, 0100444u, "lookup: mode");
  IS(entry.attr.size, 1u << 20, "lookup: a size for splice");
  IS(entry.attr.uid + entry.attr.gid, 0u, "lookup: root's");
  OK(entry.entry_valid == 3600 && entry.attr_valid > 3600, "lookup: long valid");
  reply = fixture.Ask(Frame(kLookup, kRootNode, std::string("new\0", 4)));
  entry = From<EntryOut>(reply.data);
  OK(entry.nodeid == 0 && entry.entry_valid == 1, "lookup: a missing name, for a second");
  reply = fixture.Ask(Frame(kLookup, kSys, std::string("online\0", 7)));
  IS(From<EntryOut>(reply.data).nodeid, kOnline, "lookup: in a directory");
  fixture.negotiated.minor = 31;
  reply = fixture.Ask(Frame(kLookup, kRootNode, std::string("meminfo\0", 8)));
  IS(From<EntryOut>(reply.data).attr.size, 0u, "lookup: size 0 before 7.38");
}

void TestAttributes() {
  Fixture fixture;
  Message reply = fixture.Ask(Frame(kGetattr, kMeminfo, Bytes(GetattrIn{})));
  auto out = From<AttrOut>(reply.data);
  OK(out.attr.size == 0 && out.attr.nlink == 1, "getattr: size 0, one link");
  IS(fixture.replies.notified.size(), 1u, "getattr: the size is hidden");
  auto store = From<NotifyStoreOut>(fixture.replies.notified[0].data);
  OK(store.nodeid == kMeminfo && store.size == 0 && store.offset > 1 << 20, "getattr: an empty store");
  IS(fixture.replies.notified[0].header.unique, 0u, "getattr: as a notification");
  reply = fixture.Ask(Frame(kGetattr, kMeminfo, Bytes(GetattrIn{kGetattrHandle, 0, 1})));
  IS(-reply.header.error, EINVAL, "getattr: lseek to the end");
  out = From<AttrOut>(fixture.Ask(Frame(kGetattr, kSys, Bytes(GetattrIn{}))).data);
  OK(out.attr.nlink == 2 && S_ISDIR(out.attr.mode), "getattr: a directory");
  reply = fixture.Ask(ReadFrame("setattr"));
  IS(reply.data.size(), sizeof(AttrOut), "setattr: truncation is taken");
  SetattrIn set{};
  set.valid = kSetMode;
  set.mode = 0100444;
  IS(fixture.Ask(Frame(kSetattr, kMeminfo, Bytes(set))).header.error, 0, "setattr: the same mode");
  set.mode = 0100400;
  IS(-fixture.Ask(Frame(kSetattr, kMeminfo, Bytes(set))).header.error, EPERM,
     "setattr: another mode");
  set.valid = kSetGid;
  set.gid = 5;
  IS(-fixture.Ask(Frame(kSetattr, kMeminfo, Bytes(set))).header.error, EPERM, "setattr: a group");
}

void TestOthers() {
  Fixture fixture;
  auto statfs = From<StatfsOut>(fixture.Ask(ReadFrame("statfs")).data);
  OK(statfs.bsize == 4096 && statfs.namelen == 255 && statfs.blocks == 0, "statfs");
  auto list = Frame(kListxattr, kMeminfo, Bytes(GetxattrIn{}));
  IS(fixture.Ask(list).data.size(), sizeof(GetxattrOut), "listxattr: size of nothing");
  list = Frame(kListxattr, kMeminfo, Bytes(GetxattrIn{100, 0}));
  IS(fixture.Ask(list).header.len, sizeof(OutHeader), "listxattr: nothing");
  std::string names = std::string("online") + '\0' + "meminfo" + '\0';
  auto rename = Frame(kRename, kSys, Bytes(RenameIn{kRootNode}) + names);
  IS(-fixture.Ask(rename).header.error, EPERM, "rename: over an old name");
  IS(-fixture.Ask(Frame(4000, kSys, "")).header.error, ENOSYS, "unknown opcode");
  for (uint32_t opcode : {kForget, kBatchForget, kInterrupt, kNotifyReply}) {
    IS(fixture.Ask(Frame(opcode, kSys, std::string(16, '\0'))).header.len, 0u,
       "no reply to opcode " + std::to_string(opcode));
  }
  IS(fixture.Ask(ReadFrame("forget")).header.len, 0u, "no reply to a recorded forget");
}

void TestListing() {
  Fixture fixture;
  Message opened = fixture.Ask(Frame(kOpendir, kRootNode, Bytes(OpenIn{})));
  IS(From<OpenOut>(opened.data).open_flags, 10u, "opendir: the kernel may keep the listing");
  IS(fixture.Ask(ReadFrame("releasedir")).header.error, 0, "releasedir");
  std::vector<std::string> all{".", "..", "meminfo", "sys"};
  ReadIn in{0, 0, 4096, 0, 0, 0, 0};
  std::string data = fixture.Ask(Frame(kReaddir, kRootNode, Bytes(in))).data;
  OK(NamesIn(data, false) == all, "readdir: all names");
  data = fixture.Ask(Frame(kReaddirplus, kRootNode, Bytes(in))).data;
  OK(NamesIn(data, true) == all, "readdirplus: all names");
  in.offset = 2;
  in.size = 33;  // room for one name
  data = fixture.Ask(Frame(kReaddir, kRootNode, Bytes(in))).data;
  OK(NamesIn(data, false) == std::vector<std::string>{"meminfo"},
     "readdir: continued, cut at an entry");
  IS(From<Dirent>(data).off, 3u, "readdir: where to go on");
  in.offset = ~uint64_t{0};
  IS(fixture.Ask(Frame(kReaddir, kRootNode, Bytes(in))).data.size(), 0u, "readdir: past the end");
  IS(-fixture.Ask(Frame(kReaddir, kMeminfo, Bytes(in))).header.error, ENOTDIR, "readdir: a file");
}

void TestMalformed() {
  Fixture fixture;
  std::string frame = Frame(kRead, kMeminfo, std::string(39, '\0'));
  IS(-fixture.Ask(frame).header.error, EINVAL, "a short body");
  IS(-fixture.Ask(Frame(kLookup, kRootNode, "meminfo")).header.error, EINVAL, "a name without NUL");
  frame = Frame(kStatfs, kRootNode, "") + "x";
  IS(-fixture.Ask(frame).header.error, EIO, "a length that is not the frame's");
  IS(fixture.Ask(frame.substr(0, 39)).header.len, 0u, "half a header: nobody to answer");
  IS(fixture.Ask(Frame(kStatfs, kRootNode, "")).header.error, 0, "and on it goes");
}

struct Version {
  const char* frame;
  uint32_t minor;
};

void TestInit() {
  for (Version version : {Version{"init-7.31", 31},
                          {"init-7.34", 34},
                          {"init-7.36", 36},
                          {"init-7.38", 38},
                          {"init-7.40", 40},
                          {"init-7.45", 45},
                          {"init-7.46", 45}}) {
    Fixture fixture;
    Message reply = fixture.Ask(ReadFrame(version.frame));
    auto out = From<InitOut>(reply.data);
    std::string name = version.frame;
    IS(fixture.result, 0, name + ": served");
    IS(reply.header.len, 80u, name + ": length");
    OK(out.major == 7 && out.minor == version.minor, (name + ": version").c_str());
    IS(fixture.negotiated.minor.load(), version.minor, name + ": kept");
    OK(out.max_pages == 256 && out.max_write == kMaxWrite, (name + ": sizes").c_str());
    IS((out.flags & kInitExt) != 0, version.minor >= 36, name + ": INIT_EXT if offered");
    IS(out.flags2 != 0, version.minor >= 36, name + ": flags2 with it");
    IS(out.flags & ~static_cast<uint32_t>(0x4044e001), 0u, name + ": no flag we do not want");
  }
}

void TestInitRefused() {
  for (const char* name : {"init-6.45", "init-7.30"}) {
    Fixture fixture;
    IS(-fixture.Ask(ReadFrame(name)).header.error, EPROTO, std::string(name) + ": refused");
    IS(fixture.result, EPROTO, std::string(name) + ": ends serving");
  }
  Fixture fixture;
  auto out = From<InitOut>(fixture.Ask(ReadFrame("init-8.0")).data);
  OK(out.major == 7 && fixture.result == 0, "init-8.0: asked to come down to 7");
}

}  // namespace

int main() {
  TestErrors();
  TestOpen();
  TestLookup();
  TestAttributes();
  TestOthers();
  TestListing();
  TestMalformed();
  TestInit();
  TestInitRefused();
  return tap::Finish();
}
