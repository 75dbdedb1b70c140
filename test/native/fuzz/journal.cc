// A journal that anything may be in: of another version, of a daemon killed at any moment, or damaged. What
// is read from it is whole requests of our own buffers, which can be answered.
#include "persist/request-journal.h"

#include <algorithm>

#include "directory.h"
#include "fixture.h"

using namespace procview;
using namespace procview::fuse;

namespace {

constexpr size_t kHead = 4096;
constexpr size_t kSlot = 128 * 1024;

void Put(int fd, std::string_view bytes, size_t at) {
  HOLDS(pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)) ==
        static_cast<ssize_t>(bytes.size()));
}

/// Writes the input over the beginning of the head and of the slots.
void Fill(const std::string& path, fuzz::Input input) {
  int fd = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  HOLDS(fd >= 0);
  size_t head = size_t{input.Byte()} * 16;
  Put(fd, input.Take(std::min(head, kHead)), 0);
  for (size_t slot = 0; slot < RequestJournal::kSlots && !input.empty(); slot++)
    Put(fd, input.Take(input.Byte()), kHead + slot * kSlot);
  close(fd);
}

void AnswerLeft(RequestJournal* journal, int slot) {
  std::string_view frame = journal->request(slot);
  HOLDS(frame.size() >= sizeof(InHeader) && frame.size() <= kSlot);
  HOLDS(frame.data() == journal->buffer(slot));
  for (uint32_t i = 0; i <= RequestJournal::kRetryLimit; i++) journal->CountAttempt(slot);
  HOLDS(!journal->CountAttempt(slot));
  Negotiated negotiated;
  Handles handles{1000};
  Shared shared{SampleTree(), &handles, &negotiated};
  SampleRenderer renderer;
  KeptReplies replies;
  Dispatcher dispatcher{&shared, &renderer, &replies};
  dispatcher.Handle(frame);
  HOLDS(replies.sent.size() <= 1);
  journal->ReleaseSlot(slot);
  HOLDS(journal->request(slot).empty());
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fuzz::Directory directory;
  const std::string path = directory.path() + "/journal";
  Fill(path, fuzz::Input(data, size));
  base::Error error;
  std::unique_ptr<RequestJournal> journal = RequestJournal::Open(path, &error);
  HOLDS(!error && journal != nullptr);
  HOLDS(journal->device().size() <= 24);
  if (!journal->readable()) journal->Reset();
  HOLDS(journal->readable());
  std::vector<int> left = journal->FindPending([](uint32_t, uint64_t unique) { return unique % 2 == 1; });
  HOLDS(std::adjacent_find(left.begin(), left.end(), std::greater_equal<>()) == left.end());
  for (int slot : left) AnswerLeft(journal.get(), slot);
  HOLDS(journal->FindPending([](uint32_t, uint64_t) { return true; }).empty());
  return 0;
}
