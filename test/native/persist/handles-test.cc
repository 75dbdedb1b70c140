// Open files: what a READ sees, and what becomes of the bodies.
#include "fixture.h"

using namespace procview;
using namespace procview::fuse;

namespace {

constexpr Caller kOpener{11, 1, 2};

struct Reader : Fixture {
  uint64_t handle = 0;

  explicit Reader(size_t padding = 0) {
    renderer.padding = padding;
    handle = From<OpenOut>(Ask(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kOpener.pid)).data).fh;
  }

  Message Read(uint64_t fh, uint64_t offset, uint32_t size, uint32_t pid = 7) {
    return Ask(
        Frame(kRead, kMeminfo, Bytes(ReadIn{fh, offset, size, kReadLockOwner, 0, 0, 0}), pid));
  }
  std::string Text(uint64_t offset, uint32_t size, uint32_t pid = 7) {
    return Read(handle, offset, size, pid).data;
  }
};

/// The body of a handle, "" if it has none.
std::string BodyOf(Handles& handles, uint64_t handle) {
  Caller caller{};
  BodyReference body = handles.Read(handle, 1, &caller);
  return body ? std::string(body.view()) : "";
}

bool Has(Handles& handles, uint64_t handle) {
  Caller caller{};
  return static_cast<bool>(handles.Read(handle, 1, &caller));
}

const std::string kFirst = "render 1 of node 2 for 11\n";

void TestSlices() {
  Reader reader;
  auto size = static_cast<uint32_t>(kFirst.size());
  IS(reader.Text(7, 1), "1", "pread without an earlier read at 0");
  IS(reader.Text(0, 4096), kFirst, "the whole body");
  IS(reader.renderer.count, 1, "rendered once, for the opener");
  std::string all;
  for (uint32_t i = 1; i < size; i++) all += reader.Text(i, 1);
  IS(all, kFirst.substr(1), "byte by byte");
  IS(reader.Text(size - 2, 100), kFirst.substr(size - 2), "up to the end");
  IS(reader.Text(size, 100), "", "at the end");
  IS(reader.Text(size + 1, 100), "", "past the end");
  IS(reader.Text(~uint64_t{0}, ~uint32_t{0}), "", "a huge offset");
  IS(reader.Text(3, 0), "", "no bytes");
  IS(reader.Text(1, ~uint32_t{0}), kFirst.substr(1), "a huge size");
  IS(reader.renderer.count, 1, "and never rendered again");
  IS(reader.shared.counters.bytes.load(), 2u * size + 2 + size - 1, "bytes are counted");
}

void TestRewind() {
  Reader reader;
  reader.Text(0, 5);
  IS(reader.Text(0, 100, 7), "render 2 of node 2 for 7\n", "second read at 0: for its reader");
  IS(reader.Text(7, 1), "2", "which stays");
  IS(reader.Text(0, 100, 0), "render 3 of node 2 for 11\n", "of nobody: for the opener");
  reader.renderer.error = EIO;
  Message reply = reader.Read(reader.handle, 0, 100);
  IS(-reply.header.error, EIO, "a failing render");
  IS(reader.Text(7, 1), "3", "leaves the body");
  reader.renderer.error = 0;
  IS(reader.Text(0, 8), "render 5", "and the next one is new");
  IS(reader.shared.counters.failures.load(), 1u, "failures are counted");
}

void TestUnknown() {
  Reader reader;
  IS(reader.Read(77, 7, 3).data, "2 o", "unknown handle: rendered afresh");
  IS(reader.Read(77, 7, 3).data, "2 o", "and kept");
  IS(reader.Read(77, 0, 8).data, "render 3", "at 0: it was rewound");
  IS(reader.shared.files.size(), 2u, "both are open");
  ReleaseIn release{77, 0, 0, 0};
  IS(reader.Ask(Frame(kRelease, kMeminfo, Bytes(release))).header.error, 0, "released");
  IS(reader.Ask(Frame(kRelease, kMeminfo, Bytes(release))).header.error, 0, "twice");
  IS(reader.shared.files.size(), 1u, "one is left");
  Message reply = reader.Ask(Frame(kRead, kSys, Bytes(ReadIn{78, 0, 9, kReadLockOwner, 0, 0, 0})));
  IS(-reply.header.error, EISDIR, "unknown handle of a directory");
}

void TestPageCache() {
  Reader reader;
  Message reply =
      reader.Ask(Frame(kRead, kMeminfo, Bytes(ReadIn{reader.handle, 0, 4096, 0, 0, 0, 0})));
  IS(-reply.header.error, EINVAL, "a read for the page cache is refused");
  IS(reader.Text(0, 4096), kFirst, "and does not count as one");
}

void TestFailingOpen() {
  Fixture fixture;
  for (int error : {EIO, EACCES, 512, 4000, -3}) {
    fixture.renderer.error = error;
    int found = -fixture.Ask(Frame(kOpen, kMeminfo, Bytes(OpenIn{}))).header.error;
    IS(found, error == EACCES ? EACCES : EIO, "a render that says " + std::to_string(error));
  }
  IS(fixture.shared.files.size(), 0u, "opens nothing");
}

void TestMany() {
  Kept handles(5, InMemory());
  std::vector<uint64_t> open;
  for (int i = 0; i < 1000; i++) open.push_back(handles.Open(kOpener, kHost, std::to_string(i)));
  bool all = true;
  for (size_t i = 0; i < open.size(); i++) {
    Caller caller{};
    BodyReference body = handles.Read(open[i], 1, &caller);
    all = all && open[i] == i + 5 && body && body.view() == std::to_string(i);
  }
  OK(all, "a thousand handles, each with its own body");
  for (size_t i = 0; i < open.size(); i += 2) handles.Release(open[i]);
  IS(handles.size(), 500u, "half of them released");
  OK(!Has(handles, open[10]) && Has(handles, open[11]), "the right half");
  for (int i = 0; i < 2000; i++) handles.Open(kOpener, kHost, "x");
  IS(BodyOf(handles, open[11]), "11", "still after many more");
}

void TestOwnersBound() {
  Kept handles(1, InMemory(), {100, 4});
  uint64_t neighbours = handles.Open(kOpener, 7, "neighbour's");
  for (int i = 0; i < 4; i++) handles.Open(kOpener, 6, "body");
  OK(Has(handles, 2), "up to its bound an owner keeps all");
  handles.Open(kOpener, 6, "body");
  OK(Has(handles, 2) && !Has(handles, 3), "beyond it the longest idle one is dropped");
  handles.Replace(3, kOpener, 6, "again");
  OK(Has(handles, 3) && !Has(handles, 4), "rendered again: kept, in place of the next");
  handles.Open(kOpener, 6, std::string(3 * BodyStore::kBlock, 'x'));
  IS(handles.size(), 3u, "a large one takes the place of several");
  handles.Replace(3, kOpener, 6, std::string(4 * BodyStore::kBlock + 1, 'x'));
  OK(!Has(handles, 3) && Has(handles, 7), "one above the bound drops only its old body");
  for (int i = 0; i < 100000; i++) handles.Open({0, 0, 0}, kUnseen, "");
  IS(handles.size(), 6u, "a hundred thousand handles of another");
  IS(BodyOf(handles, neighbours), "neighbour's", "and the neighbour has what it had");
}

void TestBoundOfAll() {
  Kept handles(1, InMemory(), {10, 8});
  for (int i = 0; i < 2; i++) handles.Open(kOpener, 1, "small");
  for (int i = 0; i < 7; i++) handles.Open(kOpener, 2, "large");
  for (int i = 0; i < 2; i++) handles.Open(kOpener, 3, "newcomer");
  OK(Has(handles, 1) && Has(handles, 2), "when all is full, the small one keeps its bodies");
  OK(!Has(handles, 3) && Has(handles, 4), "who has most loses its oldest");
  IS(handles.size(), 10u, "no more than the bound");
}

/// Owner 1 and 2 by turns, of all sizes, so that free blocks are scattered.
void TestFullStore() {
  Kept handles(1, InMemory());
  bool kept = true;
  for (uint64_t i = 1; i <= 60000; i++) {
    std::string body(i * 7919 % 20000, static_cast<char>('a' + i % 26));
    uint64_t handle = handles.Open(kOpener, 1 + i % 5, body);
    kept = kept && BodyOf(handles, handle) == body;
    if (i % 3 == 0) handles.Release(handle - 1);
  }
  OK(kept, "a full store keeps every new body");
  handles.Open(kOpener, 9, std::string(BodyStore::kBlocks / 4 * BodyStore::kBlock, 'x'));
  OK(handles.size() > 1000, "the largest one that is kept drops no more than it must");
  for (uint64_t i = 1; i <= 60001; i++) handles.Release(i);
  IS(handles.size(), 0u, "and all of it can be released");
}

void TestBodyOutlivesHandle() {
  Kept handles(1, InMemory());
  uint64_t handle = handles.Open(kOpener, kHost, "body");
  Caller caller{};
  BodyReference body = handles.Read(handle, 0, &caller);
  handles.Release(handle);
  uint64_t next = handles.Open(kOpener, kHost, "other");
  IS(std::string(body.view()), "body", "a body in use is not used again");
  body = {};
  IS(BodyOf(handles, next), "other", "nor mixed up");
  OK(FirstHandle() < FirstHandle(), "numbers start later in every incarnation");
}

}  // namespace

int main() {
  TestSlices();
  TestRewind();
  TestUnknown();
  TestPageCache();
  TestFailingOpen();
  TestMany();
  TestOwnersBound();
  TestBoundOfAll();
  TestFullStore();
  TestBodyOutlivesHandle();
  return tap::Finish();
}
