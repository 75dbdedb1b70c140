// A descriptor of /dev/fuse: whole requests in, whole replies out.
#pragma once

#include <string_view>

#include "base/fd.h"
#include "fuse/dispatch.h"
#include "base/error.h"

namespace procview::fuse {

/// The smallest the kernel takes: every write fails with its first bytes.
constexpr uint32_t kMaxWrite = 4096;
/// Room for the largest request: SETXATTR with a value of 64 KiB.
constexpr size_t kRequestSize = 128 * 1024;

/// Opens the device; a connection begins when it is mounted.
base::Fd OpenDevice(base::Error* error);
/// Another descriptor of the same connection, with a queue of its own.
base::Fd CloneDevice(int fd, base::Error* error);

/// Does not own its descriptor.
class Channel : public Replies {
 public:
  explicit Channel(int fd) : fd_(fd) {}

  /// Waits for a request. Returns its length, or a negative errno: -EAGAIN if there is none after
  /// all (a signal, a request that was taken back), -ENODEV if the file system is unmounted.
  int Receive(char* buffer, size_t size);
  /// Whether Receive waits, or says -EAGAIN at once: a property of the open file, which outlives the process.
  void Block(bool on);
  void Send(const OutHeader& header, std::string_view data) override;
  void Notify(const OutHeader& header, std::string_view data) override;

 private:
  int Write(const OutHeader& header, std::string_view data);

  int fd_;
};

}  // namespace procview::fuse
