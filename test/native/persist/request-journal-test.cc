// What a successor finds of its predecessor's requests.
#include "persist/request-journal.h"

#include <unistd.h>

#include <cstring>

#include "fixture.h"

using namespace procview;
using namespace procview::fuse;

namespace {

std::string Path() { return "build/journal-" + std::to_string(getpid()); }

struct Opened {
  base::Error error;
  std::unique_ptr<RequestJournal> journal;

  explicit Opened(const std::string& path = Path()) { journal = RequestJournal::Open(path, &error); }
  RequestJournal* operator->() { return journal.get(); }
};

/// As read(2) leaves it.
std::string Arrived(RequestJournal& journal, int slot, uint64_t unique, uint32_t opcode = kGetattr) {
  std::string frame = Frame(opcode, kMeminfo, "body");
  std::memcpy(frame.data() + offsetof(InHeader, unique), &unique, sizeof(unique));
  std::memcpy(journal.buffer(slot), frame.data(), frame.size());
  return frame;
}

bool Always(uint32_t, uint64_t) { return true; }

void TestConnection() {
  Opened first;
  OK(!first.error, "opens");
  IS(first->connection(), 0u, "a new file is about no connection");
  OK(!first->readable(), "and has no layout");
  first->Clear();
  first->SetConnection(0x1234, "0:57");
  first->negotiated().minor = 33;
  first->negotiated().flags = kMaxPages;
  Opened second;
  IS(second->connection(), 0x1234u, "the next one finds the connection");
  IS(second->device(), "0:57", "its file system");
  IS(second->negotiated().minor.load(), 33u, "what INIT settled");
  OK(second->negotiated().flags == kMaxPages && second->readable(), "with the flags");
  second->Clear();
  IS(Opened()->connection(), 0u, "cleared");
}

void TestPending() {
  Opened before;
  before->Clear();
  int a = before->ClaimSlot(0), b = before->ClaimSlot(2), c = before->ClaimSlot(1);
  std::string frame = Arrived(*before.journal, a, 1ULL << 63 | 8);
  Arrived(*before.journal, b, 10);
  Arrived(*before.journal, c, 0, kForget);
  Opened after;
  std::vector<uint64_t> asked;
  auto awaited = [&asked](uint32_t descriptor, uint64_t unique) {
    asked.push_back(descriptor);
    return unique != 10;
  };
  std::vector<int> left = after->FindPending(awaited);
  OK(asked == std::vector<uint64_t>({0, 2}), "asks about what awaits an answer, each on its descriptor");
  OK(left.size() == 1 && after->request(left[0]) == frame, "finds the one that is not answered");
  IS(after->ClaimSlot(0) == left[0], false, "its slot is not taken");
  IS(after->request(b).size(), 0u, "the answered one is gone");
  after->ReleaseSlot(left[0]);
  OK(Opened()->FindPending(Always).empty(), "nothing is left when it is given back");
}

void TestGarbage() {
  Opened journal;
  journal->Clear();
  int slot = journal->ClaimSlot(0);
  for (uint32_t length : {0u, 39u, 128u * 1024 + 1, ~0u}) {
    Arrived(*journal.journal, slot, 6);
    std::memcpy(journal->buffer(slot), &length, sizeof(length));
    OK(Opened()->FindPending(Always).empty(), "a length that cannot be");
  }
  OK(static_cast<bool>(Opened("build").error), "a directory is refused");
}

void TestDeaths() {
  Opened journal;
  journal->Clear();
  int slot = journal->ClaimSlot(0);
  Arrived(*journal.journal, slot, 4);
  for (uint32_t i = 0; i < RequestJournal::kRetryLimit; i++) {
    OK(Opened()->CountAttempt(slot), "tried again");
  }
  OK(!Opened()->CountAttempt(slot), "but not for ever");
  Arrived(*journal.journal, slot, 6);
  OK(journal->CountAttempt(slot), "another request is tried");
}

void TestFull() {
  Opened journal("");
  OK(!journal.error, "memory without a file");
  int last = 0;
  for (uint32_t i = 0; i < RequestJournal::kSlots; i++) last = journal->ClaimSlot(0);
  OK(last >= 0 && journal->ClaimSlot(0) < 0, "has an end");
  journal->ReleaseSlot(last);
  IS(journal->ClaimSlot(0), last, "a slot given back is taken again");
}

}  // namespace

int main() {
  TestConnection();
  TestPending();
  TestGarbage();
  TestDeaths();
  TestFull();
  unlink(Path().c_str());
  return tap::Finish();
}
