// Files that can be written to: opening, writing, truncating, and that they are found but not listed.
#include <fcntl.h>

#include "fixture.h"

using namespace procview;
using namespace procview::fuse;

namespace {

constexpr uint32_t kRefused = SampleRenderer::kRefused;

std::string WriteFrame(uint64_t node, const std::string& text, uint64_t offset = 0,
                       uint32_t flags = O_WRONLY, uint32_t pid = 7) {
  WriteIn in{1000, offset, static_cast<uint32_t>(text.size()), 0, 0, flags, 0};
  return Frame(kWrite, node, Bytes(in) + text, pid);
}

std::string OpenFrame(uint64_t node, uint32_t flags, uint32_t pid = 7) {
  return Frame(kOpen, node, Bytes(OpenIn{flags, 0}), pid);
}

void TestHidden() {
  Fixture fixture;
  auto entry =
      From<EntryOut>(fixture.Ask(Frame(kLookup, kRootNode, std::string("kernel\0", 7))).data);
  IS(entry.nodeid, kKernel, "lookup: finds what is not listed");
  ReadIn in{0, 0, 4096, 0, 0, 0, 0};
  std::vector<std::string> listed{".", "..", "meminfo", "sys"};
  OK(NamesIn(fixture.Ask(Frame(kReaddir, kRootNode, Bytes(in))).data, false) == listed,
     "readdir: lists all but it");
  std::string cut = fixture.Ask(Frame(kReaddir, kRootNode, Bytes(ReadIn{0, 3, 64, 0, 0, 0, 0}))).data;
  OK(NamesIn(cut, false) == std::vector<std::string>{"sys"}, "readdir: continued behind it");
  std::vector<std::string> below{".", "..", "switch"};
  OK(NamesIn(fixture.Ask(Frame(kReaddir, kKernel, Bytes(in))).data, false) == below,
     "readdir: lists what is below it");
}

void TestOpen() {
  Fixture fixture;
  Message reply = fixture.Ask(OpenFrame(kSwitch, O_WRONLY));
  IS(From<OpenOut>(reply.data).fh, 1000u, "open to write: a handle");
  IS(fixture.renderer.count, 0, "open to write: nothing is rendered");
  fixture.Ask(OpenFrame(kSwitch, O_RDWR));
  IS(fixture.renderer.count, 1, "open to read and write: rendered");
  OK(fixture.renderer.asked == std::vector<std::string>(2, "node 8 for 7"), "open: asked who may");
  fixture.Ask(OpenFrame(kSwitch, O_RDONLY, kRefused));
  IS(fixture.renderer.asked.size(), 2u, "open to read: not asked");
  IS(-fixture.Ask(OpenFrame(kSwitch, O_WRONLY, kRefused)).header.error, EPERM, "open: refused");
  IS(-fixture.Ask(OpenFrame(kSwitch, O_RDWR, kRefused)).header.error, EPERM, "open: refused");
  IS(fixture.shared.files.size(), 2u, "open: no body of a refused one, nor of a written one");
  IS(-fixture.Ask(OpenFrame(kSwitch, O_WRONLY | O_DIRECT)).header.error, EINVAL, "open: O_DIRECT");
}

void TestWrite() {
  Fixture fixture;
  Message reply = fixture.Ask(WriteFrame(kSwitch, "0\n"));
  IS(From<WriteOut>(reply.data).size, 2u, "write: how much was taken");
  IS(reply.data.size(), sizeof(WriteOut), "write: length of the reply");
  OK(fixture.renderer.written == std::vector<std::string>{"0\n"}, "write: the text arrives");
  fixture.renderer.taken = 1;
  IS(From<WriteOut>(fixture.Ask(WriteFrame(kSwitch, "1 2")).data).size, 1u, "write: taken in part");
  fixture.renderer.taken = 9;
  IS(-fixture.Ask(WriteFrame(kSwitch, "1")).header.error, EIO, "write: more taken than given");
  fixture.renderer.error = EINVAL;
  IS(-fixture.Ask(WriteFrame(kSwitch, "x")).header.error, EINVAL, "write: garbage");
  fixture.renderer.error = 4000;
  IS(-fixture.Ask(WriteFrame(kSwitch, "x")).header.error, EIO, "write: an impossible errno");
  fixture.renderer.error = 0;
  IS(-fixture.Ask(WriteFrame(kSwitch, "1", 0, O_WRONLY, kRefused)).header.error, EPERM,
     "write: through a descriptor of somebody who may");
}

void TestInDynamicDirectory() {
  Fixture fixture;
  IS(fixture.Ask(OpenFrame(kTunable, O_WRONLY)).header.error, 0, "in a dynamic directory: opened");
  fixture.Ask(WriteFrame(kTunable, "1"));
  OK(fixture.renderer.written == std::vector<std::string>{"1"}, "in a dynamic directory: written");
}

void TestOffset() {
  Fixture fixture;
  Message reply = fixture.Ask(WriteFrame(kSwitch, "1", 2));
  IS(From<WriteOut>(reply.data).size, 1u, "write behind the beginning: taken");
  OK(fixture.renderer.written.empty(), "write behind the beginning: and ignored");
  fixture.Ask(WriteFrame(kSwitch, "0", 4096, O_WRONLY | O_APPEND));
  OK(fixture.renderer.written == std::vector<std::string>{"0"}, "append: is written");
}

void TestRefused() {
  Fixture fixture;
  IS(-fixture.Ask(WriteFrame(kMeminfo, "x")).header.error, EIO, "write: a file of /proc");
  IS(-fixture.Ask(WriteFrame(kCoreId, "x")).header.error, EIO, "write: a file of /sys");
  IS(-fixture.Ask(WriteFrame(IdOf(0100644, 1), "x")).header.error, EIO, "write: in no table");
  IS(-fixture.Ask(WriteFrame(kKernel, "x")).header.error, EISDIR, "write: a directory");
  IS(-fixture.Ask(WriteFrame(99, "x")).header.error, ESTALE, "write: no node");
  WriteIn in{1000, 0, 5, 0, 0, O_WRONLY, 0};
  IS(-fixture.Ask(Frame(kWrite, kSwitch, Bytes(in) + "1")).header.error, EINVAL,
     "write: less than it says");
  in.size = 0;
  IS(-fixture.Ask(Frame(kWrite, kSwitch, Bytes(in) + "1")).header.error, EINVAL,
     "write: more than it says");
  OK(fixture.renderer.asked.empty(), "write: nobody is asked about these");
}

/// What a shell's `>` sends between OPEN and WRITE.
void TestTruncate() {
  Fixture fixture;
  SetattrIn set{};
  set.valid = 1U << 3;  // FATTR_SIZE
  auto out = From<AttrOut>(fixture.Ask(Frame(kSetattr, kSwitch, Bytes(set))).data);
  IS(out.attr.mode, 0100644u, "truncate: the attributes as they are");
  set.valid = kSetMode;
  set.mode = 0100666;
  IS(-fixture.Ask(Frame(kSetattr, kSwitch, Bytes(set))).header.error, EPERM, "chmod");
}

}  // namespace

int main() {
  TestHidden();
  TestOpen();
  TestWrite();
  TestInDynamicDirectory();
  TestOffset();
  TestRefused();
  TestTruncate();
  return tap::Finish();
}
