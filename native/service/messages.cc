#include "service/messages.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace procview::service {
namespace {

constexpr size_t kMostText = 8192;

union Control {
  cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(int) * kMostDescriptors) + CMSG_SPACE(sizeof(ucred))];
};

int SendTo(int socket, const sockaddr_un* address, socklen_t length, std::string_view text,
           const std::vector<int>& descriptors) {
  if (descriptors.size() > kMostDescriptors) return EINVAL;
  Control control{};
  iovec part{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_name = const_cast<sockaddr_un*>(address);
  message.msg_namelen = length;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    size_t size = sizeof(int) * descriptors.size();
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(header), descriptors.data(), size);
  }
  for (;;) {
    ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(text.size())) return 0;
    if (sent >= 0) return EMSGSIZE;
    if (errno != EINTR) return errno;
  }
}

void AppendDescriptors(const cmsghdr* header, std::vector<int>* descriptors) {
  size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  size_t had = descriptors->size();
  descriptors->resize(had + count);
  std::memcpy(descriptors->data() + had, CMSG_DATA(header), count * sizeof(int));
}

}  // namespace

int Send(int socket, std::string_view text, const std::vector<int>& descriptors) {
  return SendTo(socket, nullptr, 0, text, descriptors);
}

int Notify(const std::string& name, std::string_view text, const std::vector<int>& descriptors) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.empty() || name.size() >= sizeof(address.sun_path)) return EINVAL;
  name.copy(address.sun_path, name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  // A path ends with NUL, an abstract name with its last byte.
  size_t length = offsetof(sockaddr_un, sun_path) + name.size() + (name[0] == '@' ? 0 : 1);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  // A service manager that hangs must not block the daemon.
  timeval limit{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  int error = SendTo(fd, &address, static_cast<socklen_t>(length), text, descriptors);
  close(fd);
  return error;
}

int Receive(int socket, std::string* text, std::vector<int>* descriptors, int* sender) {
  char bytes[kMostText];
  Control control{};
  iovec part{bytes, sizeof(bytes)};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof(control.bytes);
  ssize_t size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (size < 0) return -errno;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET) continue;
    if (header->cmsg_type == SCM_RIGHTS) AppendDescriptors(header, descriptors);
    if (header->cmsg_type != SCM_CREDENTIALS || sender == nullptr) continue;
    ucred credentials;
    std::memcpy(&credentials, CMSG_DATA(header), sizeof(credentials));
    *sender = credentials.pid;
  }
  text->append(bytes, static_cast<size_t>(size));
  return static_cast<int>(size);
}

}  // namespace procview::service
