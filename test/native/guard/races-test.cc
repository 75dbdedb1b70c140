// Serving threads use their shared state at once: open files, counters, last bodies, the fallback server. The thread
// sanitizer (make tsan) checks that this is safe.
#include <thread>

#include "fixture.h"
#include "guard/fallback-server.h"

using namespace procview;
using namespace procview::fuse;
using procview::callers::Callers;

namespace {

constexpr int kThreads = 4;
constexpr int kRounds = 400;

/// The state of one serving thread.
struct Server {
  Server(Shared* shared, FallbackServer* fallback_server)
      : callers("/proc", 4, 0), guarded(shared, &renderer, &replies, &state) {
    callers.Open(getpid());
    callers.SetTag(getpid(), {1});
    fallback_server->Add(&guarded, nullptr);
  }

  std::string Ask(uint32_t opcode, uint64_t node, std::string_view body) {
    replies.sent.clear();
    const std::string frame = Frame(opcode, node, body, static_cast<uint32_t>(getpid()));
    guarded.Handle(frame);
    return replies.sent.size() == 1 && replies.sent[0].header.error == 0 ? replies.sent[0].data : "";
  }

  SampleRenderer renderer;
  KeptReplies replies;
  Callers callers;
  CallerState state{.callers = &callers};
  GuardedRenderer guarded;
};

/// Opens files, and reads each from its middle. The text must be the one that this thread has rendered.
int Serve(Shared* shared, FallbackServer* fallback_server, int number) {
  Server server(shared, fallback_server);
  server.renderer.padding = static_cast<size_t>(number) * 3000;
  int wrong = 0;
  for (int round = 1; round <= kRounds; round++) {
    auto handle = From<OpenOut>(server.Ask(kOpen, kMeminfo, Bytes(OpenIn{}))).fh;
    const std::string start = "render " + std::to_string(round) + " of node 2 for ";
    ReadIn in{handle, 2, 100, kReadLockOwner, 0, 0, 0};
    wrong += server.Ask(kRead, kMeminfo, Bytes(in)).rfind(start.substr(2), 0) != 0;
    server.Ask(kGetattr, kMeminfo, Bytes(GetattrIn{}));
    server.Ask(kReaddir, kSys, Bytes(ReadIn{0, 0, 4096, 0, 0, 0, 0}));
    if (round % 8 != 0) server.Ask(kRelease, kMeminfo, Bytes(ReleaseIn{handle, 0, 0, 0}));
  }
  fallback_server->Remove(&server.guarded);
  return wrong;
}

void TestServing() {
  std::string problem;
  std::vector<Node> nodes = SampleNodes();
  for (Node& node : nodes) node.host = node.id == kMeminfo ? "/proc/version" : "";
  Negotiated negotiated;
  Handles handles{1000};
  handles.Begin(InMemory());
  Shared shared{Tree::Build(nodes, &problem), &handles, &negotiated};
  base::Error error;
  std::unique_ptr<RequestJournal> journal = RequestJournal::Open("", &error);
  FallbackServer fallback_server{&shared, journal.get()};
  int wrong[kThreads] = {};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; i++) {
    threads.emplace_back([&, i] { wrong[i] = Serve(&shared, &fallback_server, i); });
  }
  bool works = true;
  for (int i = 0; i < 100; i++) works = fallback_server.Works() && works;
  for (std::thread& thread : threads) thread.join();
  for (int each : wrong) IS(each, 0, "each thread reads the bodies of its own opens");
  OK(works, "and the fallback server checks them");
  IS(shared.counters.opens.load(), uint64_t{kThreads * kRounds}, "all are counted");
  IS(shared.files.size(), size_t{kThreads * kRounds / 8}, "what was not closed is open");
}

}  // namespace

int main() {
  TestServing();
  return tap::Finish();
}
