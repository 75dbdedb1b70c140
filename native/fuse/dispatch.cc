#include "fuse/dispatch.h"

#include <cerrno>

#include "fuse/opcodes.h"

namespace procview::fuse {
namespace {

void Count(std::atomic<uint64_t>& counter) { counter.fetch_add(1, std::memory_order_relaxed); }

/// FORGET and INTERRUPT have no reply. Their `unique` may be 0, and the kernel takes a message with 0 for a
/// notification.
bool Unanswered(const InHeader& header) {
  const Operation* operation = FindOperation(header.opcode);
  return header.unique == 0 || (operation != nullptr && operation->error == kNoReply);
}

/// The kernel refuses a reply with an errno of 512 or more, and the reader would wait for ever.
int Sendable(int error) { return error > 0 && error < 512 ? error : EIO; }

}  // namespace

Dispatcher::Dispatcher(Shared* shared, Renderer* renderer, Replies* replies)
    : shared_(shared), renderer_(renderer), replies_(replies) {}

int Dispatcher::Handle(std::string_view frame) {
  Request request{};
  Decoded decoded = Decode(frame, &request);
  Count(shared_->counters.requests);
  if (decoded == Decoded::kNoHeader || Unanswered(request.header)) return 0;
  Answer answer{EIO, {}};
  if (decoded == Decoded::kOk) answer = Answered(&request);
  Reply(request.header, answer);
  held_ = {};
  return fatal_;
}

Answer Dispatcher::Answered(Request* request) {
  const Operation* operation = FindOperation(request->header.opcode);
  if (operation == nullptr) return {ENOSYS, {}};
  if (!DecodeBody(request, operation->body, operation->names)) return {EINVAL, {}};
  return operation->handler == nullptr ? Answer{operation->error, {}}
                                       : operation->handler(*this, *request);
}

void Dispatcher::Reply(const InHeader& header, const Answer& answer) {
  std::string_view data = answer.error == 0 ? answer.data : std::string_view();
  auto length = static_cast<uint32_t>(sizeof(OutHeader) + data.size());
  replies_->Send({length, -answer.error, header.unique}, data);
}

Rendered Dispatcher::Render(uint64_t node, const Caller& caller) {
  Count(shared_->counters.renders);
  Rendered rendered = renderer_->Render(node, caller);
  if (caller.pid == 0) rendered.owner = kUnseen;
  if (rendered.error == 0) return rendered;
  Count(shared_->counters.failures);
  return {Sendable(rendered.error), {}};
}

Found Dispatcher::Find(uint64_t directory, std::string_view name, const Caller& caller) {
  Found found = renderer_->Lookup(directory, name, caller);
  if (found.error != 0) return {Sendable(found.error), 0};
  return ModeOf(found.node) == 0 ? Found{EIO, 0} : found;
}

int Dispatcher::MayWrite(uint64_t node, const Caller& caller) {
  int error = renderer_->MayWrite(node, caller);
  return error == 0 ? 0 : Sendable(error);
}

Written Dispatcher::Write(uint64_t node, const Caller& caller, std::string_view text) {
  Written written = renderer_->Write(node, caller, text);
  if (written.error != 0) return {Sendable(written.error), 0};
  // The kernel refuses a reply with more bytes than the request had, and the writer would wait for ever.
  return written.size <= text.size() ? written : Written{EIO, 0};
}

int Dispatcher::BodyAt(const Request& request, uint64_t handle, uint64_t offset,
                       std::string_view* body) {
  Caller caller = CallerOf(request.header);
  held_ = shared_->files.Read(handle, offset, &caller);
  if (!held_) {
    Rendered rendered = Render(request.header.nodeid, caller);
    if (rendered.error != 0) return rendered.error;
    shared_->files.Replace(handle, caller, rendered.owner, rendered.bytes);
    *body = rendered.bytes;
    return 0;
  }
  *body = held_.view();
  return 0;
}

}  // namespace procview::fuse
