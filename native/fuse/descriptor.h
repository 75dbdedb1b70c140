// A file descriptor with an owner.
#pragma once

#include <unistd.h>

namespace procview::fuse {

/// Owns a descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept {
    int fd = other.fd_;
    other.fd_ = -1;
    Close();
    fd_ = fd;
    return *this;
  }
  ~Descriptor() { Close(); }

  int get() const { return fd_; }

 private:
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  int fd_ = -1;
};

}  // namespace procview::fuse
