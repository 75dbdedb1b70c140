// The decoder and dispatcher of FUSE requests: frames in, one after the other, replies out. Whatever the
// kernel sends and whatever the renderer says, each request has exactly one reply, of the form its opcode
// has, and never more than was asked for.
#include "fuzz.h"
#include "fixture.h"
#include "fuse/opcodes.h"

using namespace procview;
using namespace procview::fuse;

namespace {

/// Says what the bits of the caller's pid ask for, so that an input controls it as well.
class BentRenderer : public SampleRenderer {
 public:
  explicit BentRenderer(std::string_view input) : input_(input) {}

  Rendered Render(uint64_t node, const Caller& caller) override {
    Bend(caller);
    if ((caller.pid & 1 << 10) != 0) return {error, input_};
    return SampleRenderer::Render(node, caller);
  }
  Found Lookup(uint64_t directory, std::string_view name, const Caller& caller) override {
    Bend(caller);
    if ((caller.pid & 1 << 10) != 0) return {error, uint64_t{caller.uid} << 32 | caller.gid};
    return SampleRenderer::Lookup(directory, name, caller);
  }
  int MayWrite(uint64_t node, const Caller& caller) override {
    Bend(caller);
    asked.clear();
    return error != 0 ? error : SampleRenderer::MayWrite(node, caller);
  }
  procview::fuse::Written Write(uint64_t node, const Caller& caller, std::string_view text) override {
    Bend(caller);
    written.clear();
    taken = (caller.pid & 1 << 10) != 0 ? std::optional<size_t>(caller.uid) : std::nullopt;
    return SampleRenderer::Write(node, caller, text);
  }

 private:
  void Bend(const Caller& caller) {
    error = (caller.pid & 1 << 11) != 0 ? static_cast<int>(caller.pid & 0x3ff) : 0;
    padding = caller.pid >> 20;
  }

  std::string_view input_;
};

bool Mute(const InHeader& header) {
  return header.unique == 0 || header.opcode == kForget || header.opcode == kBatchForget ||
         header.opcode == kInterrupt || header.opcode == kNotifyReply;
}

void CheckListing(std::string_view data, bool plus) {
  while (!data.empty()) {
    if (plus) {
      HOLDS(data.size() > sizeof(EntryOut));
      data.remove_prefix(sizeof(EntryOut));
    }
    HOLDS(data.size() >= sizeof(Dirent));
    auto entry = From<Dirent>(data);
    size_t size = (sizeof(Dirent) + entry.namelen + 7) / 8 * 8;
    HOLDS(size <= data.size());
    data.remove_prefix(size);
  }
}

/// The data of a reply without an error: as long as its opcode has it.
void CheckData(const InHeader& header, std::string_view body, std::string_view data) {
  switch (header.opcode) {
    case kLookup: return HOLDS(data.size() == sizeof(EntryOut));
    case kGetattr:
    case kSetattr: return HOLDS(data.size() == sizeof(AttrOut));
    case kOpen:
    case kOpendir: return HOLDS(data.size() == sizeof(OpenOut));
    case kReadlink: return HOLDS(!data.empty() && data.size() < 4096);
    case kRead: return HOLDS(data.size() <= From<ReadIn>(body).size);
    case kReaddir:
    case kReaddirplus:
      HOLDS(data.size() <= From<ReadIn>(body).size);
      return CheckListing(data, header.opcode == kReaddirplus);
    case kWrite: return HOLDS(From<WriteOut>(data).size <= From<WriteIn>(body).size);
    case kInit: return HOLDS(data.size() == sizeof(InitOut));
    case kStatfs: return HOLDS(data.size() == sizeof(StatfsOut));
    case kListxattr:
      return HOLDS(data.size() == (From<GetxattrIn>(body).size == 0 ? sizeof(GetxattrOut) : 0));
    default: return HOLDS(data.empty());
  }
}

void CheckReply(std::string_view frame, const KeptReplies& replies) {
  auto header = From<InHeader>(frame);
  bool due = frame.size() >= sizeof(InHeader) && !Mute(header);
  HOLDS(replies.sent.size() == (due ? 1 : 0));
  if (!due) return;
  const Message& reply = replies.sent.back();
  HOLDS(reply.header.unique == header.unique);
  HOLDS(reply.header.len == sizeof(OutHeader) + reply.data.size());
  HOLDS(reply.header.error <= 0 && reply.header.error > -512);
  if (reply.header.error != 0) return HOLDS(reply.data.empty());
  CheckData(header, frame.substr(sizeof(InHeader)), reply.data);
}

/// The kernel takes a message with unique 0 for a notification, whose code stands in place of an error.
void CheckNotifications(const KeptReplies& replies) {
  for (const Message& message : replies.notified) {
    HOLDS(message.header.unique == 0 && message.header.error > 0);
    HOLDS(message.header.len == sizeof(OutHeader) + message.data.size());
  }
}

/// As long as its header says; all that is left if that cannot be.
std::string_view NextFrame(fuzz::Input* input) {
  uint32_t length = From<uint32_t>(input->rest());
  bool possible = length >= sizeof(InHeader) && length <= input->rest().size();
  return input->Take(possible ? length : input->rest().size());
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  Negotiated negotiated;
  Handles handles{1000};
  handles.Begin(InMemory());
  Shared shared{SampleTree(), &handles, &negotiated};
  BentRenderer renderer(input.rest());
  while (!input.empty()) {
    KeptReplies replies;
    Dispatcher dispatcher{&shared, &renderer, &replies};
    std::string_view frame = NextFrame(&input);
    dispatcher.Handle(frame);
    CheckReply(frame, replies);
    CheckNotifications(replies);
  }
  return 0;
}
