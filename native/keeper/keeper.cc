// procview-keeper COMMAND...: keeps the daemon's descriptors while the daemon is replaced, as systemd's descriptor
// store does. It starts the command, and again when the command ends. On SIGTERM or SIGINT it sends SIGINT to the command,
// which unmounts, and ends.
#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/clock.h"
#include "keeper/store.h"
#include "service/messages.h"

namespace procview::keeper {
namespace {

/// Milliseconds. A daemon that served and ended is started again at once: readers wait.
constexpr long kFirstPause = 100;
constexpr long kLongestPause = 10'000;
/// A daemon is killed that does not serve, report that it is alive, or stop within these times. kStartTimeoutTimeout is long because
/// a start is slow on a machine without CPU time to spare, and another start would be no faster.
constexpr long kStartTimeout = 90'000;
constexpr long kWatchdog = 30'000;
constexpr long kStopTimeout = 20'000;
constexpr long kNever = -1;

constexpr int kFirstDescriptor = 3;

void Log(const char* what, const char* why = "") {
  std::fprintf(stderr, "procview: keeper: %s%s\n", what, why);
}

/// A socket with a name that the kernel chooses. Messages of other senders than the child are discarded.
int Listen(std::string* name) {
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socklen_t length = sizeof(address);
  int yes = 1;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(sa_family_t)) < 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) < 0) {
    return -1;
  }
  *name = "@" + std::string(address.sun_path + 1, length - offsetof(sockaddr_un, sun_path) - 1);
  return fd;
}

constexpr const char* kOomScore = "/proc/self/oom_score_adj";

std::string ReadOomScore() {
  char text[16];
  int fd = open(kOomScore, O_RDONLY | O_CLOEXEC);
  ssize_t length = read(fd, text, sizeof(text));
  close(fd);
  return {text, static_cast<size_t>(std::max(length, ssize_t{0}))};
}

/// -1000: when memory runs out, the kernel kills the child and not the keeper, with which the connection would end. It
/// needs CAP_SYS_RESOURCE; without it the write fails.
void WriteOomScore(std::string_view score) {
  int fd = open(kOomScore, O_WRONLY | O_CLOEXEC);
  if (write(fd, score.data(), score.size()) < 0) errno = 0;
  close(fd);
}

class Keeper {
 public:
  explicit Keeper(char** command) : command_(command) {}
  int Run();

 private:
  void Start();
  [[noreturn]] void Execute();
  void PassDescriptors();
  void ReceiveMessages();
  void Reap();
  void OnExit(int status);
  void Stop();
  void OnTimeout();
  void Finish(int code, bool unmounted);

  char** command_;
  /// Of the keeper at its start, for the child.
  std::string oom_score_;
  Store store_;
  sigset_t signals_{};
  sigset_t before_{};
  std::string name_;
  int messages_ = -1;
  pid_t child_ = 0;
  /// Time of the next OnTimeout.
  long due_ = kNever;
  long pause_ = kFirstPause;
  bool served_ = false;
  bool stopping_ = false;
  bool done_ = false;
  int code_ = 0;
};

int Keeper::Run() {
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&signals_, signal);
  sigprocmask(SIG_BLOCK, &signals_, &before_);
  int signals = signalfd(-1, &signals_, SFD_CLOEXEC);
  messages_ = Listen(&name_);
  if (signals < 0 || messages_ < 0) {
    Log("cannot start: ", strerror(errno));
    return 1;
  }
  oom_score_ = ReadOomScore();
  WriteOomScore("-1000");
  Start();
  pollfd ready[2] = {{signals, POLLIN, 0}, {messages_, POLLIN, 0}};
  while (!done_) {
    long wait = due_ == kNever ? -1 : due_ - base::MonotonicMilliseconds();
    if (wait <= 0 && due_ != kNever) {
      OnTimeout();
      continue;
    }
    if (poll(ready, 2, static_cast<int>(wait)) <= 0) continue;
    // Messages first: the daemon that has ended may have sent some.
    ReceiveMessages();
    signalfd_siginfo signal;
    if ((ready[0].revents & POLLIN) == 0) continue;
    if (read(signals, &signal, sizeof(signal)) != sizeof(signal)) continue;
    if (signal.ssi_signo == SIGCHLD) Reap();
    else if (signal.ssi_signo != SIGHUP) Stop();
    else if (child_ > 0) kill(child_, SIGHUP);
  }
  return code_;
}

void Keeper::Start() {
  store_.ready = false;
  due_ = base::MonotonicMilliseconds() + kStartTimeout;
  child_ = fork();
  if (child_ == 0) Execute();
  if (child_ > 0) return;
  Log("cannot fork: ", strerror(errno));
  due_ = base::MonotonicMilliseconds() + kLongestPause;
}

void Keeper::Execute() {
  sigprocmask(SIG_SETMASK, &before_, nullptr);
  WriteOomScore(oom_score_);
  PassDescriptors();
  setenv("NOTIFY_SOCKET", name_.c_str(), 1);
  setenv("FDSTORE", "64", 1);
  setenv("PROCVIEW_KEEPER", "1", 1);
  setenv("WATCHDOG_USEC", std::to_string(kWatchdog * 1000).c_str(), 1);
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  execv(command_[0], command_);
  Log(command_[0], (std::string(": ") + strerror(errno)).c_str());
  _exit(127);
}

/// sd_listen_fds(3): from 3 on, in order. First out of the way of each other.
void Keeper::PassDescriptors() {
  const auto& kept = store_.kept();
  int count = static_cast<int>(kept.size());
  std::vector<int> moved;
  for (const auto& each : kept) {
    moved.push_back(fcntl(each.second, F_DUPFD_CLOEXEC, kFirstDescriptor + count));
  }
  for (int i = 0; i < count; i++) dup2(moved[static_cast<size_t>(i)], kFirstDescriptor + i);
  setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
  setenv("LISTEN_FDS", std::to_string(count).c_str(), 1);
  setenv("LISTEN_FDNAMES", store_.Names().c_str(), 1);
}

void Keeper::ReceiveMessages() {
  for (;;) {
    std::string text;
    std::vector<int> descriptors;
    int sender = 0;
    if (service::Receive(messages_, &text, &descriptors, &sender) < 0) break;
    if (sender == child_) {
      store_.Receive(text, std::move(descriptors));
    } else {
      for (int descriptor : descriptors) close(descriptor);
    }
  }
  served_ = served_ || store_.ready;
  if (store_.alive && !stopping_ && child_ > 0) due_ = base::MonotonicMilliseconds() + kWatchdog;
  store_.alive = false;
}

void Keeper::Reap() {
  int status;
  // As pid 1 of a container the keeper also gets orphans.
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == child_) OnExit(status);
  }
}

void Keeper::OnExit(int status) {
  child_ = 0;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (stopping_ || store_.handed_over || !served_) {
    Finish(code, code == 0);
    return;
  }
  long pause = store_.ready ? 0 : pause_;
  pause_ = store_.ready ? kFirstPause : std::min(pause_ * 2, kLongestPause);
  due_ = base::MonotonicMilliseconds() + pause;
  if (WIFSIGNALED(status)) Log("the daemon was ended by a signal, starting it again: ", strsignal(WTERMSIG(status)));
  else Log("the daemon has ended, starting it again: code ", std::to_string(code).c_str());
}

void Keeper::Stop() {
  if (stopping_) return;
  stopping_ = true;
  due_ = base::MonotonicMilliseconds() + kStopTimeout;
  if (child_ > 0) kill(child_, SIGINT);
  else Finish(0, false);
}

/// Kills a daemon that does not meet its timeout, or starts one.
void Keeper::OnTimeout() {
  if (child_ > 0) {
    Log(stopping_ ? "the daemon does not stop; killing it" : "the daemon hangs; killing it");
    kill(child_, SIGKILL);
    due_ = base::MonotonicMilliseconds() + kStopTimeout;
  } else {
    Start();
  }
}

/// Unmounts if the daemon could not.
void Keeper::Finish(int code, bool unmounted) {
  if (!unmounted && !store_.mount.empty()) {
    umount2(store_.mount.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
  }
  done_ = true;
  code_ = code;
}

}  // namespace
}  // namespace procview::keeper

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "procview: keeper: no command; usage: procview-keeper COMMAND [ARGUMENT...]\n");
    return 2;
  }
  return procview::keeper::Keeper(arguments + 1).Run();
}
