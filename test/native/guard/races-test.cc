// Serving threads at what they share: open files, counters, last bodies, the stand-in. Under the thread
// sanitizer (make tsan) this shows that they may.
#include <thread>

#include "fixture.h"
#include "guard/fallback-server.h"

using namespace procview;
using namespace procview::fuse;
using procview::callers::Callers;

namespace {

constexpr int kThreads = 4;
constexpr int kRounds = 400;

/// What one serving thread has of its own.
struct Server {
  Server(Shared* shared, StandIn* stand_in)
      : callers("/proc", 4, 0), desk(shared, &renderer, &replies, &readers), dispatcher(shared, &desk, &desk) {
    callers.Open(getpid());
    callers.SetTag(getpid(), {1});
    stand_in->Enter(&desk, -1);
  }

  std::string Ask(uint32_t opcode, uint64_t node, std::string_view body) {
    replies.sent.clear();
    const std::string frame = Frame(opcode, node, body, static_cast<uint32_t>(getpid()));
    desk.Lay(frame);
    dispatcher.Handle(frame);
    return replies.sent.size() == 1 && replies.sent[0].header.error == 0 ? replies.sent[0].data : "";
  }

  SampleRenderer renderer;
  KeptReplies replies;
  Callers callers;
  Readers readers{.callers = &callers};
  Desk desk;
  Dispatcher dispatcher;
};

/// Opens files, and reads each from its middle: it has to be what this thread has rendered.
int Serve(Shared* shared, StandIn* stand_in, int number) {
  Server server(shared, stand_in);
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
  stand_in->Leave(&server.desk);
  return wrong;
}

void TestServing() {
  std::string problem;
  std::vector<Node> nodes = SampleNodes();
  for (Node& node : nodes) node.host = node.id == kMeminfo ? "/proc/version" : "";
  Negotiated negotiated;
  Shared shared{Tree::Build(nodes, &problem), 1000, &negotiated};
  shared.handles.Begin(InMemory());
  base::Error error;
  std::unique_ptr<Journal> journal = Journal::Open("", &error);
  StandIn stand_in{&shared, journal.get()};
  int wrong[kThreads] = {};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; i++) {
    threads.emplace_back([&, i] { wrong[i] = Serve(&shared, &stand_in, i); });
  }
  bool attends = true;
  for (int i = 0; i < 100; i++) attends = stand_in.Attends() && attends;
  for (std::thread& thread : threads) thread.join();
  for (int each : wrong) IS(each, 0, "each reads what it was shown when it opened");
  OK(attends, "and none was late");
  IS(shared.counters.opens.load(), uint64_t{kThreads * kRounds}, "all are counted");
  IS(shared.handles.size(), size_t{kThreads * kRounds / 8}, "what was not closed is open");
}

}  // namespace

int main() {
  TestServing();
  return tap::Finish();
}
