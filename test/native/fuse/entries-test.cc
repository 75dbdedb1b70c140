// Dynamic directories: what each caller finds and lists, and nodes that are in no table.
#include <fcntl.h>

#include <string>

#include "fixture.h"

using namespace procview;
using namespace procview::fuse;

namespace {

constexpr uint32_t kSees = 7;
constexpr uint32_t kSeesNot = 8;

std::string LookupFrame(uint64_t directory, const std::string& name, uint32_t pid) {
  return Frame(kLookup, directory, name + '\0', pid);
}

ReadIn At(uint64_t handle, uint64_t offset, uint32_t size) {
  return {handle, offset, size, 0, 0, 0, 0};
}

void TestLookup() {
  Fixture fixture;
  auto entry = From<EntryOut>(fixture.Ask(LookupFrame(kCpu, "possible", kSees)).data);
  OK(entry.nodeid == kPossible && entry.entry_valid == 3600, "a static child: long valid");
  IS(entry.attr.size, 4096u, "a file of /sys has 4096 bytes");
  IS(fixture.renderer.count, 0, "found without asking");
  entry = From<EntryOut>(fixture.Ask(LookupFrame(kCpu, "cpu0", kSees)).data);
  OK(entry.nodeid == kCpu0 && entry.attr.mode == 040755, "a dynamic directory");
  OK(entry.entry_valid == 0 && entry.entry_valid_nsec == 0 && entry.attr_valid > 3600,
     "the name is asked for each time, the attributes never");
  IS(-fixture.Ask(LookupFrame(kCpu, "cpu0", kSeesNot)).header.error, ENOENT, "not for everyone");
  entry = From<EntryOut>(fixture.Ask(LookupFrame(kCpu0, "core_id", kSeesNot)).data);
  OK(entry.nodeid == kCoreId && entry.attr.size == 4096, "below it");
  IS(-fixture.Ask(LookupFrame(kCoreId, "x", kSees)).header.error, ENOTDIR, "below a file");
  IS(-fixture.Ask(LookupFrame(99, "x", kSees)).header.error, ESTALE, "below no node");
  fixture.renderer.error = 4000;
  IS(-fixture.Ask(LookupFrame(kCpu, "cpu0", kSees)).header.error, EIO, "an impossible errno");
  fixture.renderer.error = 0;
  fixture.renderer.entries.push_back({kCpu, "bad", 99});
  IS(-fixture.Ask(LookupFrame(kCpu, "bad", kSees)).header.error, EIO, "an id without a mode");
}

void TestAttributes() {
  Fixture fixture;
  auto out = From<AttrOut>(fixture.Ask(Frame(kGetattr, kCoreId, Bytes(GetattrIn{}))).data);
  OK(out.attr.mode == 0100444 && out.attr.size == 4096 && out.attr.ino == kCoreId,
     "of a node in no table");
  IS(fixture.replies.notified.size(), 0u, "its size needs no hiding");
  IS(-fixture.Ask(Frame(kGetattr, 99, Bytes(GetattrIn{}))).header.error, ESTALE, "of no node");
  IS(fixture.renderer.count, 0, "without asking");
}

int OpenError(uint64_t node, uint32_t flags) {
  Fixture fixture;
  return -fixture.Ask(Frame(kOpen, node, Bytes(OpenIn{flags, 0}), kSees)).header.error;
}

void TestOpen() {
  IS(OpenError(kCoreId, O_RDONLY), 0, "open: readable for all");
  IS(OpenError(kSecret, O_RDONLY), 0, "open: readable for some users, which the kernel checks");
  IS(OpenError(kWriteOnly, O_RDONLY), EACCES, "open: nobody may read");
  for (uint64_t node : {kCoreId, kWriteOnly, kPossible}) {
    IS(OpenError(node, O_WRONLY), EROFS, "open: nobody may write");
    IS(OpenError(node, O_RDWR), EROFS, "open: nor read and write");
  }
  IS(OpenError(kMeminfo, O_RDWR), 0, "open: a file of /proc as ever");
  IS(OpenError(kCpu0, O_RDONLY), EISDIR, "open: a directory");
  IS(OpenError(kSubsystem, O_RDONLY), ELOOP, "open: a link");
}

void TestLinks() {
  Fixture fixture;
  IS(fixture.Ask(Frame(kReadlink, kSubsystem, "")).data, "../../bus/cpu", "readlink");
  IS(-fixture.Ask(Frame(kReadlink, kCoreId, "")).header.error, EINVAL, "readlink: a file");
  IS(-fixture.Ask(Frame(kReadlink, kMeminfo, "")).header.error, EINVAL, "readlink: of /proc");
  IS(-fixture.Ask(Frame(kReadlink, 99, "")).header.error, ESTALE, "readlink: no node");
  fixture.renderer.error = ENOENT;
  IS(-fixture.Ask(Frame(kReadlink, kSubsystem, "")).header.error, ENOENT, "readlink: gone");
}

struct Lister : Fixture {
  uint64_t Open(uint64_t directory, uint32_t pid) {
    Message reply = Ask(Frame(kOpendir, directory, Bytes(OpenIn{}), pid));
    IS(From<OpenOut>(reply.data).open_flags, 0u, "opendir: nothing may be kept");
    return From<OpenOut>(reply.data).fh;
  }
  std::string Data(uint64_t directory, const ReadIn& in, bool plus = false, uint32_t pid = kSees) {
    return Ask(Frame(plus ? kReaddirplus : kReaddir, directory, Bytes(in), pid)).data;
  }
};

void TestListing() {
  Lister lister;
  std::vector<std::string> all{".", "..", "possible", "cpu0"};
  uint64_t handle = lister.Open(kCpu, kSees);
  OK(NamesIn(lister.Data(kCpu, At(handle, 0, 4096)), false) == all, "readdir: as its caller sees");
  uint64_t other = lister.Open(kCpu, kSeesNot);
  std::vector<std::string> fewer{".", "..", "possible"};
  OK(NamesIn(lister.Data(kCpu, At(other, 0, 4096)), false) == fewer, "readdir: as another sees");
  std::string data = lister.Data(kCpu, At(handle, 3, 4096));
  IS(From<Dirent>(data).ino, kCpu0, "readdir: the id");
  IS(From<Dirent>(data).type, 4u, "readdir: DT_DIR");
  data = lister.Data(kCpu, At(handle, 2, 4096), true);
  fewer = {"possible", "cpu0"};
  OK(NamesIn(data, true) == fewer, "readdirplus: names");
  IS(From<EntryOut>(data).nodeid, 0u, "readdirplus: but no entries to keep");
  std::vector<std::string> one_by_one;
  for (uint64_t at = 0; at < 4; at++) {
    auto names = NamesIn(lister.Data(kCpu, At(handle, at, 33)), false);
    one_by_one.insert(one_by_one.end(), names.begin(), names.end());
  }
  OK(one_by_one == all, "readdir: a tiny buffer");
  IS(lister.Data(kCpu, At(handle, ~uint64_t{0}, 4096)).size(), 0u, "readdir: past the end");
  IS(lister.Data(kCpu, At(handle, 0, 0)).size(), 0u, "readdir: no room at all");
  lister.Ask(Frame(kReleasedir, kCpu, Bytes(ReleaseIn{handle, 0, 0, 0})));
  lister.Ask(Frame(kReleasedir, kCpu, Bytes(ReleaseIn{other, 0, 0, 0})));
  IS(lister.shared.files.size(), 0u, "releasedir");
}

void TestMoment() {
  Lister lister;
  uint64_t handle = lister.Open(kCpu0, kSees);
  lister.Data(kCpu0, At(handle, 0, 33));
  lister.renderer.entries.clear();
  IS(NamesIn(lister.Data(kCpu0, At(handle, 2, 4096)), false).size(), 4u, "of one moment");
  IS(NamesIn(lister.Data(kCpu0, At(handle, 0, 4096)), false).size(), 2u, "rewound: of the next");
  lister.renderer.entries.push_back({kCpu0, "new", kCoreId});
  IS(NamesIn(lister.Data(kCpu0, At(4711, 0, 4096)), false).size(), 3u,
     "a handle of an earlier incarnation");
  lister.renderer.error = EIO;
  Message reply = lister.Ask(Frame(kOpendir, kCpu0, Bytes(OpenIn{})));
  IS(-reply.header.error, EIO, "opendir: a failing render");
  reply = lister.Ask(Frame(kReaddir, kCpu0, Bytes(At(4712, 0, 4096))));
  IS(-reply.header.error, EIO, "readdir: the same");
  reply = lister.Ask(Frame(kOpendir, kCoreId, Bytes(OpenIn{})));
  IS(-reply.header.error, ENOTDIR, "opendir: a file");
}

void TestBadListings() {
  using std::literals::operator""s;
  for (std::string body :
       {"12 a"s, " a\0"s, "12\0"s, "12 \0"s, "12a\0"s, "99999999999999999999 a\0"s}) {
    struct Bad : SampleRenderer {
      Rendered Render(uint64_t, const Caller&) override { return {0, bytes}; }
      std::string bytes;
    } renderer;
    renderer.bytes = body;
    Negotiated negotiated;
    Handles handles{1};
    handles.Begin(InMemory());
    Shared shared{SampleTree(), &handles, &negotiated};
    KeptReplies replies;
    Dispatcher dispatcher{&shared, &renderer, &replies};
    dispatcher.Handle(Frame(kReaddir, kCpu, Bytes(At(0, 0, 4096))));
    IS(-replies.sent.back().header.error, EIO, "a body that is no listing");
  }
}

}  // namespace

int main() {
  TestLookup();
  TestAttributes();
  TestOpen();
  TestLinks();
  TestListing();
  TestMoment();
  TestBadListings();
  return tap::Finish();
}
