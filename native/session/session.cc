#include "session/session.h"

#include <cerrno>
#include <unordered_map>

#include "session/busy-poll.h"

namespace procview::fuse {
namespace {

constexpr std::chrono::seconds kStopLimit(5);

/// Number of a worker's descriptor. The fallback server's follows the connection's own, so that its number does not
/// depend on how many workers there are.
uint32_t DescriptorOf(uint32_t worker) { return worker < FallbackServer::kDescriptor ? worker : worker + 1; }

/// Sessions of this process by number. Every JavaScript thread has its own instance of the addon, but all share this.
struct Registry {
  std::mutex mutex;
  std::unordered_map<uint32_t, std::shared_ptr<Session>> sessions;
  uint32_t next = 1;
};

Registry& Sessions() {
  // Never destroyed: threads may still serve while the process exits.
  static Registry* registry = new Registry;
  return *registry;
}

}  // namespace

Session::Session(std::vector<Node> nodes, std::unique_ptr<RequestJournal> journal, std::string* problem)
    : journal_(std::move(journal)),
      handles_(FirstHandle()),
      shared_(Tree::Build(std::move(nodes), problem), &handles_, &journal_->negotiated()) {}

std::shared_ptr<Session> Session::Create(Options options, base::Error* error) {
  std::unique_ptr<RequestJournal> journal = RequestJournal::Open(options.journal, error);
  if (*error) return nullptr;
  std::string problem;
  auto session = std::make_shared<Session>(std::move(options.nodes), std::move(journal), &problem);
  if (!problem.empty()) {
    *error = {EINVAL, "mount", problem};
    return nullptr;
  }
  session->bodies_ = options.bodies;
  session->adopted_ = session->Adopt(&options);
  if (!session->adopted_ && options.adopt) {
    *error = {ENOENT, "mount", options.mountpoint + " (the file system to take over is not mounted there)"};
  } else if (!session->adopted_) {
    session->Mount(options, error);
  }
  if (!*error) session->Clone(options.workers, error);
  if (*error) return nullptr;
  Registry& registry = Sessions();
  std::lock_guard lock(registry.mutex);
  session->id_ = registry.next++;
  registry.sessions[session->id_] = session;
  return session;
}

/// Returns false if there is nothing to take over: no connection, or one that has ended or is mounted elsewhere.
bool Session::Adopt(Options* options) {
  if (journal_->connection() == 0) return false;
  std::vector<base::Fd> devices = DescriptorsOf(journal_->connection(), &options->inherited);
  if (devices.empty()) return false;
  base::Error gone;
  mount_.Adopt(options->mountpoint, journal_->device(), &gone);
  if (gone) return false;
  devices_ = std::move(devices);
  // The kernel may have stored the size of any node.
  for (auto& stored : shared_.sizes) stored = true;
  FindPending();
  return true;
}

void Session::Mount(const Options& options, base::Error* error) {
  journal_->Clear();
  handles_.Begin(BodyStore::Create(bodies_, error));
  if (*error) return;
  devices_.push_back(OpenDevice(error));
  if (*error) return;
  mount_.Make(devices_[0].get(), options.mountpoint, options.fsname, options.owner, error);
  if (!*error) journal_->SetConnection(FirstHandle(), mount_.device());
}

/// A predecessor with more workers has left more clones. They stay open, because their queues may have requests.
void Session::Clone(uint32_t workers, base::Error* error) {
  while (!*error && devices_.size() <= workers) {
    devices_.push_back(CloneDevice(devices_[0].get(), error));
  }
  if (*error) return;
  // Each clone is an open file of its own: reads of the others still wait.
  fallback_channel_.emplace(devices_[FallbackServer::kDescriptor].get());
  fallback_channel_->Block(false);
}

std::shared_ptr<Session> Session::Attach(uint32_t id) {
  Registry& registry = Sessions();
  std::lock_guard lock(registry.mutex);
  auto found = registry.sessions.find(id);
  return found == registry.sessions.end() ? nullptr : found->second;
}

std::string Session::NameOf(uint32_t number) const {
  return DescriptorName(journal_->connection(), number);
}

End Session::Serve(uint32_t worker, Renderer* renderer, CallerState* state, base::Error* error) {
  uint32_t number = DescriptorOf(worker);
  if (number >= devices_.size()) *error = {EINVAL, "serve", "more workers than the session has descriptors for"};
  if (*error) return End::kFailed;
  if (!threads_.Add()) return End::kStopped;
  AnswerPending(renderer, state);
  Channel channel(devices_[number].get());
  GuardedRenderer guarded(&shared_, renderer, &channel, state);
  fallback_server_.Add(&guarded, &*fallback_channel_);
  End end = Loop(number, &guarded, &channel, error);
  fallback_server_.Remove(&guarded);
  threads_.Remove();
  return end;
}

/// Returns the slot of the next pending request, -1 if there is none.
int Session::NextPending() {
  std::lock_guard lock(pending_mutex_);
  if (pending_.empty()) return -1;
  int slot = pending_.back();
  pending_.pop_back();
  return slot;
}

/// Answers each pending request on the descriptor from which it was read.
void Session::AnswerPending(Renderer* renderer, CallerState* state) {
  for (int slot = NextPending(); slot >= 0; slot = NextPending()) {
    Channel channel(devices_[journal_->descriptor(slot)].get());
    GuardedRenderer guarded(&shared_, renderer, &channel, state);
    fallback_server_.Add(&guarded, &*fallback_channel_);
    Answer(slot, &guarded);
    fallback_server_.Remove(&guarded);
  }
}

/// Releases the slot after the answer: if the process dies before, its successor finds the request. A request that has
/// killed several processes gets EIO.
void Session::Answer(int slot, GuardedRenderer* renderer) {
  std::string_view request = journal_->request(slot);
  if (journal_->CountAttempt(slot)) {
    renderer->Handle(request);
  } else {
    InHeader header;
    std::memcpy(&header, request.data(), sizeof(header));
    renderer->Send({sizeof(OutHeader), -EIO, header.unique}, {});
  }
  journal_->ReleaseSlot(slot);
}

End Session::Loop(uint32_t number, GuardedRenderer* renderer, Channel* channel, base::Error* error) {
  int slot = journal_->ClaimSlot(number);
  if (slot < 0) {
    *error = {ENOMEM, "read", "too many threads serve"};
    return End::kFailed;
  }
  char* buffer = journal_->buffer(slot);
  BusyPoll poll(channel);
  End end = End::kStopped;
  while (!threads_.stopping() && !renderer->Finished()) {
    int length = poll.Receive(buffer, kRequestSize);
    if (length == -EAGAIN) continue;
    if (length == -ENODEV) {
      end = End::kUnmounted;
      break;
    }
    int problem = length < 0 ? -length : renderer->Handle({buffer, static_cast<size_t>(length)});
    if (problem == 0) continue;
    *error = {problem, "read", problem == EPROTO ? "FUSE protocol before 7.31" : "/dev/fuse"};
    end = End::kFailed;
    break;
  }
  journal_->ReleaseSlot(slot);
  return end;
}

bool Session::Stop() { return threads_.Stop(kStopLimit); }

void Session::Resume(uint32_t workers, base::Error* error) {
  Clone(workers, error);
  if (*error) return;
  FindPending();
  threads_.Allow();
}

/// If the journal has an unknown layout, the kernel sends the pending requests again (since 6.9).
void Session::FindPending() {
  auto awaited = [this](uint32_t descriptor, uint64_t unique) {
    return descriptor < devices_.size() && IsAwaited(devices_[descriptor].get(), unique);
  };
  ContinueBodies();
  std::lock_guard lock(pending_mutex_);
  if (journal_->readable()) {
    pending_ = journal_->FindPending(awaited);
  } else {
    journal_->Reset();
    Resend(devices_[0].get());
  }
}

/// Continues with the bodies of open files that another process has written.
void Session::ContinueBodies() {
  base::Error error;
  handles_.Begin(bodies_.empty() ? BodyStore::Create(bodies_, &error)
                                 : BodyStore::Continue(bodies_, &problem_, &error));
  if (error) problem_ = error.what + ": no body of an open file is kept";
}

bool Session::Restore(base::Error* error) {
  std::lock_guard lock(unmounting_);
  return mount_.Restore(error);
}

void Session::Unmount(base::Error* error) {
  {
    std::lock_guard lock(unmounting_);
    mount_.Detach(error);
  }
  Registry& registry = Sessions();
  std::lock_guard lock(registry.mutex);
  registry.sessions.erase(id_);
}

}  // namespace procview::fuse
