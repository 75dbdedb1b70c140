#include "service/takeover.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "service/messages.h"

namespace procview::service {
namespace {

bool IsComplete(std::string_view answer) {
  size_t end = answer.find("\r\n\r\n");
  return answer.starts_with("HTTP/1.1 101 ") && end != answer.npos &&
         answer.find('\n', end + 4) != answer.npos;
}

Handover Failed(Handover handed, int error, const char* syscall) {
  for (int fd : handed.descriptors) close(fd);
  if (handed.socket >= 0) close(handed.socket);
  return {error, syscall, -1, {}, {}};
}

}  // namespace

Handover TakeOver(const std::string& path, const std::string& request, int timeout_ms) {
  Handover handed;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return Failed({}, ENAMETOOLONG, "connect");
  path.copy(address.sun_path, path.size());
  handed.socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (handed.socket < 0) return Failed({}, errno, "socket");
  timeval limit{timeout_ms / 1000, timeout_ms % 1000 * 1000};
  setsockopt(handed.socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(handed.socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (connect(handed.socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) < 0) {
    return Failed(std::move(handed), errno, "connect");
  }
  int error = Send(handed.socket, request, {});
  if (error != 0) return Failed(std::move(handed), error, "sendmsg");
  while (!IsComplete(handed.answer)) {
    int size = Receive(handed.socket, &handed.answer, &handed.descriptors);
    if (size == 0) break;
    if (size < 0) return Failed(std::move(handed), -size, "recvmsg");
  }
  return handed;
}

}  // namespace procview::service
