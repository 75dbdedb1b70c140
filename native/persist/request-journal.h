// State of a connection for the next process that serves it, in a file: the result of INIT, and the last request of each
// reader.
// A reader receives its request directly into the file's pages. A signal kills a thread only on its way back to user
// mode, so these pages hold every request that the kernel has handed out. Kernels before 6.9 need this, because they have
// no FUSE_NOTIFY_RESEND.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/mapped-file.h"
#include "fuse/negotiated.h"

namespace procview::fuse {

class RequestJournal {
 public:
  /// Two for each reader: one with a pending request of a predecessor, one to receive into.
  static constexpr uint32_t kSlots = 64;
  /// A request that this many processes have died of is answered with EIO.
  static constexpr uint32_t kRetryLimit = 3;

  /// Maps a file, and creates it if there is none. Without a path it is memory of this process alone.
  static std::unique_ptr<RequestJournal> Open(const std::string& path, base::Error* error);
  RequestJournal(const RequestJournal&) = delete;
  RequestJournal& operator=(const RequestJournal&) = delete;

  /// The connection that the journal belongs to, 0 if none.
  uint64_t connection() const;
  /// `major:minor` of the file system that the connection serves.
  std::string device() const;
  fuse::Negotiated& negotiated() const { return head_->negotiated; }
  /// False if another version has written the slots: their layout is unknown.
  bool readable() const;
  /// Empties all slots, in the layout of this version.
  void Reset();
  /// Empties the journal for a new connection. Call SetConnection when it is mounted.
  void Clear();
  void SetConnection(uint64_t connection, const std::string& device);

  /// Claims a slot for a reader of the connection's descriptor of this number. Returns -1 if all are in use.
  int ClaimSlot(uint32_t descriptor);
  void ReleaseSlot(int slot);
  char* buffer(int slot) const;

  /// True if the kernel still waits for the reply to this request, which was read from that descriptor.
  using Awaited = std::function<bool(uint32_t descriptor, uint64_t unique)>;
  /// Claims the slots with unanswered requests, and empties all others.
  std::vector<int> FindPending(const Awaited& awaited);
  /// The request in a slot.
  std::string_view request(int slot) const;
  uint32_t descriptor(int slot) const;
  /// Counts an attempt to answer a pending request. Returns false if it has reached the retry limit.
  bool CountAttempt(int slot);

 private:
  struct Slot {
    std::atomic<uint32_t> descriptor;
    std::atomic<uint32_t> attempts;
    std::atomic<uint64_t> unique;
  };
  /// The first page. All versions have the same fields before the slots.
  struct Head {
    std::atomic<uint64_t> connection;
    fuse::Negotiated negotiated;
    char device[24];
    uint32_t version;
    uint32_t reserved;
    Slot slots[kSlots];
  };

  explicit RequestJournal(base::MappedFile file)
      : file_(std::move(file)), head_(reinterpret_cast<Head*>(file_.data())) {}
  void Empty(int slot);

  base::MappedFile file_;
  Head* head_;
  std::mutex mutex_;
  bool claimed_[kSlots] = {};
};

}  // namespace procview::fuse
