#include "session/channel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

namespace procview::fuse {

base::Fd OpenDevice(base::Error* error) {
  int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (fd < 0) *error = {errno, "open", "/dev/fuse"};
  return base::Fd(fd);
}

base::Fd CloneDevice(int fd, base::Error* error) {
  base::Fd clone = OpenDevice(error);
  auto source = static_cast<uint32_t>(fd);
  if (!*error && ioctl(clone.get(), kDeviceClone, &source) < 0) {
    *error = {errno, "ioctl", "FUSE_DEV_IOC_CLONE"};
  }
  return clone;
}

int Channel::Receive(char* buffer, size_t size) {
  ssize_t length = read(fd_, buffer, size);
  if (length >= 0) return static_cast<int>(length);
  // ENOENT: the reader was interrupted before we received its request.
  bool again = errno == EINTR || errno == ENOENT || errno == EAGAIN;
  return again ? -EAGAIN : -errno;
}

bool Channel::Wait(std::chrono::milliseconds limit) {
  pollfd state{fd_, POLLIN, 0};
  poll(&state, 1, static_cast<int>(limit.count()));
  return state.revents != 0;
}

void Channel::Block(bool on) { fcntl(fd_, F_SETFL, on ? 0 : O_NONBLOCK); }

void Channel::Send(const OutHeader& header, std::string_view data) {
  int error = Write(header, data);
  // ENOENT: the reader has gone. ENODEV, EPERM: the mount has gone. After any other error (no memory for the copy) the
  // reader may still wait.
  if (error == 0 || error == ENOENT || error == ENODEV || error == EPERM) return;
  Write({sizeof(OutHeader), -EIO, header.unique}, {});
}

void Channel::Notify(const OutHeader& header, std::string_view data) { Write(header, data); }

int Channel::Write(const OutHeader& header, std::string_view data) {
  iovec parts[2] = {{const_cast<OutHeader*>(&header), sizeof(header)},
                    {const_cast<char*>(data.data()), data.size()}};
  return writev(fd_, parts, data.empty() ? 1 : 2) < 0 ? errno : 0;
}

}  // namespace procview::fuse
