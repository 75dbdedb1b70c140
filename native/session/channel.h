// A descriptor of /dev/fuse, which transfers whole requests and whole replies.
#pragma once

#include <string_view>

#include "base/fd.h"
#include "fuse/dispatch.h"
#include "base/error.h"

namespace procview::fuse {

/// Opens the device. Its connection begins with the mount.
base::Fd OpenDevice(base::Error* error);
/// Another descriptor of the same connection, with a queue of its own.
base::Fd CloneDevice(int fd, base::Error* error);

/// Does not own its descriptor.
class Channel : public Transport {
 public:
  explicit Channel(int fd) : fd_(fd) {}

  int Receive(char* buffer, size_t size) override;
  bool Wait(std::chrono::milliseconds limit) override;
  /// Whether Receive waits, or returns -EAGAIN at once. This belongs to the open file, which outlives the process.
  void Block(bool on);
  void Send(const OutHeader& header, std::string_view data) override;
  void Notify(const OutHeader& header, std::string_view data) override;

 private:
  int Write(const OutHeader& header, std::string_view data);

  int fd_;
};

}  // namespace procview::fuse
