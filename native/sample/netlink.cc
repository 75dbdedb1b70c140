#include "sample/netlink.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>

namespace procview::sample {

namespace {

constexpr timeval kPatience = {0, 250000};
constexpr int kStrangers = 16;

size_t Aligned(size_t size) { return NLMSG_ALIGN(size); }

template <typename T>
T Load(const char* at) {
  T value;
  memcpy(&value, at, sizeof value);
  return value;
}

// Header, generic header and attribute, each padded to 4 bytes.
size_t Write(const NetlinkRequest& request, uint32_t sequence, char* into, size_t size) {
  const size_t length = NLMSG_HDRLEN + GENL_HDRLEN + NLA_HDRLEN + Aligned(request.value.size());
  if (length > size) return 0;
  memset(into, 0, length);
  const nlmsghdr header = {static_cast<uint32_t>(length), request.family, NLM_F_REQUEST, sequence, 0};
  const genlmsghdr generic = {request.command, 1, 0};
  const nlattr attribute = {static_cast<uint16_t>(NLA_HDRLEN + request.value.size()),
                            request.attribute};
  memcpy(into, &header, sizeof header);
  memcpy(into + NLMSG_HDRLEN, &generic, sizeof generic);
  memcpy(into + NLMSG_HDRLEN + GENL_HDRLEN, &attribute, sizeof attribute);
  memcpy(into + NLMSG_HDRLEN + GENL_HDRLEN + NLA_HDRLEN, request.value.data(),
         request.value.size());
  return length;
}

}  // namespace

std::string_view FindAttribute(std::string_view bytes, uint16_t type) {
  while (bytes.size() >= NLA_HDRLEN) {
    const auto attribute = Load<nlattr>(bytes.data());
    if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > bytes.size()) break;
    if ((attribute.nla_type & NLA_TYPE_MASK) == type)
      return bytes.substr(NLA_HDRLEN, attribute.nla_len - NLA_HDRLEN);
    bytes.remove_prefix(std::min<size_t>(NLA_ALIGN(attribute.nla_len), bytes.size()));
  }
  return {};
}

int Netlink::Connect() {
  if (fd_) return 0;
  fd_.Reset(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
  if (!fd_) return -errno;
  setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  return 0;
}

int Netlink::Send(const NetlinkRequest& request) {
  const size_t length = Write(request, ++sequence_, buffer_, sizeof buffer_);
  if (length == 0) return -EMSGSIZE;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const ssize_t sent = sendto(fd_.get(), buffer_, length, 0, reinterpret_cast<sockaddr*>(&kernel),
                              sizeof kernel);
  return sent < 0 ? -errno : 0;
}

// -EAGAIN for a message that answers something else.
int Netlink::Receive(std::string_view& attributes) {
  sockaddr_nl from{};
  socklen_t from_size = sizeof from;
  const ssize_t n = recvfrom(fd_.get(), buffer_, sizeof buffer_, 0,
                             reinterpret_cast<sockaddr*>(&from), &from_size);
  if (n < 0) return errno == EAGAIN ? -ETIMEDOUT : -errno;
  const auto got = static_cast<size_t>(n);
  if (got < NLMSG_HDRLEN || from.nl_pid != 0) return -EAGAIN;
  const auto header = Load<nlmsghdr>(buffer_);
  if (header.nlmsg_seq != sequence_) return -EAGAIN;
  if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > got) return -EPROTO;
  const std::string_view body(buffer_ + NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN);
  if (header.nlmsg_type == NLMSG_ERROR)
    return body.size() >= sizeof(int) ? Load<int>(body.data()) : -EPROTO;
  if (body.size() < GENL_HDRLEN) return -EPROTO;
  attributes = body.substr(GENL_HDRLEN);
  return 0;
}

int Netlink::Ask(const NetlinkRequest& request, std::string_view& attributes) {
  attributes = {};
  if (const int error = Connect()) return error;
  int error = Send(request);
  if (!error) error = -EAGAIN;
  else return fd_.Reset(), error;
  for (int i = 0; i < kStrangers && (error == -EAGAIN || error == -EINTR); i++)
    error = Receive(attributes);
  if (error == -ETIMEDOUT || error == -EAGAIN || error == -EINTR) fd_.Reset();
  return error;
}

int Netlink::Family(const char* name) {
  std::string_view attributes;
  const std::string_view value(name, strlen(name) + 1);
  const int error = Ask({GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, value}, attributes);
  if (error) return error;
  const std::string_view id = FindAttribute(attributes, CTRL_ATTR_FAMILY_ID);
  return id.size() >= sizeof(uint16_t) ? Load<uint16_t>(id.data()) : -EPROTO;
}

}  // namespace procview::sample
