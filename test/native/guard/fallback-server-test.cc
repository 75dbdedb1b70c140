// Who answers when a serving thread hangs, and that it is only one of the two.
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

/// Hangs when asked to, until it is let go.
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

/// A serving thread's parts, without a connection.
struct Serving {
  explicit Serving(Readers* readers) : desk(&shared, &renderer, &replies, readers) {
    shared.handles.Begin(InMemory());
    stand_in.Enter(&desk, -1);
  }
  ~Serving() { stand_in.Leave(&desk); }

  /// The replies to one request that hangs until one has come.
  std::vector<Message> AskWhileHanging(const std::string& frame) {
    replies.sent.clear();
    renderer.Hang(true);
    std::thread thread([&] { Handle(frame); });
    // Where CPUs are short it looks late.
    for (int i = 0; i < 3000 && !desk.claimed(); i++) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    renderer.Hang(false);
    thread.join();
    return replies.sent;
  }

  void Handle(const std::string& frame) {
    desk.Lay(frame);
    dispatcher.Handle(frame);
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
  Shared shared{Tree::Build(Nodes(), &problem), 1000, &negotiated};
  HangingRenderer renderer;
  KeptReplies replies;
  Desk desk;
  Dispatcher dispatcher{&shared, &desk, &desk};
  std::unique_ptr<Journal> journal = Journal::Open("", &error);
  StandIn stand_in{&shared, journal.get()};
};

std::string Opened(const Serving& serving, const std::vector<Message>& sent) {
  if (sent.size() != 1 || sent[0].header.error != 0) return "no handle";
  Caller caller{kPid, 0, 0};
  auto handle = From<OpenOut>(sent[0].data).fh;
  BodyReference body = const_cast<Shared&>(serving.shared).handles.Read(handle, 0, &caller);
  return body ? std::string(body.view()) : "no body";
}

void TestHost() {
  Readers readers;
  Serving serving(&readers);
  std::string version = "Linux version";
  auto sent = serving.AskWhileHanging(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid));
  IS(sent.size(), size_t{1}, "an OPEN that hangs gets one answer");
  IS(Opened(serving, sent).substr(0, version.size()), version, "the host's bytes to who is not known");
  IS(serving.shared.handles.size(), size_t{1}, "the late render opens nothing");
  IS(serving.shared.counters.late.load(), uint64_t{1}, "counted");
  IS(serving.shared.counters.late_node.load(), kMeminfo, "with its file");
  serving.replies.sent.clear();
  serving.Handle(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid));
  IS(Opened(serving, serving.replies.sent), "render 2 of node 2 for 7\n", "then all is as before");
  sent = serving.AskWhileHanging(Frame(kOpen, kOnline, Bytes(OpenIn{}), kPid));
  IS(sent.size() == 1 ? sent[0].header.error : 0, -EAGAIN, "an error where there is nothing to give");
}

/// The stand-in sleeps after a second in which nothing was asked.
void TestAfterSilence() {
  Readers readers;
  Serving serving(&readers);
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  auto sent = serving.AskWhileHanging(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid));
  IS(serving.shared.counters.late.load(), uint64_t{1}, "it is there also after a long silence");
  IS(sent.size(), size_t{1}, "with one answer");
}

void TestSnapshot() {
  Callers callers("/proc", 4, 0);
  Readers readers{.callers = &callers};
  auto self = static_cast<uint32_t>(gettid());
  Serving serving(&readers);
  // This very thread is container 1.
  callers.Open(gettid());
  callers.SetTag(gettid(), {1});
  serving.Handle(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), self));
  std::string last = Opened(serving, serving.replies.sent);
  auto sent = serving.AskWhileHanging(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), self));
  IS(Opened(serving, sent), last, "what its container saw last");
  serving.renderer.error = kLastBody;
  serving.replies.sent.clear();
  serving.Handle(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), self));
  IS(Opened(serving, serving.replies.sent), "render 2 of node 2 for " + std::to_string(self) + "\n",
     "also when its view fails: the late render's");
  Serving again(&readers);
  sent = again.AskWhileHanging(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), self));
  IS(Opened(again, sent), "render 2 of node 2 for " + std::to_string(self) + "\n", "also when its thread begins anew");
}

/// The fake: a reader's /proc/<tid>/stat, with what signals are pending. A thread that a signal has reached
/// while it waits for us is nothing that a test can make without a mount.
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
  Readers readers{.callers = &callers};
  Serving serving(&readers);
  proc.Pending(1 << (SIGTERM - 1));
  auto sent = serving.AskWhileHanging(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid));
  IS(sent.size() == 1 ? sent[0].header.error : 1, 0, "a signal that does not kill changes nothing");
  IS(serving.shared.handles.size(), size_t{1}, "the file is open");
  proc.Pending(1 << (SIGKILL - 1));
  sent = serving.AskWhileHanging(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid));
  IS(sent.size(), size_t{1}, "an OPEN whose reader is killed gets one answer");
  IS(sent.empty() ? 0 : sent[0].header.error, -EINTR, "which lets it go");
  IS(serving.shared.handles.size(), size_t{1}, "and opens nothing");
  IS(serving.shared.counters.late.load(), uint64_t{1}, "it is no late one");
  proc.Pending(0);
  serving.replies.sent.clear();
  serving.Handle(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid));
  IS(Opened(serving, serving.replies.sent), "render 3 of node 2 for 7\n", "then all is as before");
}

void TestBusy() {
  Readers readers;
  Serving serving(&readers);
  serving.renderer.busy = std::chrono::milliseconds(2000);
  serving.Handle(Frame(kOpen, kMeminfo, Bytes(OpenIn{}), kPid));
  IS(Opened(serving, serving.replies.sent), "render 1 of node 2 for 7\n", "who computes, or waits for a CPU, is waited for");
}

void TestSnapshots() {
  Snapshots snapshots(1000);
  std::string body;
  snapshots.Keep(1, 2, "one");
  snapshots.Keep(2, 2, "two");
  OK(snapshots.Find(1, 2, &body) != 0 && body == "one", "each container has its own");
  OK(snapshots.Find(3, 2, &body) == 0 && snapshots.Find(1, 3, &body) == 0, "and nobody else's");
  uint64_t before = snapshots.Find(2, 2, &body);
  snapshots.Keep(1, 2, "new");
  OK(snapshots.Find(1, 2, &body) > before && body == "new", "the last one, of a higher rank");
  snapshots.Keep(4, 2, std::string(700, 'x'));
  OK(snapshots.Find(2, 2, &body) == 0, "the oldest gives way");
  snapshots.Keep(5, 2, std::string(2000, 'x'));
  OK(snapshots.Find(5, 2, &body) == 0, "what is too large is not kept");
}

}  // namespace

int main() {
  TestHost();
  TestAfterSilence();
  TestSnapshot();
  TestKilled();
  TestBusy();
  TestSnapshots();
  return tap::Finish();
}
