#include "session/session.h"

#include <cerrno>
#include <unordered_map>

#include "session/busy-poll.h"

namespace procview::fuse {
namespace {

constexpr std::chrono::seconds kStopLimit(5);

/// Which descriptor a worker reads. The stand-in's comes behind the connection's own, however many workers
/// there are.
uint32_t DescriptorOf(uint32_t worker) { return worker < StandIn::kDescriptor ? worker : worker + 1; }

/// Sessions of this process by number: every JavaScript thread has its own instance of the addon,
/// but not its own copy of this.
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

Session::Session(Tree tree, std::unique_ptr<Journal> journal)
    : journal_(std::move(journal)),
      shared_(std::move(tree), FirstHandle(), &journal_->negotiated()) {}

std::shared_ptr<Session> Session::Create(Options options, base::Error* error) {
  std::string problem;
  Tree tree = Tree::Build(std::move(options.nodes), &problem);
  if (!problem.empty()) *error = {EINVAL, "mount", problem};
  if (*error) return nullptr;
  std::unique_ptr<Journal> journal = Journal::Open(options.journal, error);
  if (*error) return nullptr;
  auto session = std::make_shared<Session>(std::move(tree), std::move(journal));
  session->bodies_ = options.bodies;
  session->adopted_ = session->Adopt(&options);
  if (!session->adopted_ && options.adopt) {
    *error = {ENOENT, "mount", options.mountpoint + " (what is served is not mounted there)"};
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

/// False if there is nothing to take over: no connection, a dead one, one that is mounted elsewhere.
bool Session::Adopt(Options* options) {
  if (journal_->connection() == 0) return false;
  std::vector<base::Fd> devices = DescriptorsOf(journal_->connection(), &options->inherited);
  if (devices.empty()) return false;
  base::Error gone;
  mount_.Adopt(options->mountpoint, journal_->device(), &gone);
  if (gone) return false;
  devices_ = std::move(devices);
  // The kernel may believe any size.
  for (auto& known : shared_.sizes) known = true;
  FindLeftovers();
  return true;
}

void Session::Mount(const Options& options, base::Error* error) {
  journal_->Clear();
  shared_.handles.Begin(Store::Create(bodies_, error));
  if (*error) return;
  devices_.push_back(OpenDevice(error));
  if (*error) return;
  mount_.Make(devices_[0].get(), options.mountpoint, options.fsname, options.owner, error);
  if (!*error) journal_->Name(FirstHandle(), mount_.device());
}

/// A predecessor with more workers has left more clones: they stay, for requests may be in their queues.
void Session::Clone(uint32_t workers, base::Error* error) {
  while (!*error && devices_.size() <= workers) {
    devices_.push_back(CloneDevice(devices_[0].get(), error));
  }
  if (*error) return;
  // An open file of its own: the reads of the others wait.
  Channel(devices_[StandIn::kDescriptor].get()).Block(false);
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

End Session::Serve(uint32_t worker, Renderer* renderer, Readers* readers, base::Error* error) {
  uint32_t number = DescriptorOf(worker);
  if (number >= devices_.size()) *error = {EINVAL, "serve", "more workers than were announced"};
  if (*error) return End::kFailed;
  if (!threads_.Enter()) return End::kStopped;
  AnswerLeftovers(renderer, readers);
  Channel channel(devices_[number].get());
  Desk desk(&shared_, renderer, &channel, readers);
  stand_in_.Enter(&desk, devices_[StandIn::kDescriptor].get());
  End end = Loop(number, &desk, &channel, error);
  stand_in_.Leave(&desk);
  threads_.Leave();
  return end;
}

int Session::NextLeftover() {
  std::lock_guard lock(leftover_);
  if (leftovers_.empty()) return -1;
  int slot = leftovers_.back();
  leftovers_.pop_back();
  return slot;
}

/// On the descriptor that each came from.
void Session::AnswerLeftovers(Renderer* renderer, Readers* readers) {
  for (int slot = NextLeftover(); slot >= 0; slot = NextLeftover()) {
    Channel channel(devices_[journal_->descriptor(slot)].get());
    Desk desk(&shared_, renderer, &channel, readers);
    stand_in_.Enter(&desk, devices_[StandIn::kDescriptor].get());
    AnswerLeftover(slot, &desk);
    stand_in_.Leave(&desk);
  }
}

/// Its slot is given back once it is answered: whoever dies before that leaves it to the next one, but
/// a request that kills one after the other gets EIO.
void Session::AnswerLeftover(int slot, Desk* desk) {
  std::string_view frame = journal_->frame(slot);
  if (journal_->Dare(slot)) {
    desk->Lay(frame);
    Dispatcher(&shared_, desk, desk).Handle(frame);
  } else {
    InHeader header;
    std::memcpy(&header, frame.data(), sizeof(header));
    desk->Send({sizeof(OutHeader), -EIO, header.unique}, {});
  }
  journal_->Give(slot);
}

End Session::Loop(uint32_t number, Desk* desk, Channel* channel, base::Error* error) {
  int slot = journal_->Take(number);
  if (slot < 0) {
    *error = {ENOMEM, "read", "too many threads serve"};
    return End::kFailed;
  }
  char* buffer = journal_->buffer(slot);
  Dispatcher dispatcher(&shared_, desk, desk);
  BusyPoll waiting(channel);
  End end = End::kStopped;
  while (!threads_.stopping() && !desk->Finished()) {
    int length = waiting.Receive(buffer, kRequestSize);
    if (length == -EAGAIN) continue;
    if (length == -ENODEV) {
      end = End::kUnmounted;
      break;
    }
    int problem = -length;
    if (length >= 0) {
      desk->Lay({buffer, static_cast<size_t>(length)});
      problem = dispatcher.Handle({buffer, static_cast<size_t>(length)});
    }
    if (problem == 0) continue;
    *error = {problem, "read", problem == EPROTO ? "FUSE protocol before 7.31" : "/dev/fuse"};
    end = End::kFailed;
    break;
  }
  journal_->Give(slot);
  return end;
}

bool Session::Stop() { return threads_.Stop(kStopLimit); }

void Session::Resume(uint32_t workers, base::Error* error) {
  Clone(workers, error);
  if (*error) return;
  FindLeftovers();
  threads_.Allow();
}

bool Session::Progresses() { return stand_in_.Attends(); }

/// Requests in a layout that we do not know are sent again by the kernel, if it can.
void Session::FindLeftovers() {
  auto awaited = [this](uint32_t descriptor, uint64_t unique) {
    return descriptor < devices_.size() && IsAwaited(devices_[descriptor].get(), unique);
  };
  ContinueBodies();
  std::lock_guard lock(leftover_);
  if (journal_->readable()) {
    leftovers_ = journal_->Leftovers(awaited);
  } else {
    journal_->Relay();
    Resend(devices_[0].get());
  }
}

void Session::ContinueBodies() {
  base::Error error;
  bool shared = !bodies_.empty();
  shared_.handles.Begin(shared ? Store::Continue(bodies_, &problem_, &error)
                               : Store::Create(bodies_, &error));
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
