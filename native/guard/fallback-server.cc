#include "guard/fallback-server.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "session/channel.h"

namespace procview::fuse {
namespace {

constexpr std::chrono::milliseconds kLook(50);
/// 1 s without a call: to look on would cost a quarter of what the whole daemon takes with nobody to serve.
constexpr int kQuiet = 20;
constexpr std::chrono::milliseconds kHostLimit(100);
/// The tag of the host's own tasks (src/serving/caller-cache.ts): its files are read afresh.
constexpr int kHostTag = 0;

void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

/// What the descriptor is ready for, 0 if for nothing before the next look.
int Await(int fd) {
  pollfd one{fd, POLLIN, 0};
  poll(&one, 1, static_cast<int>(kLook.count()));
  return one.revents;
}

}  // namespace

StandIn::StandIn(Shared* shared, Journal* journal)
    : shared_(shared), journal_(journal), host_reader_(kHostLimit) {}

void StandIn::Enter(Desk* desk, int device) {
  std::lock_guard changing(changing_);
  std::lock_guard lock(mutex_);
  device_ = device;
  const callers::Callers* callers = desk->readers().callers;
  if (appearances_ == nullptr && callers != nullptr) {
    appearances_ = std::make_unique<callers::IdentityReader>(callers->proc_root());
  }
  desks_.emplace_back(desk);
  desk->AttendedBy(this);
  quiet_ = 0;
  if (thread_.joinable()) return;
  ending_ = false;
  thread_ = std::thread(&StandIn::Run, this);
}

void StandIn::Leave(Desk* desk) {
  std::lock_guard changing(changing_);
  std::thread ended;
  {
    std::lock_guard lock(mutex_);
    std::erase_if(desks_, [desk](const Patience& each) { return &each.desk() == desk; });
    if (!desks_.empty()) return;
    ending_ = true;
    changed_.notify_all();
    ended = std::move(thread_);
  }
  ended.join();
  if (slot_ >= 0) journal_->Give(slot_);
  slot_ = -1;
}

bool StandIn::Attends() {
  std::lock_guard lock(mutex_);
  return std::all_of(desks_.begin(), desks_.end(), [](const Patience& each) {
    return !each.Lost() || each.desk().claimed() || each.desk().Call() != each.call();
  });
}

void StandIn::Run() {
  BlockSignals();
  pthread_setname_np(pthread_self(), "stand-in");
  std::unique_lock lock(mutex_);
  while (!ending_) {
    Look();
    if (Covering()) {
      Cover(&lock);
    } else if (quiet_ >= kQuiet) {
      Doze(&lock);
    } else {
      changed_.wait_for(lock, kLook);
    }
  }
}

void StandIn::Look() {
  quiet_ = Idle() ? quiet_ + 1 : 0;
  begun_ = Begun();
  for (Patience& each : desks_) Attend(&each);
}

/// Changes with each call.
uint64_t StandIn::Begun() const {
  uint64_t sum = 0;
  for (const Patience& each : desks_) sum += each.desk().state();
  return sum;
}

/// Whether no call is under way, and none was since the last look.
bool StandIn::Idle() const {
  return Begun() == begun_ && std::all_of(desks_.begin(), desks_.end(), [](const Patience& each) {
           return each.desk().Call() == 0;
         });
}

/// Until a call begins.
void StandIn::Doze(std::unique_lock<std::mutex>* lock) {
  dozing_.store(true);
  if (Idle()) changed_.wait(*lock, [this] { return ending_ || !dozing_.load(); });
  dozing_.store(false);
  quiet_ = 0;
}

void StandIn::Wake() {
  std::lock_guard lock(mutex_);
  dozing_.store(false);
  changed_.notify_all();
}

void StandIn::Attend(Patience* patience) {
  patience->Look();
  Desk& desk = patience->desk();
  if (patience->call() == 0 || desk.claimed()) return;
  if (patience->Lasts() && Dying(desk.pid())) return Interrupt(&desk, patience->call());
  bool long_enough = patience->Ended();
  if (patience->Ends()) long_enough = long_enough || Remember(desk.node(), desk.pid());
  if (long_enough) Claim(&desk, patience->call());
}

/// Once a request has been read, the kernel lets not even SIGKILL end the wait for its answer. It sends an
/// INTERRUPT, which nobody reads while the threads hang, and which does not say what the signal does.
bool StandIn::Dying(uint32_t pid) {
  return appearances_ != nullptr && appearances_->IsDying(static_cast<pid_t>(pid));
}

/// Nobody sees the error. What the late call brings is dropped: no handle stays open.
void StandIn::Interrupt(Desk* desk, uint64_t call) {
  desk->Claim(call, [](std::string_view frame, Replies* replies) {
    InHeader header;
    std::memcpy(&header, frame.data(), sizeof(header));
    replies->Send({sizeof(OutHeader), -EINTR, header.unique}, {});
  });
}

void StandIn::Claim(Desk* desk, uint64_t call) {
  uint64_t node = desk->node();
  desk->Claim(call, [this, node](std::string_view frame, Replies* replies) {
    shared_->counters.late.fetch_add(1, std::memory_order_relaxed);
    shared_->counters.late_node.store(node, std::memory_order_relaxed);
    Dispatcher(shared_, this, replies).Handle(frame);
  });
}

/// Not before the host's bytes are better than to wait: what comes is answered at once then.
bool StandIn::Covering() const {
  return device_ >= 0 && !desks_.empty() &&
         std::all_of(desks_.begin(), desks_.end(),
                     [](const Patience& each) { return each.desk().claimed() && each.Ended(); });
}

/// Waits for one new request, and answers it if no thread has come back meanwhile.
void StandIn::Cover(std::unique_lock<std::mutex>* lock) {
  lock->unlock();
  int ready = Await(device_);
  lock->lock();
  if (ending_ || !Covering() || ready == 0) return;
  if (slot_ < 0) slot_ = journal_->Take(kDescriptor);
  if (slot_ < 0) return;
  char* request = journal_->buffer(slot_);
  Channel channel(device_);
  int length = channel.Receive(request, kRequestSize);
  if (length > 0) {
    Dispatcher(shared_, this, &channel).Handle({request, static_cast<size_t>(length)});
  } else if (length != -EAGAIN) {
    changed_.wait_for(*lock, kLook);  // unmounted
  }
}

Rendered StandIn::Render(uint64_t node, const Caller& caller) {
  shared_->counters.instead.fetch_add(1, std::memory_order_relaxed);
  return Remember(node, caller.pid) ? Rendered{0, body_, kUnseen} : Host(node);
}

Found StandIn::Lookup(uint64_t, std::string_view, const Caller&) { return {EAGAIN, 0}; }

int StandIn::MayWrite(uint64_t, const Caller&) { return EAGAIN; }

fuse::Written StandIn::Write(uint64_t, const Caller&, std::string_view) { return {EAGAIN, 0}; }

/// Puts what the caller's container saw last into `body_`. False: it has seen nothing, or is not known, or
/// is none.
bool StandIn::Remember(uint64_t node, uint32_t pid) {
  if (node == 0 || pid == 0 || appearances_ == nullptr) return false;
  callers::Identity appearance = appearances_->Of(static_cast<pid_t>(pid));
  return Recall(appearance, node);
}

/// The latest of what the serving threads have shown, each of which has its own tags.
bool StandIn::Recall(const callers::Identity& appearance, uint64_t node) {
  std::string body;
  uint64_t latest = 0;
  for (const Patience& each : desks_) {
    const callers::Callers* callers = each.desk().readers().callers;
    int tag = callers == nullptr ? callers::Callers::kUnknown : callers->Recall(appearance);
    uint64_t rank = tag == kHostTag ? 0 : each.desk().readers().snapshots.Find(tag, node, &body);
    if (rank <= latest) continue;
    latest = rank;
    body_.swap(body);
  }
  return latest > 0;
}

/// The host's bytes as they are now or, if those hang as well, as they were last.
Rendered StandIn::Host(uint64_t node) {
  std::string_view path = shared_->tree.Describe(node).host();
  if (path.empty()) return {EAGAIN, {}};
  std::string& kept = host_[node];
  int error = host_reader_.Read(std::string(path), &kept);
  if (error == 0 || (error == -ETIMEDOUT && !kept.empty())) return {0, kept, kUnseen};
  return {error == -ETIMEDOUT ? EAGAIN : -error, {}};
}

}  // namespace procview::fuse
