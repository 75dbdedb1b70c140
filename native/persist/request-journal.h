// What must be known of a connection by whoever serves it next, in a file: what INIT settled, and the
// last request of each reader.
// A reader's request is read straight into the file's pages. Only on its way back to user mode is a
// thread killed: the pages hold the whole of whatever the kernel has given away. That makes up for
// FUSE_NOTIFY_RESEND, which kernels before 6.9 do not have.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "fuse/abi.h"
#include "base/error.h"
#include "base/mapped-file.h"

namespace procview::fuse {

/// As INIT settled it. Handlers that ask for it find it here, also in a successor.
struct Negotiated {
  std::atomic<uint32_t> minor = kMinor;
  std::atomic<uint64_t> flags = 0;
};

class Journal {
 public:
  /// Two for each reader there may be: one with what a predecessor left, one to read on.
  static constexpr uint32_t kSlots = 64;
  /// After that many deaths over a request it is answered with EIO.
  static constexpr uint32_t kMostDeaths = 3;

  /// Maps a file, made if there is none; without a path, memory that nobody will ever find.
  static std::unique_ptr<Journal> Open(const std::string& path, base::Error* error);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// The connection that this is about, 0 if there is none.
  uint64_t connection() const;
  /// `major:minor` of the file system that the connection serves.
  std::string device() const;
  Negotiated& negotiated() const { return head_->negotiated; }
  /// False if another version has laid it out: its requests mean nothing to us.
  bool readable() const;
  /// Lays it out anew, without any requests.
  void Relay();
  /// Forgets everything: from now on it is about a new connection. Name it once it is mounted.
  void Clear();
  void Name(uint64_t connection, const std::string& device);

  /// A slot for a reader of the connection's descriptor of this number; -1 if all are in use.
  int Take(uint32_t descriptor);
  void Give(int slot);
  char* buffer(int slot) const;

  /// True if the kernel still waits for the answer to this request, read from that descriptor.
  using Awaited = std::function<bool(uint32_t descriptor, uint64_t unique)>;
  /// Takes the slots with requests that nobody has answered, and empties all others.
  std::vector<int> Leftovers(const Awaited& awaited);
  /// The request in a slot.
  std::string_view frame(int slot) const;
  uint32_t descriptor(int slot) const;
  /// Call it before a leftover is answered. False if too many have died over it.
  bool Dare(int slot);

 private:
  struct Slot {
    std::atomic<uint32_t> descriptor;
    std::atomic<uint32_t> deaths;
    std::atomic<uint64_t> unique;
  };
  /// The first page. What comes before the slots stays as it is in all versions.
  struct Head {
    std::atomic<uint64_t> connection;
    Negotiated negotiated;
    char device[24];
    uint32_t version;
    uint32_t reserved;
    Slot slots[kSlots];
  };

  explicit Journal(base::MappedFile file)
      : file_(std::move(file)), head_(reinterpret_cast<Head*>(file_.data())) {}
  void Empty(int slot);

  base::MappedFile file_;
  Head* head_;
  std::mutex mutex_;
  bool taken_[kSlots] = {};
};

}  // namespace procview::fuse
