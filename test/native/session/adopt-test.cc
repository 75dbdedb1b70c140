// A process that serves is killed in the middle of a request, and another one answers it. Needs root
// and /dev/fuse.
#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "fixture.h"
#include "session/session.h"

using namespace procview;
using namespace procview::fuse;

namespace {

/// Its process dies in the middle of every OPEN, before or after the handler has asked for the body.
struct Dying : SampleRenderer {
  Rendered Render(uint64_t, const Caller&) override {
    raise(SIGKILL);
    return {EIO, {}};
  }
};

struct Served {
  std::string directory;
  std::string journal;
  std::shared_ptr<Session> session;

  Served() {
    char name[] = "/tmp/procview-adopt-XXXXXX";
    directory = mkdtemp(name);
    journal = directory + ".journal";
    session = Open({});
  }
  ~Served() {
    umount2(directory.c_str(), MNT_DETACH);
    rmdir(directory.c_str());
    unlink(journal.c_str());
  }

  std::shared_ptr<Session> Open(std::vector<Inherited> inherited) {
    base::Error error;
    auto opened = Session::Create({directory, "test", SampleNodes(), 2, journal, std::move(inherited)}, &error);
    if (error) std::printf("# %s: %s\n", error.syscall, error.what.c_str());
    return opened;
  }

  /// What a store would hand to the next process.
  std::vector<Inherited> Kept() {
    std::vector<Inherited> kept;
    for (uint32_t i = 0; i < session->descriptors().size(); i++) {
      kept.push_back({session->NameOf(i), base::Fd(dup(session->descriptors()[i].get()))});
    }
    return kept;
  }

  pid_t Start(uint32_t worker, Renderer* renderer) {
    pid_t child = fork();
    if (child != 0) return child;
    base::Error error;
    auto successor = Open(Kept());
    bool adopted = successor != nullptr && successor->adopted();
    CallerState readers;
    if (adopted) successor->Serve(worker, renderer, &readers, &error);
    _exit(adopted ? 0 : 1);
  }

  /// True if it was killed, as it should.
  bool Die(uint32_t worker) {
    Dying dying;
    int status = 0;
    waitpid(Start(worker, &dying), &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }
};

/// A process that reads the file. It reports the result.
struct Reader {
  int out = -1;
  pid_t pid = -1;

  explicit Reader(const std::string& path) {
    int ends[2];
    if (pipe(ends) < 0) return;
    pid = fork();
    if (pid == 0) {
      char text[100];
      int fd = open(path.c_str(), O_RDONLY);
      ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text));
      std::string result = size < 0 ? "errno " + std::to_string(errno) : std::string(text, size);
      _exit(write(ends[1], result.data(), result.size()) < 0);
    }
    close(ends[1]);
    out = ends[0];
  }

  std::string Result() {
    char text[100];
    ssize_t size = read(out, text, sizeof(text));
    waitpid(pid, nullptr, 0);
    close(out);
    return {text, static_cast<size_t>(size < 0 ? 0 : size)};
  }
};

void End(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

void TestAnswered(uint32_t dying, uint32_t next) {
  Served served;
  SampleRenderer renderer;
  Reader reader(served.directory + "/meminfo");
  OK(served.Die(dying), "killed in the middle of an OPEN");
  pid_t successor = served.Start(next, &renderer);
  std::string expected = "render 1 of node 2 for " + std::to_string(reader.pid) + "\n";
  IS(reader.Result(), expected, "the reader gets the successor's answer");
  Reader another(served.directory + "/meminfo");
  OK(another.Result().starts_with("render 2 of node 2"), "and so does the next one");
  End(successor);
}

/// The request that the fallback server handles.
void TestStandIn() {
  Served served;
  Reader reader(served.directory + "/meminfo");
  pid_t dying = fork();
  if (dying == 0) {
    base::Error error;
    auto journal = RequestJournal::Open(served.journal, &error);
    char* buffer = journal->buffer(journal->ClaimSlot(FallbackServer::kDescriptor));
    int device = served.session->descriptors()[FallbackServer::kDescriptor].get();
    pollfd ready{device, POLLIN, 0};
    if (poll(&ready, 1, -1) == 1 && read(device, buffer, kRequestSize) > 0) raise(SIGKILL);
    _exit(1);
  }
  int status = 0;
  waitpid(dying, &status, 0);
  OK(WIFSIGNALED(status), "killed when the fallback server has read a request");
  SampleRenderer renderer;
  pid_t successor = served.Start(1, &renderer);
  OK(reader.Result().starts_with("render 1 of node 2"), "it is answered");
  End(successor);
}

void TestDeadly() {
  Served served;
  Reader reader(served.directory + "/meminfo");
  for (uint32_t i = 0; i <= RequestJournal::kRetryLimit; i++) OK(served.Die(0), "killed by it again");
  SampleRenderer renderer;
  pid_t successor = served.Start(0, &renderer);
  IS(reader.Result(), "errno " + std::to_string(EIO), "a request that kills everyone is given up");
  End(successor);
}

/// The kernel sends again what was read by somebody who kept it elsewhere.
void TestResent() {
  Served served;
  bool resends = Resend(served.session->descriptors()[0].get());
  Reader reader(served.directory + "/meminfo");
  OK(served.Die(0), "killed");
  int file = open(served.journal.c_str(), O_RDWR | O_CLOEXEC);
  constexpr off_t kVersionAt = 48;
  uint32_t other = 99;
  OK(pwrite(file, &other, sizeof(other), kVersionAt) == sizeof(other), "the journal is another version's");
  close(file);
  SampleRenderer renderer;
  pid_t successor = served.Start(0, &renderer);
  if (resends) OK(reader.Result().starts_with("render 1 of node 2"), "the kernel sends it again");
  End(successor);
  if (!resends) End(reader.pid);
}

void TestNotOurs() {
  Served served;
  std::vector<Inherited> kept = served.Kept();
  kept[0].name = "procview-1-0";
  umount2(served.directory.c_str(), MNT_DETACH);
  auto other = served.Open(std::move(kept));
  OK(other != nullptr && !other->adopted(), "another connection's descriptors are not taken");
  kept = served.Kept();
  umount2(served.directory.c_str(), MNT_DETACH);
  other = served.Open(std::move(kept));
  OK(other != nullptr && !other->adopted(), "nor is what is mounted no more");
}

}  // namespace

int main() {
  if (geteuid() != 0 || access("/dev/fuse", R_OK | W_OK) != 0) {
    std::printf("1..0 # SKIP needs root and /dev/fuse\n");
    return 0;
  }
  TestAnswered(0, 0);
  TestAnswered(1, 0);
  TestAnswered(0, 1);
  TestStandIn();
  TestDeadly();
  TestResent();
  TestNotOurs();
  return tap::Finish();
}
