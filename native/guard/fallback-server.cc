#include "guard/fallback-server.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace procview::fuse {
namespace {

constexpr std::chrono::milliseconds kPeriod(50);
/// Checks without a call before it sleeps: 1 s. To go on would cost a quarter of the CPU time of an idle daemon.
constexpr int kIdleChecks = 20;
/// If the thread has made no check for so long, it is stuck itself.
constexpr std::chrono::seconds kStuck(5);
constexpr std::chrono::milliseconds kHostLimit(100);
/// Tag of the host's own threads (src/serving/caller-cache.ts). Their files are read from the host.
constexpr int kHostTag = 0;

void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

FallbackServer::FallbackServer(Shared* shared, RequestJournal* journal)
    : shared_(shared), journal_(journal), host_reader_(kHostLimit) {}

void FallbackServer::Add(GuardedRenderer* renderer, Transport* transport) {
  std::lock_guard changing(changing_);
  std::lock_guard lock(mutex_);
  transport_ = transport;
  const callers::Callers* callers = renderer->caller_state().callers;
  if (identities_ == nullptr && callers != nullptr) {
    identities_ = std::make_unique<callers::IdentityReader>(callers->proc_root());
  }
  detectors_.emplace_back(renderer);
  renderer->SetWatchdog(this);
  idle_checks_ = 0;
  if (thread_.joinable()) return;
  ending_ = false;
  SetWatches(true);
  thread_ = std::thread(&FallbackServer::Run, this);
}

void FallbackServer::Remove(GuardedRenderer* renderer) {
  std::lock_guard changing(changing_);
  std::thread ended;
  {
    std::lock_guard lock(mutex_);
    std::erase_if(detectors_, [renderer](const HangDetector& each) { return &each.renderer() == renderer; });
    if (!detectors_.empty()) return;
    ending_ = true;
    changed_.notify_all();
    ended = std::move(thread_);
  }
  ended.join();
  SetWatches(false);
  if (slot_ >= 0) journal_->ReleaseSlot(slot_);
  slot_ = -1;
}

// It compares counts of checks from call to call: a process that was stopped as a whole is not stuck.
bool FallbackServer::Works() {
  std::lock_guard lock(seen_mutex_);
  const Clock::time_point now = Clock::now();
  const uint64_t checks = checks_.load();
  if (!watches_.load() || checks != seen_checks_) {
    seen_checks_ = checks;
    seen_at_ = now;
  }
  return now - seen_at_ < kStuck;
}

void FallbackServer::SetWatches(bool watches) {
  // The pause before counts for no check that is missing.
  checks_.fetch_add(1);
  watches_.store(watches);
}

void FallbackServer::Run() {
  BlockSignals();
  pthread_setname_np(pthread_self(), "fallback-server");
  std::unique_lock lock(mutex_);
  while (!ending_) {
    CheckAll();
    if (AllHang()) {
      ServeNext(&lock);
    } else if (idle_checks_ >= kIdleChecks) {
      Sleep(&lock);
    } else {
      changed_.wait_for(lock, kPeriod);
    }
  }
}

void FallbackServer::CheckAll() {
  checks_.fetch_add(1);
  idle_checks_ = Idle() ? idle_checks_ + 1 : 0;
  last_sum_ = SumOfStates();
  for (HangDetector& each : detectors_) Check(&each);
}

/// Changes with each call.
uint64_t FallbackServer::SumOfStates() const {
  uint64_t sum = 0;
  for (const HangDetector& each : detectors_) sum += each.renderer().state();
  return sum;
}

/// Whether no call is in progress, and none was since the last check.
bool FallbackServer::Idle() const {
  return SumOfStates() == last_sum_ &&
         std::all_of(detectors_.begin(), detectors_.end(),
                     [](const HangDetector& each) { return each.renderer().Call() == 0; });
}

/// Sleeps until a call begins.
void FallbackServer::Sleep(std::unique_lock<std::mutex>* lock) {
  SetWatches(false);
  asleep_.store(true);
  if (Idle()) changed_.wait(*lock, [this] { return ending_ || !asleep_.load(); });
  asleep_.store(false);
  idle_checks_ = 0;
  SetWatches(true);
}

void FallbackServer::Wake() {
  std::lock_guard lock(mutex_);
  asleep_.store(false);
  changed_.notify_all();
}

void FallbackServer::Check(HangDetector* detector) {
  detector->Check();
  GuardedRenderer& renderer = detector->renderer();
  if (detector->call() == 0 || renderer.claimed()) return;
  if (detector->Lasts() && IsDying(renderer.pid())) return Interrupt(&renderer, detector->call());
  if (detector->Hangs()) Answer(&renderer, detector->call());
}

/// After a request was read, the kernel lets not even SIGKILL end the wait for its reply. It sends an INTERRUPT, which no
/// thread reads while all hang, and which does not contain the signal.
bool FallbackServer::IsDying(uint32_t pid) {
  return identities_ != nullptr && identities_->IsDying(static_cast<pid_t>(pid));
}

/// Ends the wait of a dying reader. The result of the late call is dropped, so no handle stays open.
void FallbackServer::Interrupt(GuardedRenderer* renderer, uint64_t call) {
  renderer->Claim(call, [](std::string_view request, Replies* replies) {
    InHeader header;
    std::memcpy(&header, request.data(), sizeof(header));
    replies->Send({sizeof(OutHeader), -EINTR, header.unique}, {});
  });
}

void FallbackServer::Answer(GuardedRenderer* renderer, uint64_t call) {
  uint64_t node = renderer->node();
  renderer->Claim(call, [this, node](std::string_view request, Replies* replies) {
    shared_->counters.late.fetch_add(1, std::memory_order_relaxed);
    shared_->counters.late_node.store(node, std::memory_order_relaxed);
    Dispatcher(shared_, this, replies).Handle(request);
  });
}

/// A thread whose request was only interrupted may still come back: new requests wait for it.
bool FallbackServer::AllHang() const {
  return transport_ != nullptr && !detectors_.empty() &&
         std::all_of(detectors_.begin(), detectors_.end(), [](const HangDetector& each) {
           return each.renderer().claimed() && each.Hangs();
         });
}

/// Waits for one new request, and answers it if all threads still hang.
void FallbackServer::ServeNext(std::unique_lock<std::mutex>* lock) {
  Transport* transport = transport_;
  lock->unlock();
  bool ready = transport->Wait(kPeriod);
  lock->lock();
  if (ending_ || !AllHang() || !ready) return;
  if (slot_ < 0) slot_ = journal_->ClaimSlot(kDescriptor);
  if (slot_ < 0) return;
  char* request = journal_->buffer(slot_);
  int length = transport_->Receive(request, kRequestSize);
  if (length > 0) {
    Dispatcher(shared_, this, transport_).Handle({request, static_cast<size_t>(length)});
  } else if (length != -EAGAIN) {
    changed_.wait_for(*lock, kPeriod);  // unmounted
  }
}

Rendered FallbackServer::Render(uint64_t node, const Caller& caller) {
  shared_->counters.fallbacks.fetch_add(1, std::memory_order_relaxed);
  return FindLastBody(node, caller.pid) ? Rendered{0, body_, kUnseen} : HostBody(node);
}

Found FallbackServer::Lookup(uint64_t, std::string_view, const Caller&) { return {EAGAIN, 0}; }

int FallbackServer::MayWrite(uint64_t, const Caller&) { return EAGAIN; }

fuse::Written FallbackServer::Write(uint64_t, const Caller&, std::string_view) { return {EAGAIN, 0}; }

/// Copies the last body of the caller's container to `body_`: the latest of all serving threads, each of which has its
/// own tags. Returns false if there is none, or if the caller's container is unknown.
bool FallbackServer::FindLastBody(uint64_t node, uint32_t pid) {
  if (node == 0 || pid == 0 || identities_ == nullptr) return false;
  callers::Identity identity = identities_->Of(static_cast<pid_t>(pid));
  std::string body;
  uint64_t latest = 0;
  for (const HangDetector& each : detectors_) {
    const CallerState& state = each.renderer().caller_state();
    int tag = state.callers == nullptr ? callers::Callers::kUnknown : state.callers->Recall(identity);
    uint64_t rank = tag == kHostTag ? 0 : state.last_bodies.Find(tag, node, &body);
    if (rank <= latest) continue;
    latest = rank;
    body_.swap(body);
  }
  return latest > 0;
}

/// The host's current bytes or, if their read hangs too, its last ones.
Rendered FallbackServer::HostBody(uint64_t node) {
  std::string_view path = shared_->tree.Describe(node).host();
  if (path.empty()) return {EAGAIN, {}};
  std::string& last = host_bodies_[node];
  int error = host_reader_.Read(std::string(path), &last);
  if (error == 0 || (error == -ETIMEDOUT && !last.empty())) return {0, last, kUnseen};
  return {error == -ETIMEDOUT ? EAGAIN : -error, {}};
}

}  // namespace procview::fuse
