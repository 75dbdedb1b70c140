#include "fuse/session.h"

#include <cerrno>
#include <new>
#include <unordered_map>

namespace procview::fuse {
namespace {

constexpr std::chrono::seconds kStopLimit(5);

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

Session::Session(Tree tree, uint64_t first_handle) : shared_(std::move(tree), first_handle) {}

std::shared_ptr<Session> Session::Create(Options options, Error* error) {
  std::string problem;
  Tree tree = Tree::Build(std::move(options.nodes), &problem);
  if (!problem.empty()) {
    *error = {EINVAL, "mount", problem};
    return nullptr;
  }
  auto session = std::make_shared<Session>(std::move(tree), FirstHandle());
  session->device_ = OpenDevice(error);
  if (*error) return nullptr;
  session->mount_.Make(session->device_.get(), options.mountpoint, options.fsname, error);
  if (*error) return nullptr;
  Registry& registry = Sessions();
  std::lock_guard lock(registry.mutex);
  session->id_ = registry.next++;
  registry.sessions[session->id_] = session;
  return session;
}

std::shared_ptr<Session> Session::Attach(uint32_t id) {
  Registry& registry = Sessions();
  std::lock_guard lock(registry.mutex);
  auto found = registry.sessions.find(id);
  return found == registry.sessions.end() ? nullptr : found->second;
}

End Session::Serve(uint32_t worker, Renderer* renderer, Error* error) {
  Descriptor clone;
  if (worker > 0) clone = CloneDevice(device_.get(), error);
  if (*error) return End::kFailed;
  if (!threads_.Enter()) return End::kStopped;
  End end = Loop(worker > 0 ? clone.get() : device_.get(), renderer, error);
  threads_.Leave();
  return end;
}

End Session::Loop(int fd, Renderer* renderer, Error* error) {
  std::unique_ptr<char[]> buffer(new (std::nothrow) char[kRequestSize]);
  if (buffer == nullptr) {
    *error = {ENOMEM, "read", "request buffer"};
    return End::kFailed;
  }
  Channel channel(fd);
  Dispatcher dispatcher(&shared_, renderer, &channel);
  while (!threads_.stopping() && !renderer->Finished()) {
    int length = channel.Receive(buffer.get(), kRequestSize);
    if (length == -EAGAIN) continue;
    if (length == -ENODEV) return End::kUnmounted;
    int problem =
        length < 0 ? -length : dispatcher.Handle({buffer.get(), static_cast<size_t>(length)});
    if (problem == 0) continue;
    *error = {problem, "read", problem == EPROTO ? "FUSE protocol before 7.31" : "/dev/fuse"};
    return End::kFailed;
  }
  return End::kStopped;
}

bool Session::Stop() { return threads_.Stop(kStopLimit); }

void Session::Unmount(Error* error) {
  {
    std::lock_guard lock(unmounting_);
    mount_.Detach(error);
  }
  Registry& registry = Sessions();
  std::lock_guard lock(registry.mutex);
  registry.sessions.erase(id_);
}

}  // namespace procview::fuse
