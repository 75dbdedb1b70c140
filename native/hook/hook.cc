// procview-hook: requests the daemon to attach to a container that is about to start. An OCI runtime runs it as
// a prestart hook, with the container's state on stdin; LXC as lxc.hook.start-host, with --lxc.
//
//   procview-hook [--socket PATH] [--timeout MS] [--lxc]
//
// It always exits in time and with 0, because the container must start: a failure is one line on stderr. It is a program
// of its own because each start waits for it, and Node needs 40 ms to start.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "hook/message.h"

using namespace procview::hook;
using procview::base::MonotonicMilliseconds;

namespace {

/// The state that an OCI runtime passes has a few hundred bytes, and annotations.
constexpr size_t kMaxState = 1 << 20;
constexpr size_t kMaxAnswer = 4096;

/// Prints why nothing was attached, in one line.
int ReportFailure(const Options& options, std::string_view what, std::string_view why) {
  std::string line = FailureLine(options.socket, what, why);
  (void)!write(STDERR_FILENO, line.data(), line.size());
  return 0;
}

class Deadline {
 public:
  explicit Deadline(long milliseconds) : end_(MonotonicMilliseconds() + milliseconds) {}

  /// Waits until `fd` is ready; false if the time is over first.
  bool Await(int fd, short events) const {
    for (;;) {
      long left = end_ - MonotonicMilliseconds();
      pollfd waiting{fd, events, 0};
      int ready = left > 0 ? poll(&waiting, 1, static_cast<int>(left)) : 0;
      if (ready >= 0 || errno != EINTR) return ready > 0;
    }
  }

 private:
  long end_;
};

/// Reads until the end or until `limit` bytes. Returns an errno, 0 if all went well.
int ReadAll(int fd, const Deadline& deadline, size_t limit, std::string* text) {
  char piece[4096];
  while (text->size() < limit) {
    if (!deadline.Await(fd, POLLIN)) return ETIMEDOUT;
    ssize_t size = read(fd, piece, sizeof piece);
    if (size == 0) return 0;
    if (size > 0) text->append(piece, size);
    else if (errno != EINTR && errno != EAGAIN) return errno;
  }
  return 0;
}

int WriteAll(int fd, const Deadline& deadline, std::string_view text) {
  while (!text.empty()) {
    if (!deadline.Await(fd, POLLOUT)) return ETIMEDOUT;
    ssize_t size = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (size >= 0) text.remove_prefix(size);
    else if (errno != EINTR && errno != EAGAIN) return errno;
  }
  return 0;
}

/// Returns a descriptor, or a negative errno. A daemon that hangs has its queue full: EAGAIN, at once.
int Connect(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof address.sun_path) return -ENAMETOOLONG;
  memcpy(address.sun_path, path.data(), path.size());
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  int error = errno;
  close(fd);
  return -error;
}

int RequestAttach(const Options& options, const Deadline& deadline, const std::string& state) {
  int fd = Connect(options.socket);
  if (fd < 0) return ReportFailure(options, "cannot connect to the daemon", strerror(-fd));
  std::string request = AttachRequest(state);
  std::string answer;
  int error = WriteAll(fd, deadline, request);
  if (error == 0) error = ReadAll(fd, deadline, kMaxAnswer, &answer);
  close(fd);
  if (error != 0) return ReportFailure(options, "no answer from the daemon", strerror(error));
  std::string_view body;
  return Succeeded(answer, &body) ? 0 : ReportFailure(options, "", body);
}

}  // namespace

int main(int count, char** arguments) {
  Options options = ParseArguments(count, arguments);
  Deadline deadline(options.timeout_ms);
  std::string state = options.lxc ? StateOfPid(getenv("LXC_PID")) : "";
  int error = options.lxc ? 0 : ReadAll(STDIN_FILENO, deadline, kMaxState, &state);
  if (error != 0) return ReportFailure(options, "cannot read the container's state", strerror(error));
  if (state.empty()) return ReportFailure(options, "", "the runtime passed no container");
  return RequestAttach(options, deadline, state);
}
