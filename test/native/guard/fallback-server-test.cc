// The fallback server answers while a serving thread hangs, and only one of both threads answers.
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <thread>

#include "fixture.h"
#include "guard/fallback-server.h"

using namespace procview;
using namespace procview::fuse;
using procview::callers::Callers;

namespace {

constexpr uint32_t kPid = 7;

/// Hangs from Hang(true) to Hang(false).
class HangingRenderer : public SampleRenderer {
 public:
  Rendered Render(uint64_t node, const Caller& caller) override {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return !hang; });
    for (auto end = std::chrono::steady_clock::now() + busy; std::chrono::steady_clock::now() < end;) continue;
    return SampleRenderer::Render(node, caller);
  }

  void Hang(bool on) {
    std::lock_guard lock(mutex);
    hang = on;
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  bool hang = false;
  /// How long it computes.
  std::chrono::milliseconds busy{0};
};

/// Blocks a reply while the test holds the mutex.
class BlockingReplies : public KeptReplies {
 public:
  void Send(const OutHeader& header, std::string_view data) override {
    std::lock_guard lock(mutex);
    KeptReplies::Send(header, data);
  }
  bool Sent() {
    std::lock_guard lock(mutex);
    return !sent.empty();
  }

  std::mutex mutex;
};

/// A serving thread's parts, without a connection.
struct Serving {
  explicit Serving(CallerState* state) : guarded(&shared, &renderer, &replies, state) {
    handles.Begin(InMemory());
    fallback_server.Add(&guarded, nullptr);
  }
  ~Serving() { fallback_server.Remove(&guarded); }

  /// The replies to one request that hangs until one has come.
  std::vector<Message> AskWhileHanging(const std::string& frame) {
    replies.sent.clear();
    renderer.Hang(true);
    std::thread thread([&] { Handle(frame); });
    // On a busy machine the checks are late. A request that is claimed is not answered yet: a late render must not change
    // the last body meanwhile.
    for (int i = 0; i < 3000 && !replies.Sent(); i++) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    renderer.Hang(false);
    thread.join();
    return replies.sent;
  }

  void Handle(const std::string& frame) {
    guarded.Handle(frame);
  }

  std::vector<Node> Nodes() {
    std::vector<Node> nodes = SampleNodes();
    for (Node& node : nodes) {
      if (node.id == kMeminfo) node.host = "/proc/version";
    }
    return nodes;
  }

  std::string problem;
  base::Error error;
  Negotiated negotiated;
  Handles handles{1000};
  Shared shared{Tree::Build(Nodes(), &problem), &handles, &negotiated};
  HangingRenderer renderer;
  BlockingReplies replies;
  GuardedRenderer guarded;
  std::unique_ptr<RequestJournal> journal = RequestJournal::Open("", &error);
  FallbackServer fallback_server{&shared, journal.get()};
};

std::string Opened(const Serving& serving, const std::vector<Message>& sent) {
  if (sent.size() != 1 || sent[0].header.error != 0) return "no handle";
  Caller caller{kPid, 0, 0};
  auto handle = From<OpenOut>(sent[0].data).fh;
  BodyReference body = serving.shared.files.Read(handle, 0, &caller);
  return body ? std::string(body.view()) : "no body";
}

void TestHost() {
  CallerState state;
  Serving serving(&state);
  std::string version = "Linux version";
  auto sent = serving.AskWhileHanging(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid));
  IS(sent.size(), size_t{1}, "an OPEN that hangs gets one answer");
  IS(Opened(serving, sent).substr(0, version.size()), version, "the host's bytes to an unknown caller");
  IS(serving.shared.files.size(), size_t{1}, "the late render opens nothing");
  IS(serving.shared.counters.late.load(), uint64_t{1}, "counted");
  IS(serving.shared.counters.late_node.load(), kMeminfo, "with its file");
  serving.replies.sent.clear();
  serving.Handle(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid));
  IS(Opened(serving, serving.replies.sent), "render 2 of node 2 for 7\n", "then the next one is rendered again");
  sent = serving.AskWhileHanging(Frame(kOpen, kOnline, Bytes(OpenIn{}), kPid));
  IS(sent.size() == 1 ? sent[0].header.error : 0, -EAGAIN, "an error where there is nothing to give");
}

void TestOwner() {
  Callers callers("/proc", 4, 0);
  CallerState state{.callers = &callers};
  Serving serving(&state);
  callers.Open(gettid());
  callers.SetTag(gettid(), {1, 42});
  const auto self = static_cast<uint32_t>(gettid());
  IS(serving.guarded.Render(kMeminfo, {self, 0, 0}).owner, uint64_t{42}, "a body counts to its caller's container");
  IS(serving.guarded.Render(kMeminfo, {kPid, 0, 0}).owner, kHost, "and to the host for an unknown caller");
}

/// The health of the daemon depends on Works: it must notice that the fallback server itself hangs.
void TestStuck() {
  CallerState state;
  Serving serving(&state);
  OK(serving.fallback_server.Works(), "it works");
  std::unique_lock held(serving.replies.mutex);
  serving.renderer.Hang(true);
  std::thread thread([&] { serving.Handle(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid)); });
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (serving.fallback_server.Works() && std::chrono::steady_clock::now() < limit) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  OK(!serving.fallback_server.Works(), "it is reported when it hangs in its own reply");
  held.unlock();
  serving.renderer.Hang(false);
  thread.join();
  for (int i = 0; i < 100 && !serving.fallback_server.Works(); i++) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  OK(serving.fallback_server.Works(), "until it goes on");
}

/// The fallback server sleeps after a second without a call.
void TestAfterSilence() {
  CallerState state;
  Serving serving(&state);
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  auto sent = serving.AskWhileHanging(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid));
  IS(serving.shared.counters.late.load(), uint64_t{1}, "it answers also after a long pause");
  IS(sent.size(), size_t{1}, "with one answer");
}

void TestLastBody() {
  Callers callers("/proc", 4, 0);
  CallerState state{.callers = &callers};
  auto self = static_cast<uint32_t>(gettid());
  Serving serving(&state);
  // This very thread is container 1.
  callers.Open(gettid());
  callers.SetTag(gettid(), {1});
  serving.Handle(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), self));
  std::string last = Opened(serving, serving.replies.sent);
  auto sent = serving.AskWhileHanging(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), self));
  IS(Opened(serving, sent), last, "the last body of its container");
  serving.renderer.error = kLastBody;
  serving.replies.sent.clear();
  serving.Handle(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), self));
  IS(Opened(serving, serving.replies.sent), "render 2 of node 2 for " + std::to_string(self) + "\n",
     "also when its view fails: the late render's");
  Serving again(&state);
  sent = again.AskWhileHanging(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), self));
  IS(Opened(again, sent), "render 2 of node 2 for " + std::to_string(self) + "\n", "also when its thread serves again");
}

/// A fake of a reader's /proc/<tid>/stat with its pending signals. Without a mount a test has no thread that a signal
/// has reached while it waits for a reply.
struct FakeProc {
  std::string path;
  FakeProc() {
    char name[] = "/tmp/fallback-server-test-XXXXXX";
    path = mkdtemp(name);
    std::filesystem::create_directory(path + "/" + std::to_string(kPid));
  }
  ~FakeProc() { std::filesystem::remove_all(path); }

  void Pending(uint64_t signals) const {
    std::ofstream stat(path + "/" + std::to_string(kPid) + "/stat");
    stat << "7 (a ) S) D";
    for (int field = 4; field < 31; field++) stat << " 1";
    stat << ' ' << signals << " 0 0\n";
  }
};

void TestKilled() {
  FakeProc proc;
  Callers callers(proc.path, 4, 0);
  CallerState state{.callers = &callers};
  Serving serving(&state);
  proc.Pending(1 << (SIGTERM - 1));
  auto sent = serving.AskWhileHanging(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid));
  IS(sent.size() == 1 ? sent[0].header.error : 1, 0, "a signal that does not kill changes nothing");
  IS(serving.shared.files.size(), size_t{1}, "the file is open");
  proc.Pending(1 << (SIGKILL - 1));
  sent = serving.AskWhileHanging(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid));
  IS(sent.size(), size_t{1}, "an OPEN whose reader is killed gets one answer");
  IS(sent.empty() ? 0 : sent[0].header.error, -EINTR, "an error");
  IS(serving.shared.files.size(), size_t{1}, "and opens nothing");
  IS(serving.shared.counters.late.load(), uint64_t{1}, "it does not count as late");
  proc.Pending(0);
  serving.replies.sent.clear();
  serving.Handle(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid));
  IS(Opened(serving, serving.replies.sent), "render 3 of node 2 for 7\n", "then the next one is rendered again");
}

void TestBusy() {
  CallerState state;
  Serving serving(&state);
  serving.renderer.busy = std::chrono::milliseconds(2000);
  serving.Handle(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid));
  IS(Opened(serving, serving.replies.sent), "render 1 of node 2 for 7\n", "a thread that computes or waits for a CPU is no hang");
}

void TestLastBodies() {
  LastBodies bodies(1000);
  std::string body;
  bodies.Keep(1, 2, "one");
  bodies.Keep(2, 2, "two");
  OK(bodies.Find(1, 2, &body) != 0 && body == "one", "each container has its own");
  OK(bodies.Find(3, 2, &body) == 0 && bodies.Find(1, 3, &body) == 0, "and no other's");
  uint64_t before = bodies.Find(2, 2, &body);
  bodies.Keep(1, 2, "new");
  OK(bodies.Find(1, 2, &body) > before && body == "new", "the last one, of a higher rank");
  bodies.Keep(4, 2, std::string(700, 'x'));
  OK(bodies.Find(2, 2, &body) == 0, "the oldest is dropped");
  bodies.Keep(5, 2, std::string(2000, 'x'));
  OK(bodies.Find(5, 2, &body) == 0, "a body over the budget is not kept");
}

}  // namespace

int main() {
  TestHost();
  TestOwner();
  TestStuck();
  TestAfterSilence();
  TestLastBody();
  TestKilled();
  TestBusy();
  TestLastBodies();
  return tap::Finish();
}
